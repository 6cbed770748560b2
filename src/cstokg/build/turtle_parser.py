"""Turtle read with line numbers: the triples of a file, the line of each, and what is wrong with it."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyoxigraph
from rdflib.plugins.parsers.notation3 import BadSyntax

from cstokg.build.document import Document, Problem
from cstokg.build.turtle_grammar import Parser

_PLACE = re.compile(r"Parser error (?:at|between) line .*?\d: ")


def parse(text: str, label: str, prefixes: Mapping[str, str], *, blank_nodes: bool = True) -> Document:
    """The triples of a Turtle text, the line of each, and everything wrong with it.

    The line of a triple is that of its object, the line of a subject that of its first block;
    both count from 1. Blank nodes are named ``label`` and a number, the same in every run.

    Args:
        text: a whole file.
        label: letters and digits that no other file shares.
        prefixes: the namespace that each of these prefixes must stand for.
        blank_nodes: whether they are allowed.
    """
    parser = Parser(text, label, prefixes, blank_nodes=blank_nodes)
    document = parser.document
    with _quiet():
        try:
            parser.feed(text)
        except BadSyntax as error:
            # Its own text repeats half the file.
            document.problems += _syntax(text, document, parser.line(error._i), error._why)  # noqa: SLF001
        except RecursionError:
            document.problems.append(
                Problem(parser.line(parser.offset), "nested too deep. Give the nodes IRIs.")
            )
        except (AssertionError, IndexError, ValueError):
            document.problems += _syntax(text, document, parser.line(parser.offset), "no Turtle from here on")
        else:
            if not document.problems:
                document.problems += _syntax(text, document)
    document.problems.sort(key=lambda problem: problem.line)
    return document


def _syntax(text: str, document: Document, line: int = 0, reason: str = "") -> Iterator[Problem]:
    # A strict parser has the better word; rdflib's stands where it alone objects.
    found = _strict(text)
    undeclared = any("is not declared" in problem.message for problem in document.problems)
    if found is not None and not (undeclared and "has not been declared" in found[1]):
        line, reason = found
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
    # rdflib logs a stack trace for each literal that its datatype does not fit; the parser notes those.
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
