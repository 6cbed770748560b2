"""Values of Python for RDF terms and back, bindings of variables, and DataFrames."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pyoxigraph as ox
import pytest

from cstokg.client import values
from cstokg.client.rows import MissingPackageError, Rows
from cstokg.client.values import BindingError, Iri, Text, Value, ValueRefusedError, Year, YearMonth
from cstokg.namespaces import PREFIXES

XSD = PREFIXES["xsd"]

EXACT = [
    ("integer", "07", 7),
    ("nonNegativeInteger", "3", 3),
    ("decimal", "1.50", Decimal("1.50")),
    ("double", "1.5e3", 1500.0),
    ("double", "-INF", float("-inf")),
    ("boolean", "1", True),
    ("date", "2021-05-19", date(2021, 5, 19)),
    ("dateTime", "2021-05-19T10:00:00Z", datetime(2021, 5, 19, 10, tzinfo=UTC)),
    ("dateTime", "2021-05-19T10:00:00", datetime(2021, 5, 19, 10)),  # noqa: DTZ001 - it has no zone
    ("gYear", "2011", Year(2011)),
    ("gYearMonth", "2011-05", YearMonth(2011, 5)),
]
INEXACT = [
    ("date", "2021-05-19Z"),
    ("date", "-0044-03-15"),
    ("date", "2021-02-30"),
    ("gYear", "12011"),
    ("gYearMonth", "2011-13"),
    ("dateTime", "2021-05-19T24:00:00"),
    ("dateTime", "2021-05-19T10:00:00.1234567"),
    ("integer", "seven"),
    ("integer", "1_000"),
    ("integer", "9" * 5000),
    ("boolean", "yes"),
    ("anyURI", "https://example.org/"),
]


@pytest.mark.parametrize(("datatype", "text", "value"), EXACT)
def test_literals_become_values_that_say_the_same(datatype: str, text: str, value: Value) -> None:
    read = values.of_json({"type": "literal", "value": text, "datatype": XSD + datatype})
    assert read == value
    assert type(read) is type(value)
    term = values.to_term(value)
    again = values.of_literal(term.value, "", term.datatype.value)  # type: ignore[union-attr]
    assert again == value


@pytest.mark.parametrize(("datatype", "text"), INEXACT)
def test_literals_without_such_a_value_stay_as_they_are_written(datatype: str, text: str) -> None:
    read = values.of_json({"type": "literal", "value": text, "datatype": XSD + datatype})
    assert isinstance(read, Text)
    assert (str(read), read.datatype) == (text, XSD + datatype)
    assert str(values.to_term(read)).endswith(f"^^<{XSD}{datatype}>")


def test_texts_have_their_language() -> None:
    read = values.of_json({"type": "literal", "value": "Лавров", "xml:lang": "ru"})
    assert isinstance(read, Text)
    assert (read, read.language) == ("Лавров", "ru")
    assert str(values.to_term(read)) == '"Лавров"@ru'
    assert str(values.to_term("Лавров")) == '"Лавров"'


@pytest.mark.parametrize("text", ["person:lavrov-sergey", "https://w3id.org/csto-kg/id/person/lavrov-sergey"])
def test_a_text_that_may_be_meant_as_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError, match="a thing or a text"):
        values.to_term(text)
    assert str(values.to_term(Iri(text))) == "<https://w3id.org/csto-kg/id/person/lavrov-sergey>"
    assert str(values.to_term(Text(text))) == f'"{text}"'


@pytest.mark.parametrize("value", [None, object(), [1], Decimal("NaN"), Iri("no iri")])
def test_what_stands_for_no_term_is_refused(value: object) -> None:
    with pytest.raises(ValueRefusedError):
        values.to_term(value)


# Bindings.


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?s ?o { ?s ex:p ?o }",
        "# { ?o }\nPREFIX ex: <urn:ex:>\nSELECT ?s ?o WHERE { ?s ex:p ?o } ORDER BY ?s",
        "SELECT ?s ?o (EXISTS { ?s ex:p 3 } AS ?e) WHERE { ?s ex:p ?o }",
        "SELECT ?s ?o FROM <urn:g> { { ?s ex:p ?o } UNION { ?s ex:p ?o } }",
        "SELECT ?s ?o { SELECT ?s ?o { ?s ex:p ?o } }",
        "SELECT ?s ?o { VALUES ?o { 8 } ?s ex:p ?o }",
        "SELECT ?s ?o { ?s ex:p ?o } VALUES ?s { UNDEF }",
        "SELECT ?s ?o { ?s ex:p ?o OPTIONAL { ?s ex:q ?x FILTER (?x = ?o) } }",
        "SELECT ?s ?o { ?s ex:p ?o } GROUP BY ?s ?o HAVING (COUNT(*) > 0)",
    ],
)
def test_a_bound_query_has_only_the_rows_with_the_value(sparql: str) -> None:
    store = ox.Store()
    graph = ox.NamedNode("urn:g")
    for number in (1, 2):
        quad = (ox.NamedNode(f"urn:s{number}"), ox.NamedNode("urn:ex:p"), ox.Literal(number))
        store.add(ox.Quad(*quad))
        store.add(ox.Quad(*quad, graph))
    rows = list(store.query(values.bind(sparql, {"o": 2}), prefixes={"ex": "urn:ex:"}))  # type: ignore[arg-type]
    assert rows
    assert {row["s"].value for row in rows} == {"urn:s2"}


@pytest.mark.parametrize(
    "sparql", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE ?o", "DESCRIBE <urn:o> # ?o\n?o", "SELECT ?o", "?o"]
)
def test_a_query_without_a_place_for_a_value_is_refused(sparql: str) -> None:
    with pytest.raises(BindingError):
        values.bind(sparql, {"o": 2})


@pytest.mark.parametrize("text", ["} . ?s ?p ?o . {", '" } #', "\\", "'''", "a\nb"])
def test_no_value_becomes_another_part_of_the_query(text: str) -> None:
    bound = values.bind("SELECT ?text { BIND (STRLEN(?text) AS ?length) }", {"text": text})
    (row,) = ox.Store().query(bound)  # type: ignore[misc]
    assert row["text"].value == text


# DataFrames.


def column(*column: Value | None) -> Rows:
    return Rows(("x",), [{"x": value} for value in column])


@pytest.mark.parametrize(
    ("value", "in_pandas", "in_polars"),
    [
        (Text("a", "ru"), "string", "String"),
        (Iri("ckg:Meeting"), "string", "String"),
        (True, "boolean", "Boolean"),
        (3, "Int64", "Int64"),
        (2.5, "Float64", "Float64"),
        (Decimal("2.50"), "object", "Decimal"),
        (date(2021, 5, 19), "datetime64[s]", "Date"),
        (datetime(2021, 5, 19, 10), "datetime64[us]", "Datetime"),  # noqa: DTZ001
        (datetime(2021, 5, 19, 10, tzinfo=UTC), "datetime64[us, UTC]", "Datetime"),
        (Year(2011), "period[Y-DEC]", "Int32"),
        (YearMonth(2011, 5), "period[M]", "String"),
        (2**70, "object", "String"),
        (None, "object", "Null"),
    ],
)
def test_columns_have_the_dtype_of_their_values(value: Value | None, in_pandas: str, in_polars: str) -> None:
    """Also where a value is missing, or there is none."""
    rows = column(value, None)
    frame = rows.to_pandas()
    assert str(frame["x"].dtype) == in_pandas
    assert list(frame["x"].isna()) == [value is None, True]
    polar = rows.to_polars()["x"]
    assert polar.dtype.base_type().__name__ == in_polars
    assert polar.null_count() == (2 if value is None else 1)


def test_days_keep_their_precision() -> None:
    frame = column(date(1, 1, 1), date(9999, 12, 31)).to_pandas()
    assert [str(day.date()) for day in frame["x"]] == ["0001-01-01", "9999-12-31"]


def test_mixed_columns_lose_nothing() -> None:
    rows = column(date(2021, 5, 19), Year(2021), 3)
    assert list(rows.to_pandas()["x"]) == [date(2021, 5, 19), Year(2021), 3]
    assert rows.to_polars()["x"].to_list() == ["2021-05-19", "2021", "3"]


@pytest.mark.parametrize("large", [2**53 + 1, -(2**53) - 1, 10**400], ids=["more", "less", "huge"])
def test_integers_beside_floats_keep_their_digits(large: int) -> None:
    assert list(column(large, 0.5).to_pandas()["x"]) == [large, 0.5]
    assert column(large, 0.5).to_polars()["x"].to_list()[0] == str(large)
    assert column(2**53, 0.5).to_polars()["x"].to_list() == [2.0**53, 0.5]


@pytest.mark.parametrize(
    "texts",
    [
        ("1" + "0" * 38,),
        ("1." + "0" * 39 + "1",),
        ("0." + "0" * 38 + "1",),
        ("1" + "0" * 37, "0.1"),
    ],
    ids=["integer", "digits", "places", "together"],
)
def test_decimals_that_polars_cannot_hold_stay_texts(texts: tuple[str, ...]) -> None:
    rows = column(*map(Decimal, texts))
    assert rows.to_polars()["x"].to_list() == list(texts)
    assert list(rows.to_pandas()["x"]) == list(map(Decimal, texts))


def test_decimals_of_38_digits_are_decimals_in_polars() -> None:
    decimals = [Decimal("1" + "0" * 36), Decimal("-0.1"), Decimal("9.9"), Decimal(0)]
    assert column(*decimals).to_polars()["x"].to_list() == decimals


def test_an_answer_without_rows_keeps_its_columns() -> None:
    assert list(Rows(("a", "b"), []).to_pandas().columns) == ["a", "b"]
    assert Rows(("a", "b"), []).to_polars().columns == ["a", "b"]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_package_is_named_with_the_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=f"pip install {name}"):
        getattr(column(1), f"to_{name}")()


def test_rows_are_a_sequence() -> None:
    import pandas  # here: each process imports all tests, and this takes long

    rows = column(1, 2, 3)
    assert len(rows) == 3
    assert rows[0] == {"x": 1}
    assert rows[1:] == column(2, 3)
    assert repr(rows) == "<3 rows: x>"
    with pytest.raises(KeyError, match="columns: x"):
        rows.column("y")
    assert isinstance(rows.to_pandas(), pandas.DataFrame)
