"""Every listed difference from SPARQL 1.1 still exists, and docs/limits.md is made from the table."""

import re
from pathlib import Path

import pytest
from pyoxigraph import Literal, QuerySolutions, RdfFormat, Store, parse

from cstokg.engine import query_text
from cstokg.engine.loading import lexical_forms
from cstokg.engine.rewriting import corrections
from cstokg.errors import UnsupportedQueryError
from cstokg.web.views.problem_pages import Deviation, deviations

DOCUMENT = Path(__file__).parents[1] / "docs" / "limits.md"
PROLOGUE = "PREFIX ex: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
_SHORT = re.compile(r"<http://(?:(www\.w3\.org/2001/XMLSchema#)|example\.org/)(\w+)>")
REFUSED = "refused"
NO_ROW = "no row"


def answer(deviation: Deviation) -> str:
    """Return what the engine answers to the example, in the form of ``Deviation.answer``."""
    quads = list(parse((PROLOGUE + deviation.data).encode(), format=RdfFormat.TRIG))
    forms = lexical_forms.read(quads)
    store = Store()
    store.extend(quads)
    sparql = PROLOGUE + deviation.query
    tokens = list(query_text.tokens(sparql))
    try:
        corrected = corrections.apply(sparql, tokens, store, exact=forms.exact)
    except UnsupportedQueryError:
        return REFUSED
    result = store.query(
        corrected.sparql,
        custom_functions=dict(corrected.custom_functions),
        custom_aggregate_functions=dict(corrected.custom_aggregate_functions),
    )
    if not isinstance(result, QuerySolutions):
        raise TypeError("an example is a SELECT query")
    names = [variable.value for variable in result.variables]
    from_data = lexical_forms.unassigned(tokens, names)
    rows = [
        ", ".join(
            f"?{name} = {_text_of(_in_form(row[name], forms) if name in from_data else row[name])}"
            for name in names
        )
        for row in result
    ]
    return "; ".join(rows) or NO_ROW


def markdown() -> str:
    """Return the deviations as Markdown."""
    parts = []
    for deviation in deviations():
        parts.append(f"## {deviation.title}\n\n{deviation.matter}\n")
        data = f"# data: {deviation.data}\n" if deviation.data else ""
        parts.append(f"```sparql\n{data}{deviation.query}\n```\n")
        parts.append(f"- Here: {_code(deviation.answer)}\n- SPARQL 1.1: {deviation.specification}")
        parts.append(f"- Instead: {deviation.advice}\n" if deviation.advice else "")
    return "\n".join(parts)


def _in_form(term: object, forms: lexical_forms.LexicalForms) -> object:
    return forms.term(term) if isinstance(term, Literal) else term


def _code(text: str) -> str:
    return text if text in (REFUSED, NO_ROW) else f"`{text}`"


def _text_of(term: object) -> str:
    if term is None:
        return "no value"
    text = str(term)
    for name in ("integer", "boolean"):
        suffix = f"^^<http://www.w3.org/2001/XMLSchema#{name}>"
        if isinstance(term, Literal) and text.endswith(suffix) and not term.value.startswith("0"):
            return term.value
    return _SHORT.sub(lambda match: ("xsd:" if match[1] else "ex:") + match[2], text)


@pytest.mark.parametrize("deviation", deviations(), ids=lambda deviation: deviation.title)
def test_the_example_is_answered_as_the_table_says(deviation: Deviation) -> None:
    assert answer(deviation) == deviation.answer


def test_the_document_holds_the_table() -> None:
    assert markdown() in DOCUMENT.read_text(encoding="utf-8")


def test_no_difference_stands_twice() -> None:
    titles = [deviation.title for deviation in deviations()]
    assert len(set(titles)) == len(titles)
