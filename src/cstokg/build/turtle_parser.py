"""Parse Turtle with line numbers: the triples of a file, the line of each, and what is wrong with it.

The parser is rdflib's, with overridden methods that note where each triple stands. rdflib counts a
line twice where it looks ahead, so lines are computed from offsets. It also reads more than Turtle
allows: paths, literals as subjects, relative IRIs.
"""

# The overridden methods keep the names that rdflib gave them.
# ruff: noqa: N802

import difflib
import logging
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pyoxigraph
from rdflib import RDF, XSD, BNode, Graph, IdentifiedNode, Literal, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import rdf_terms
from cstokg.build.rdf_terms import CKG, Triple

# Nearly every token is such a name; what else Turtle allows goes to rdflib's slow scanner.
_NAME = re.compile(r"([A-Za-z][\w-]*)?:([\w-]*)(?=[\s;,)\]]|\.\s)")
_IRI = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*)>")
_NUMBER = re.compile(
    r"[+-]?(?:(?P<double>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+)|[0-9]*\.[0-9]+|[0-9]+)"
)
_TYPE = re.compile(r"a(?=[\s<\[])")
_TESTIMONY = CKG.hasTestimony
_BASE = re.compile(r"@?base\s", re.IGNORECASE)

_PATTERN = (
    "fits no pattern of this dataset. Write id/KIND/NAME, with a KIND such as meeting, record or event "
    "and a NAME of small letters and digits, with single hyphens between."
)
# Classes whose IRIs are of a kind that has another name.
_KIND_OF = {
    "absence": "expected-absence",
    "international-body": "body",
    "membership-change": "event",
    "news-outlet": "outlet",
    "incident": "event",
    "organisation-change": "event",
    "remark": "record",
}
# What the two parsers read differently: xsd:string, and language tags in capitals.
_READ_DIFFERENTLY = re.compile(r"\^\^(?:\s|#.*)*\S*(?::string\b|#string>)|@[A-Za-z0-9-]*[A-Z]")
_PLACE = re.compile(r"Parser error (?:at|between) line .*?\d: ")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one line of a file, and the remedy."""

    line: int
    message: str


@dataclass(slots=True)
class Document:
    """One parsed file: its triples in the order of the file, and the line of each."""

    triples: dict[Triple, int] = field(default_factory=dict)
    subjects: dict[Node, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def parse(text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool = True) -> Document:
    """Return the triples of a Turtle text, the line of each, and everything wrong with it.

    The line of a triple is that of its object, the line of a subject that of its first block;
    both count from 1. Blank nodes are named ``label`` and a number, the same in every run.

    Args:
        text: a whole file.
        label: letters and digits that no other file shares.
        prefixes: the namespace that each of these prefixes must stand for.
        blank_nodes: whether blank nodes other than the brackets of testimonies are allowed.
    """
    parser = _Parser(text, label, prefixes, blank_nodes=blank_nodes)
    document = parser.document
    with _quiet():
        try:
            parser.feed(text)
        except BadSyntax as error:
            # The text of the error repeats half the file.
            document.problems += _syntax(text, document, parser.line(error._i), error._why)  # noqa: SLF001
        except RecursionError:
            document.problems.append(
                Problem(parser.line(parser.offset), "nested too deep. Give the nodes IRIs.")
            )
        except (AssertionError, IndexError, ValueError):
            line = parser.line(parser.offset)
            document.problems += _syntax(text, document, line, "not Turtle from here on")
        else:
            if not document.problems:
                document.problems += _syntax(text, document)
    document.problems.sort(key=lambda problem: problem.line)
    return document


def parse_quickly(
    text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool = True
) -> Document:
    """Return the same triples as ``parse``, ten times faster, with 0 in place of the lines.

    A text that pyoxigraph does not read, or does not read as rdflib does, is parsed by ``parse``, with lines
    and problems. For other texts no problem is reported. Blank nodes have other names.
    """
    triples = _parse_natively(text)
    if triples is None:
        return parse(text, label, prefixes, blank_nodes=blank_nodes)
    document = Document()
    for subject, predicate, node in map(rdf_terms.triple, triples):
        document.triples[subject, predicate, node] = 0
        document.subjects[subject] = 0
    return document


def _parse_natively(text: str) -> list[pyoxigraph.Triple] | None:
    """Return the triples that pyoxigraph reads; None if it refuses the text, or reads it unlike rdflib.

    Blank nodes have names that no other text has.
    """
    if _READ_DIFFERENTLY.search(text):
        return None
    try:
        quads = pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE, rename_blank_nodes=True)
        return [quad.triple for quad in quads]
    except SyntaxError:
        return None


def _syntax(text: str, document: Document, line: int = 0, reason: str = "") -> Iterator[Problem]:
    # pyoxigraph's message is the better one; rdflib's is used where only rdflib objects.
    strict = _strict(text)
    undeclared = any("is not declared" in problem.message for problem in document.problems)
    if strict is not None and not (undeclared and "has not been declared" in strict[1]):
        line, reason = strict
    if reason:
        yield Problem(
            line, f"not valid Turtle: {reason}. Look there, and for a missing ';', '.', '\"' or '>' before."
        )


def _strict(text: str) -> tuple[int, str] | None:
    try:
        for _ in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE):
            pass
    except SyntaxError as error:
        reason = _PLACE.sub("", error.msg).rstrip(".")
        return error.lineno or 1, reason.replace("\n", "\\n")  # it may quote the character
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    # rdflib logs a stack trace for each literal that does not fit its datatype; the sink records those.
    logger = logging.getLogger("rdflib.term")
    logger.addFilter(_discard)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        logger.removeFilter(_discard)


def _discard(_: logging.LogRecord) -> bool:
    return False


class _Parser(SinkParser):
    """Fill ``document`` from the text that is fed; ``parse`` explains the arguments."""

    def __init__(self, text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool) -> None:
        """Prepare to be fed this text and no other."""
        super().__init__(_Sink(self, label), turtle=True)
        self.document = Document()
        self.offset = 0  # where the subject or object that is being read begins
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._expected = prefixes
        self.may_be_blank = self._blank_nodes = blank_nodes
        self._symbols: dict[tuple[str, str], URIRef] = {}
        self._checked_iris: set[str] = set()

    def problem(self, offset: int, message: str) -> None:
        """Record what is wrong with a line, once."""
        problem = Problem(self.line(offset), message)
        if problem not in self.document.problems:
            self.document.problems.append(problem)

    def line(self, offset: int) -> int:
        """Return the line, counted from 1, in which a character stands."""
        return bisect_left(self._newlines, offset) + 1

    def BadSyntax(self, argstr: str, i: int, msg: str) -> NoReturn:
        """Raise a syntax error, at the end of the text if rdflib gives no place."""
        super().BadSyntax(argstr, i if i >= 0 else len(argstr.rstrip()), msg)

    def directiveOrStatement(self, argstr: str, h: int) -> int:
        """Read one directive or block."""
        self.offset = self.skipSpace(argstr, h)
        if self.offset >= 0 and _BASE.match(argstr, self.offset):
            self.BadSyntax(argstr, self.offset, "BASE makes IRIs relative, so write them in full")
        return super().directiveOrStatement(argstr, h)

    def bind(self, qn: str, uri: bytes) -> None:
        """Record a problem if the prefix stands for another namespace than it must."""
        expected, declared = self._expected.get(qn), str(self._bindings[qn])
        if expected is not None and declared != expected:
            self.problem(
                self.offset,
                f"prefix {qn}: stands for <{declared}>. Write PREFIX {qn}: <{expected}>, or another prefix.",
            )

    def statement(self, argstr: str, i: int) -> int:
        """Read one block: a subject and its predicates."""
        start = self.offset = self.skipSpace(argstr, i)
        nodes: list[Any] = []
        i = self.object(argstr, start, nodes)
        if i < 0:
            return i
        if not isinstance(nodes[0], IdentifiedNode):
            self.BadSyntax(argstr, start, "a literal cannot be a subject")
        self.offset = start
        return self.property_list(argstr, i, nodes[0])

    def property_list(self, argstr: str, i: int, subj: Node) -> int:
        """Read predicates and objects up to what ends them."""
        self.document.subjects.setdefault(subj, self.line(self.offset))
        while True:
            i = self.skipSpace(argstr, i)
            if i < 0:
                self.BadSyntax(argstr, i, "the file ends inside a block")
            if argstr[i] == ";":
                i += 1
                continue
            predicates: list[Any] = []
            end = self._predicate(argstr, i, predicates)
            if end < 0:
                return i
            i = self._objects(argstr, end, subj, predicates[0])
            if argstr[i] != ";":
                return i

    def _predicate(self, argstr: str, i: int, res: list[Any]) -> int:
        if match := _TYPE.match(argstr, i):
            res.append(RDF.type)
            return match.end()
        end = self.uri_ref2(argstr, i, res)
        if end >= 0 and not isinstance(res[0], URIRef):
            self.BadSyntax(argstr, i, "a predicate must be an IRI")
        return end

    def _objects(self, argstr: str, i: int, subj: Node, predicate: URIRef) -> int:
        while True:
            start = self.offset = self.skipSpace(argstr, i)
            nodes: list[Any] = []
            self.may_be_blank = self._blank_nodes or (
                predicate == _TESTIMONY and isinstance(subj, URIRef) and argstr.startswith("[", start)
            )
            i = self.object(argstr, start, nodes) if start >= 0 else -1
            self.may_be_blank = self._blank_nodes
            if i < 0:
                self.BadSyntax(argstr, start, "an object is missing")
            self.offset = start
            self.add(subj, predicate, nodes[0])
            i = self.skipSpace(argstr, i)
            if i < 0:
                self.BadSyntax(argstr, i, "the file ends inside a block")
            if argstr[i] != ",":
                return i
            i += 1

    def add(self, s: Node, p: Node, o: Node) -> None:
        """Keep a triple with its line, and check its IRIs."""
        s, p, o = (self._store.normalise(None, term) for term in (s, p, o))
        line = self.line(self.offset)
        self.document.triples.setdefault((s, p, o), line)
        self.document.subjects.setdefault(s, line)
        for term in (s, p, o):
            if isinstance(term, URIRef) and term not in self._checked_iris:
                self._checked_iris.add(term)
                if not namespaces.is_well_formed(term):
                    place = self.document.subjects[s] if term is s else line
                    self.document.problems.append(Problem(place, f"<{term}> {_PATTERN}"))

    def path(self, argstr: str, i: int, res: Any) -> int:
        """Read a node; paths are Notation3, not Turtle."""
        return self.nodeOrLiteral(argstr, i, res)

    def nodeOrLiteral(self, argstr: str, i: int, res: Any) -> int:
        """Read a node; a number is kept as it is written, although rdflib would turn 1e3 into 1000.0."""
        start = self.skipSpace(argstr, i)
        match = _NUMBER.match(argstr, start) if start >= 0 else None
        if match is None:
            return super().nodeOrLiteral(argstr, i, res)
        kind = XSD.double if match["double"] else XSD.decimal if "." in match[0] else XSD.integer
        res.append(self._store.newLiteral(match[0], kind, None))
        return match.end()

    def uri_ref2(self, argstr: str, i: int, res: Any) -> int:
        """Read an IRI or a prefixed name."""
        i = self.skipSpace(argstr, i)
        if i < 0:
            return -1
        if match := _NAME.match(argstr, i):
            res.append(self._symbol(match[1] or "", match[2], i))
            return match.end()
        if match := _IRI.match(argstr, i):
            res.append(URIRef(match[1]))
            return match.end()
        if argstr[i] == "<":
            return self._irregular_iri(argstr, i, res)
        qname: list[Any] = []
        end = self.qname(argstr, i, qname)
        if end >= 0:
            prefix, local = qname[0]
            res.append(self.anonymousNode(local) if prefix == "_" else self._symbol(prefix, local, i))
        return end

    def _irregular_iri(self, argstr: str, i: int, res: list[Any]) -> int:
        end = argstr.find(">", i)
        if end < 0 or "\n" in argstr[i:end]:
            self.BadSyntax(argstr, i, "an IRI has no closing '>'")
        iri = argstr[i + 1 : end]
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
            self.problem(i, f"<{iri}> is a relative IRI. Write it in full, or with a prefix.")
        else:
            self.problem(
                i, f"<{iri}> is not an IRI. Take out the blank, quotation mark, bracket or backslash."
            )
        res.append(URIRef(namespaces.BASE))
        return end + 1

    def _symbol(self, prefix: str, local: str, offset: int) -> URIRef:
        symbol = self._symbols.get((prefix, local))
        if symbol is None:
            namespace = self._bindings.get(prefix)
            if namespace is None:
                namespace = self._undeclared(prefix, offset)
            symbol = self._symbols[prefix, local] = URIRef(namespace + local)
        return symbol

    def _undeclared(self, prefix: str, offset: int) -> str:
        declarable = {**namespaces.PREFIXES, **self._expected}
        nearest = _KIND_OF.get(prefix) or next(
            iter(difflib.get_close_matches(prefix, [*self._bindings, *declarable], n=1)), None
        )
        if prefix in declarable:
            remedy = f"`cstokg check --fix` writes at the top: PREFIX {prefix}: <{declarable[prefix]}>"
        elif nearest:
            remedy = f"Did you mean {nearest}:?"
        else:
            remedy = f"Write at the top: PREFIX {prefix}: <…>"
        self.problem(offset, f"prefix {prefix}: is not declared. {remedy}")
        # Any namespace will do, as long as it does not cause a second problem.
        return self._bindings.setdefault(prefix, declarable.get(prefix, namespaces.BASE))


class _Sink(RDFSink):
    def __init__(self, parser: _Parser, label: str) -> None:
        super().__init__(Graph(bind_namespaces="none"))
        self._parser = parser
        self._label = label
        self._literals: dict[tuple[str, str | None, str | None], Literal] = {}

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:
        """Keep a triple that rdflib made: part of a list."""
        _, predicate, subject, object_ = quadruple
        self._parser.add(subject, predicate, object_)

    def newBlankNode(self, arg: Any = None, uri: str | None = None, why: Any = None) -> BNode:
        """Return a blank node with a name that depends on the file alone."""
        if not self._parser.may_be_blank:
            self._parser.problem(
                self._parser.offset,
                "a blank node ([ ], ( ) or _:x). Give it an IRI, so that it can be cited; brackets "
                "stand after ckg:hasTestimony only.",
            )
        self.counter += 1
        return BNode(f"{self._label}b{self.counter}")

    def newLiteral(self, s: str, dt: URIRef | None, lang: str | None) -> Literal:
        """Return the literal as it is written: rdflib would turn "007" into 7."""
        key = (s, dt, lang)
        literal = self._literals.get(key)
        if literal is None:
            literal = self._literals[key] = Literal(s, datatype=dt, lang=lang, normalize=False)
            if literal.ill_typed and not rdf_terms.is_valid(literal):
                self._parser.problem(
                    self._parser.offset,
                    f'"{s}" is not a valid {namespaces.shorten(str(dt))}. Correct the value or the datatype.',
                )
        return literal
