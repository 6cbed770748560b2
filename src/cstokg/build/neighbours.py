"""Choose the articles that must be read to check some files: those that say something of the same things.

The other files are looked through by pyoxigraph, which takes a tenth of a millisecond for a short article,
and need not be read with lines, checked or reasoned over.

Of many articles that say the same of a thing one is enough, because no shape counts them: the first in the
order of the files. It is also the one in which findings about the thing are placed. Of bounds only the
narrowest count, of days of publication the first and the last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF, SKOS

from cstokg import namespaces, project_files
from cstokg.base_error import CstokgError
from cstokg.build import spans
from cstokg.build.written_testimonies import BOUNDS, EVIDENCE, HAS_TESTIMONY

_CKG = namespaces.CKG
_REGISTER = "data/register/"
_HAS_TESTIMONY, _EVIDENCE, _TYPE = str(HAS_TESTIMONY), str(EVIDENCE), str(RDF.type)
_NARROWEST = {str(bound): choose for bound, choose in BOUNDS.items()}
_ON_DATE, _MEETING_OF, _HELD_IN = f"{_CKG}onDate", f"{_CKG}meetingOf", f"{_CKG}heldIn"
# Shapes compare all things that have one of these, or are one of these.
_COMPARED = {f"{_CKG}member", f"{_CKG}presidencyOf", str(SKOS.exactMatch), str(SKOS.inScheme)}
_PERSON = (_TYPE, f"{_CKG}Person")
# Shapes compare the things that have the same value of one of these.
_SHARED = {f"{_CKG}atMeeting", f"{_CKG}tenurePost"}
_AFTER = f"{_CKG}after"

_Node = str | ox.BlankNode | ox.Literal | ox.Triple  # an IRI is its text
_Pair = tuple[str, _Node]
_Key = tuple[object, ...]


class _Block:
    """What a file says of a thing: its properties, and those of each testimony on it."""

    __slots__ = ("own", "testimonies")

    def __init__(self, own: list[_Pair], testimonies: list[list[_Pair]]) -> None:
        self.own = own
        self.testimonies = testimonies

    def pairs(self) -> Iterator[_Pair]:
        yield from self.own
        for testimony in self.testimonies:
            yield from testimony


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What has to do with some files.

    Attributes:
        articles: the files of articles that must be read, with those that were named.
        others: the number of the other articles.
        described: the IRIs of all things of which a file of the data says something.
    """

    articles: frozenset[Path]
    others: int
    described: frozenset[str]


class UnreadableError(CstokgError):
    """A file that pyoxigraph cannot read; the reader of the sources says why."""

    def __init__(self, path: Path) -> None:
        """Keep the path of the file, below the root."""
        super().__init__(f"{path.as_posix()}: not readable as Turtle.")
        self.path = path


def find(root: Path, named: Collection[Path]) -> Neighbours:
    """Return what must be read to check some files of the data.

    Args:
        root: the folder that holds ``data/``.
        named: the files to check, given below the root.

    Raises:
        UnreadableError: a file is not Turtle.
        FileError: a file or a folder cannot be read.
        FileNotFoundError: a file was deleted in the meantime.
    """
    paths = project_files.find(root, "data", ".ttl")
    files = {path: _blocks(path, content) for path, content in project_files.read_all(root, paths)}
    articles = _Choice(files, named).articles()
    others = sum(path.parent == spans.ARTICLES for path in files) - len(articles)
    described = frozenset(subject for blocks in files.values() for subject in blocks)
    return Neighbours(frozenset(articles), others, described)


class _Choice:
    def __init__(self, files: dict[Path, dict[str, _Block]], named: Collection[Path]) -> None:
        self._files = files
        self._named = set(named)
        self._blocks: dict[str, list[_Block]] = defaultdict(list)
        self._pointing: dict[_Node, list[tuple[str, str]]] = defaultdict(list)
        self._register: set[str] = set()
        for path, blocks in files.items():
            if path.as_posix().startswith(_REGISTER):
                self._register |= blocks.keys()
            for subject, block in blocks.items():
                self._blocks[subject].append(block)
                for predicate, node in block.pairs():
                    if isinstance(node, str):
                        self._pointing[node].append((predicate, subject))
        self._subjects = {subject for path in self._named for subject in files.get(path, ())}
        self._names = self._closure()
        self._alike = self._compared()
        self._around = self._pointing_to()
        self._narrowest: dict[tuple[str, str], str] = {}
        self._days: dict[str, set[str]] = {}

    def articles(self) -> set[Path]:
        """Return the articles' files to read: those named, and each that adds something."""
        chosen = {path for path in self._named if path.parent == spans.ARTICLES}
        last = max(self._named)
        kept: set[_Key] = set()
        first: set[str] = set()
        for path, blocks in self._files.items():
            if path.parent != spans.ARTICLES or path in self._named:
                first |= blocks.keys() & self._subjects
                continue
            added: set[_Key] = set()
            for subject, block in blocks.items():
                if subject in self._subjects and path < last and subject not in first:
                    added.add((subject,))
                if subject in self._names or subject in self._alike or subject in self._around:
                    added |= self._said(subject, block)
                added |= {
                    (_HELD_IN, node)
                    for predicate, node in block.own
                    if predicate == _HELD_IN and node in self._subjects
                }
            if not added <= kept:
                chosen.add(path)
                kept |= added
                first |= blocks.keys() & self._subjects
        return chosen

    def _closure(self) -> set[str]:
        """Return the subjects, and all that they lead to."""
        names: set[str] = set()
        waiting = list(self._subjects)
        while waiting:
            name = waiting.pop()
            if name in names:
                continue
            names.add(name)
            for block in self._blocks.get(name, ()):
                waiting += [node for _, node in block.pairs() if isinstance(node, str)]
            waiting += [s for predicate, s in self._pointing.get(name, ()) if predicate == _AFTER]
        return names

    def _compared(self) -> set[str]:
        """Return the things that shapes compare with these."""
        compared = {
            subject
            for subject, blocks in self._blocks.items()
            if any(p in _COMPARED or (p, o) == _PERSON for block in blocks for p, o in block.own)
        }
        for name in self._names:
            compared |= {s for predicate, s in self._pointing.get(name, ()) if predicate in _SHARED}
            compared.update(self._same_day(name))
        return compared

    def _same_day(self, name: str) -> list[str]:
        """Return the meetings of the same organ on the same day."""
        own = [pair for block in self._blocks.get(name, ()) for pair in block.own]
        days = {o for p, o in own if p == _ON_DATE}
        return [
            subject
            for p, o in own
            if p == _MEETING_OF and isinstance(o, str)
            for predicate, subject in self._pointing[o]
            if predicate == _MEETING_OF
            and any((_ON_DATE, day) in block.own for block in self._blocks[subject] for day in days)
        ]

    def _pointing_to(self) -> set[str]:
        """Return what points to the subjects, and to what does; what the register describes is left out."""
        prefixes = tuple(
            f"{namespaces.ID}article/{path.stem}/span/"
            for path in self._named
            if path.parent == spans.ARTICLES
        )
        nodes: set[_Node] = set(self._subjects - self._register)
        if prefixes:
            nodes |= {node for node in self._pointing if isinstance(node, str) and node.startswith(prefixes)}
        once = {subject for node in nodes for _, subject in self._pointing.get(node, ())}
        return once | {subject for node in once for _, subject in self._pointing.get(node, ())}

    def _said(self, subject: str, block: _Block) -> set[_Key]:
        """Return what a file says of a thing, in a form in which two files that say the same are equal."""
        said: set[_Key] = {(subject, "own", frozenset(block.own))} if block.own else set()
        if subject in self._register:
            return said  # testimonies on it only give names
        for testimony in block.testimonies:
            plain = frozenset((p, o) for p, o in testimony if p != _EVIDENCE and p not in _NARROWEST)
            said.add((subject, "testimony", plain))
            for predicate, node in testimony:
                if predicate in _NARROWEST and _text(node) == self._bound(subject, predicate):
                    said.add((subject, predicate, node))
                elif predicate == _EVIDENCE:
                    said |= {(subject, "day", day) for day in self._days_of(node) & self._ends(subject)}
        return said

    def _bound(self, subject: str, bound: str) -> str:
        """Return the narrowest value that testimonies give a bound."""
        if (subject, bound) not in self._narrowest:
            values = [
                _text(node)
                for block in self._blocks[subject]
                for predicate, node in block.pairs()
                if predicate == bound
            ]
            self._narrowest[subject, bound] = _NARROWEST[bound](values)
        return self._narrowest[subject, bound]

    def _ends(self, subject: str) -> set[str]:
        """Return the first and the last of the days on which articles about a thing appeared."""
        if subject not in self._days:
            days = {
                day
                for block in self._blocks[subject]
                for testimony in block.testimonies
                for predicate, node in testimony
                if predicate == _EVIDENCE
                for day in self._days_of(node)
            }
            self._days[subject] = {min(days), max(days)} if days else set()
        return self._days[subject]

    def _days_of(self, span: _Node) -> set[str]:
        """Return the days that bound the publication of the article of a span."""
        article = _text(span).partition("/span/")[0]
        return {
            _text(node)
            for block in self._blocks.get(article, ())
            for predicate, node in block.pairs()
            if predicate == _ON_DATE or predicate in _NARROWEST
        }


def _blocks(path: Path, content: bytes) -> dict[str, _Block]:
    raw: dict[_Node, list[_Pair]] = defaultdict(list)
    iri = ox.NamedNode
    try:
        for subject, predicate, node, _ in ox.parse(content, format=ox.RdfFormat.TURTLE):
            name = subject.value if type(subject) is iri else subject
            raw[name].append((predicate.value, node.value if type(node) is iri else node))
    except (SyntaxError, ValueError) as error:
        raise UnreadableError(path) from error
    return {
        subject: _Block(
            [pair for pair in pairs if pair[0] != _HAS_TESTIMONY],
            [raw[node] for predicate, node in pairs if predicate == _HAS_TESTIMONY and node in raw],
        )
        for subject, pairs in list(raw.items())
        if isinstance(subject, str)
    }


def _text(node: _Node) -> str:
    return node if isinstance(node, str) else getattr(node, "value", "")
