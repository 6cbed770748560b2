"""Look up what an article names, and where: people with their posts, organs, places, days, topics."""

from collections.abc import Sequence
from datetime import date

from cstokg import namespaces
from cstokg.build.checks import printed_forms
from cstokg.build.checks.printed_forms import Name
from cstokg.build.drafts import text_clues
from cstokg.build.drafts.record_turtle import free_name
from cstokg.build.drafts.text_clues import Dateline, Knowledge, Post


class NamedThings:
    """The things that one article names.

    Attributes:
        article: the article's name.
        text: its text.
        day: the day on which it was published.
        knowledge: what the sources say.
        dateline: its dateline.
        posts: the posts that it names.
        unknown: people that the register lacks, by IRI.
        names: the names in the text, those of unknown people and of groups among them.
        post_of: the post in which the text first names a person; both are named in Turtle.
    """

    def __init__(
        self,
        article: str,
        text: str,
        day: date,
        register_names: Sequence[Name],
        knowledge: Knowledge,
        dateline: Dateline | None,
    ) -> None:
        """Find posts, groups and unknown people in the text.

        Args:
            article: the article's name.
            text: its text.
            day: the day on which it was published.
            register_names: the names of the register in it.
            knowledge: what the sources say.
            dateline: its dateline.
        """
        self.article, self.text, self.day = article, text, day
        self.knowledge, self.dateline = knowledge, dateline
        self.posts = text_clues.posts(text, knowledge)
        self.unknown = text_clues.people(text, register_names, self.posts)
        more = [*text_clues.names_of(text, self.unknown), *text_clues.groups(text, article)]
        posts = [post for post in self.posts if post.name != "post:…"]
        kept = [
            name for name in register_names if not _overlaps(name, [*posts, *more]) or "/person/" in name.iri
        ]
        self.names = sorted({*kept, *(name for name in more if not _overlaps(name, kept))})
        self.post_of: dict[str, Post] = {}
        self._posts_of_states: set[str] = set()
        self._used: set[str] = set(knowledge.described)

    def between(self, start: int, end: int) -> list[Name]:
        """Return the names in a range."""
        return [name for name in self.names if start <= name.start and name.end <= end]

    def of_kind(self, kind: str, start: int, end: int) -> list[str]:
        """Return the things of a kind that a range names, in Turtle, in the order of the text."""
        return [namespaces.shorten(name.iri) for name in self.between(start, end) if f"/{kind}/" in name.iri]

    def people(self, start: int, end: int) -> list[str]:
        """Return the people named in a range, each once, in Turtle; ``post_of`` then has their posts."""
        people = []
        for name in self.between(start, end):
            if "/person/" in name.iri:
                person = namespaces.shorten(name.iri)
                post = text_clues.post_beside(self.text, name.start, name.end, self.posts, self.knowledge)
                if post and post.name.endswith("-…"):
                    states = [other.iri for other in self.between(start, end) if "/state/" in other.iri]
                    step = states[0].rpartition("/")[2] if states else "…"
                    post = post._replace(name=post.name.replace("…", step))
                    self._posts_of_states.add(post.name)
                if post:
                    self.post_of.setdefault(person, post)
                if person not in people:
                    people.append(person)
        return people

    def posts_lacking(self) -> list[str]:
        """Return the posts, named in Turtle, that the text has and the register lacks."""
        named = self._posts_of_states | {post.name for post in self.posts if "…" not in post.name}
        return sorted(name for name in named if namespaces.expand(name) not in self.knowledge.described)

    def organ(self, start: int = 0, end: int | None = None) -> str:
        """Return the organ named in a range, or the one in which posts named there have seats; or nothing."""
        end = len(self.text) if end is None else end
        organs = [name.iri for name in self.between(start, end) if "/organ/" in name.iri]
        if not organs:
            roles = [post.role for post in self.posts if start <= post.start and post.end <= end]
            organs = [organ for role in roles for organ in self.knowledge.seats.get(role, ())]
        return namespaces.shorten(organs[0]) if organs else ""

    def place(self, start: int, end: int, *, dateline: bool = True) -> tuple[str, list[str]]:
        """Return the place named in a range, or else that of the dateline, with the dateline's span."""
        places = [
            name
            for name in self.between(start, end)
            if "/place/" in name.iri and not (self.dateline and name.start == self.dateline.start)
        ]
        if places:
            return namespaces.shorten(places[0].iri), []
        if dateline and self.dateline:
            return self.dateline.place, self.day_span()
        return "", []

    def day_span(self) -> list[str]:
        """Return the span where the article prints its own day; none if it does not."""
        if self.dateline:
            return [f"span:{self.dateline.start}-{self.dateline.end}"]
        printed = next((day for day in printed_forms.days(self.text) if day.is_(self.day)), None)
        return [f"span:{printed.start}-{printed.end}"] if printed else []

    def label(self, name: str, language: str) -> str:
        """Return the label of a thing, given by its name in Turtle; ``…`` if it has none."""
        label = self.knowledge.label(name, language)
        if label == "…" and language == "en" and self.dateline and name == self.dateline.place:
            return self.dateline.printed
        return label

    def is_described(self, name: str) -> bool:
        """Return whether the sources describe a thing, given by its name in Turtle."""
        return namespaces.expand(name) in self.knowledge.described

    def free(self, name: str) -> str:
        """Return that name, followed by the first free number if it is in use; it is in use from now on."""
        return free_name(name, self._used)


def _overlaps(name: Name, others: Sequence[Name | Post]) -> bool:
    return any(name.start < other.end and other.start < name.end for other in others)
