"""Find what an article names, and where: people with their posts, groups, organs, places, days."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from cstokg import namespaces
from cstokg.build.checks import printed_forms
from cstokg.build.checks.printed_forms import Name
from cstokg.build.drafts import guessing
from cstokg.build.drafts.guessing import Knowledge, holder_of
from cstokg.build.drafts.record_turtle import free_name

_ACTING = re.compile(r"\b(?:acting|исполняющ\w+ обязанности|и\. ?о\.)\s*$", re.IGNORECASE)
_DEPUTY = re.compile(r"\b(?:(?:first\s+)?deputy|vice|(?:первый\s+)?заместител\w+)[\s-]*$", re.IGNORECASE)
_OWNER = re.compile(r"([^\W\d_]+)(?:[’']s)?\s+$")
_OWNED = re.compile(r"\s+(?:of\s+(?:the\s+)?)?([^\W\d_]+)")
_STATE_AFTER = re.compile(r"(?: of | \(|, )(?:the )?(\w+)")
_PERSON = re.compile(r",?\s{1,2}((?:[^\W\d_a-zа-яё][\w’'-]+)(?: [^\W\d_a-zа-яё][\w’'-]+){1,2})")


class Post(NamedTuple):
    """A post in a text: its place, its role, its name in Turtle, and whether its holder is only acting."""

    start: int
    end: int
    role: str
    name: str
    acting: bool


class Dateline(NamedTuple):
    """The place (a name in Turtle) and the day at the head of a report: where they stand, and as printed."""

    place: str
    start: int
    end: int
    printed: str


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
        self.posts = _posts(text, knowledge)
        self.unknown = _people(text, register_names, self.posts)
        more = [*_names_of(text, self.unknown), *_groups(text, article)]
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
                post = _post_beside(self.text, name.start, name.end, self.posts, self.knowledge)
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


def dateline(text: str, names: Sequence[Name], day: date) -> Dateline | None:
    """Return the dateline: a place, of the register or not, and after it the article's day."""
    printed = min(printed_forms.days(text), key=lambda printed_day: printed_day.start, default=None)
    if printed is None or not printed.is_(day):
        return None
    start = text.rfind("\n", 0, printed.start) + 1
    for name in names:
        if namespaces.kind_of(name.iri) == "place" and start <= name.start < printed.start:
            return Dateline(
                namespaces.shorten(name.iri), name.start, printed.end, text[name.start : name.end]
            )
    match = re.fullmatch(
        r"\s*([^\W\d_][\w .'’-]{2,40}?)\s*[,.(/–—-]\s*(?:\w+\.? )?", text[start : printed.start]
    )
    if match is None:
        return None
    return Dateline(f"place:{_slug(match[1])}", start + match.start(1), printed.end, match[1].title())


def _posts(text: str, knowledge: Knowledge) -> list[Post]:
    """Return the posts that a text names, in its order: a role with its state or body, or a role alone."""
    forms: dict[str, str] = {}
    for (role, _), post in knowledge.posts.items():
        forms.update({name.lower(): role for name in knowledge.labels.get(role, {}).values()})
        label = knowledge.labels.get(post, {}).get("en", "").lower()
        forms.setdefault(label.rpartition(" of ")[0].removesuffix(" of the") or label, role)
    forms.pop("", None)
    named: list[Post] = []
    for form, role in sorted(forms.items(), key=lambda item: -len(item[0])):
        pattern = re.escape(form).replace(r"\ ", r"[\s-]")
        for match in re.finditer(rf"\b{pattern}(?:s|ы|а|ом|у)?\b", text, re.IGNORECASE):
            if all(match.end() <= other.start or other.end <= match.start() for other in named):
                named.append(_post(text, match, role, knowledge))
    return sorted(named)


def _post(text: str, match: re.Match[str], role: str, knowledge: Knowledge) -> Post:
    before, after = text[max(0, match.start() - 50) : match.start()], text[match.end() : match.end() + 50]
    start, end = match.span()
    deputy = _DEPUTY.search(before)
    if deputy:
        before = before[: deputy.start()]
    acting = _ACTING.search(before)
    if acting:
        before = before[: acting.start()]
    start -= len(text[max(0, match.start() - 50) : match.start()]) - len(before)
    owner, owned = _OWNER.search(before), _OWNED.match(after)
    holder = ""
    if owner and (holder := holder_of(owner[1], role, knowledge)):
        start -= len(before) - owner.start()
        acting = acting or _ACTING.search(before[: owner.start()])
    elif owned and (holder := holder_of(owned[1], role, knowledge)):
        end += owned.end()
    elif not deputy:
        holders = [body for (other_role, body) in knowledge.posts if other_role == role]
        holder = holders[0] if len(holders) == 1 else ""
    if deputy:
        step = holder.rpartition("/")[2] or "…"
        return Post(start, end, "", f"post:deputy-{role.rpartition('/')[2]}-{step}", acting is not None)
    iri = knowledge.posts.get((role, holder), "")
    return Post(start, end, role, namespaces.shorten(iri) if iri else "post:…", acting is not None)


def _post_beside(text: str, start: int, end: int, named: Sequence[Post], knowledge: Knowledge) -> Post | None:
    """Return the post that stands beside a name: "Minister A. B.", "A. B., the minister", "A. B. of X".

    None where it could as well be another's: in "A. B., the minister, C. D." each of the two may hold it.
    """
    for post in named:
        if post.end <= start and re.fullmatch(r"\s{1,2}", text[post.end : start]):
            return post
    for post in named:
        if post.end <= start and re.fullmatch(r",\s", text[post.end : start]):
            return None if re.search(r"\w,? (?:and )?(?:the )?$", text[: post.start]) else post
        if end <= post.start and re.fullmatch(r",? (?:the )?", text[end : post.start]):
            return None if _PERSON.match(text, post.end) else post
    # In a list, the role stands once before all names, and the state after each name.
    line = text.rfind("\n", 0, start) + 1
    before = [post for post in named if line <= post.start < start and post.role and post.name == "post:…"]
    state = _STATE_AFTER.match(text, end)
    if before and state and (holder := holder_of(state[1], before[-1].role, knowledge)):
        name = namespaces.shorten(knowledge.posts[before[-1].role, holder])
        return Post(start, end, before[-1].role, name, before[-1].acting)
    return None


def _people(text: str, names: Sequence[Name], named: Sequence[Post]) -> dict[str, str]:
    """Return people whom the register lacks and the text names after a post: the names, by IRI."""
    unknown = {}
    for post in named:
        match = _PERSON.match(text, post.end)
        if match and not any(
            name.start < match.end(1) and match.start(1) < name.end and "/person/" in name.iri
            for name in names
        ):
            given, *rest = match[1].split()
            unknown[f"{namespaces.ID}person/{_slug(' '.join([*rest[::-1], given]))}"] = match[1]
    return unknown


def _names_of(text: str, forms: dict[str, str]) -> Iterator[Name]:
    """Yield where a text has the full names and the family names of people, given by IRI."""
    for iri, form in forms.items():
        for match in re.finditer(rf"\b(?:{re.escape(form)}|{re.escape(form.split()[-1])})\b", text):
            yield Name(match.start(), match.end(), iri, True)


def _groups(text: str, article: str) -> Iterator[Name]:
    """Yield where a text speaks of people or states together: *the ministers*, *the member states*."""
    for group, pattern in guessing.patterns("group").items():
        for match in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE):
            yield Name(match.start(), match.end(), f"{namespaces.ID}group/{group}-{article}", False)


def _slug(name: str) -> str:
    """Return the last step of an IRI for a name: small Latin letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", printed_forms.plain(name)).strip("-")
