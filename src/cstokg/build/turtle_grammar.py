"""rdflib's Turtle parser, made to remember where each triple stands and what is wrong with it.

rdflib counts a line twice where it looks ahead, so lines are computed from offsets. It also reads
more than Turtle allows: paths, literals as subjects, relative IRIs.
"""

# The overridden methods keep the names that rdflib gave them.
# ruff: noqa: N802

import difflib
import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, NoReturn

from rdflib import RDF, XSD, BNode, Graph, IdentifiedNode, Literal, URIRef
from rdflib.plugins.parsers.notation3 import RDFSink, SinkParser
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import rdf_terms
from cstokg.build.document import Document, Problem

# The names that nearly every token is; whatever else Turtle allows goes to rdflib's slow scanner.
_NAME = re.compile(r"([A-Za-z][\w-]*)?:([\w-]*)(?=[\s;,)\]]|\.\s)")
_IRI = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*)>")
_NUMBER = re.compile(
    r"[+-]?(?:(?P<double>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+)|[0-9]*\.[0-9]+|[0-9]+)"
)
_TYPE = re.compile(r"a(?=[\s<\[])")
_BASE = re.compile(r"@?base\s", re.IGNORECASE)

_PATTERN = (
    "fits no pattern of this dataset. Write id/KIND/NAME, with a KIND such as meeting, record or change "
    "and a NAME of small letters and digits, with single hyphens between."
)
# Classes whose IRIs are of a kind that has another name.
_KIND_OF = {
    "absence": "expected-absence",
    "international-body": "body",
    "membership-change": "change",
    "news-outlet": "outlet",
    "organisation-change": "change",
    "remark": "record",
}


class Parser(SinkParser):
    """A parser that fills ``document`` when it is fed the text; ``parsing.parse`` explains the rest."""

    def __init__(self, text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool) -> None:
        """Prepare to be fed this very text."""
        super().__init__(_Sink(self, label), turtle=True)
        self.document = Document()
        self.offset = 0  # where the subject or the object begins that is being read
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._expected = prefixes
        self.may_be_blank = blank_nodes
        self._symbols: dict[tuple[str, str], URIRef] = {}
        self._seen: set[str] = set()

    def problem(self, offset: int, message: str) -> None:
        """Note what is wrong with a line, once."""
        problem = Problem(self.line(offset), message)
        if problem not in self.document.problems:
            self.document.problems.append(problem)

    def line(self, offset: int) -> int:
        """The line, counted from 1, in which a character stands."""
        return bisect_left(self._newlines, offset) + 1

    def BadSyntax(self, argstr: str, i: int, msg: str) -> NoReturn:
        """Raise, at the end of the text where rdflib gives no place."""
        super().BadSyntax(argstr, i if i >= 0 else len(argstr.rstrip()), msg)

    def directiveOrStatement(self, argstr: str, h: int) -> int:
        """Read one directive or block."""
        self.offset = self.skipSpace(argstr, h)
        if self.offset >= 0 and _BASE.match(argstr, self.offset):
            self.BadSyntax(argstr, self.offset, "BASE makes IRIs relative, so write them in full")
        return super().directiveOrStatement(argstr, h)

    def bind(self, qn: str, uri: bytes) -> None:
        """Compare the namespace with the one that everybody expects."""
        expected, found = self._expected.get(qn), str(self._bindings[qn])
        if expected is not None and found != expected:
            self.problem(
                self.offset,
                f"prefix {qn}: stands for <{found}>. Write PREFIX {qn}: <{expected}>, or another prefix.",
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
            i = self.object(argstr, start, nodes) if start >= 0 else -1
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
        """Keep a triple with its line, and look at its IRIs."""
        s, p, o = (self._store.normalise(None, term) for term in (s, p, o))
        line = self.line(self.offset)
        self.document.triples.setdefault((s, p, o), line)
        self.document.subjects.setdefault(s, line)
        for term in (s, p, o):
            if isinstance(term, URIRef) and term not in self._seen:
                self._seen.add(term)
                if not namespaces.is_well_formed(term):
                    place = self.document.subjects[s] if term is s else line
                    self.document.problems.append(Problem(place, f"<{term}> {_PATTERN}"))

    def path(self, argstr: str, i: int, res: Any) -> int:
        """Read a node; paths are Notation3, not Turtle."""
        return self.nodeOrLiteral(argstr, i, res)

    def nodeOrLiteral(self, argstr: str, i: int, res: Any) -> int:
        """Read a node; a number is kept as it is written, where rdflib would make 1000.0 of 1e3."""
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
        known = {**namespaces.PREFIXES, **self._expected}
        near = _KIND_OF.get(prefix) or next(
            iter(difflib.get_close_matches(prefix, [*self._bindings, *known], n=1)), None
        )
        if prefix in known:
            remedy = f"Write at the top: PREFIX {prefix}: <{known[prefix]}>"
        elif near:
            remedy = f"Did you mean {near}:?"
        else:
            remedy = f"Write at the top: PREFIX {prefix}: <…>"
        self.problem(offset, f"prefix {prefix}: is not declared. {remedy}")
        # The namespace no longer matters, except that it must raise no second problem.
        return self._bindings.setdefault(prefix, known.get(prefix, namespaces.BASE))


class _Sink(RDFSink):
    def __init__(self, parser: Parser, label: str) -> None:
        super().__init__(Graph(bind_namespaces="none"))
        self._parser = parser
        self._label = label
        self._literals: dict[tuple[str, str | None, str | None], Literal] = {}

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:
        """Keep a triple that rdflib made: a cell of a list."""
        _, predicate, subject, object_ = quadruple
        self._parser.add(subject, predicate, object_)

    def newBlankNode(self, arg: Any = None, uri: str | None = None, why: Any = None) -> BNode:
        """A blank node with a name that depends on nothing but the file."""
        if not self._parser.may_be_blank:
            self._parser.problem(
                self._parser.offset,
                "a blank node ([ ], ( ) or _:x). Give it an IRI, so that it can be cited.",
            )
        self.counter += 1
        return BNode(f"{self._label}b{self.counter}")

    def newLiteral(self, s: str, dt: URIRef | None, lang: str | None) -> Literal:
        """The literal as it is written: rdflib would turn "007" into 7."""
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
