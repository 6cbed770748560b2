"""Queries in Wikidata's RDF model find the same statements as a reader of the QuickStatements."""

from pathlib import Path

import pyoxigraph as ox
from click.testing import CliRunner

import quickstatements_reader as reader
from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.build.wikidata import wikidata_formats, wikidata_statements
from cstokg.cli.main import main

ROOT = Path(__file__).parents[1]
WIKIDATA = "http://www.wikidata.org/"
PREFIXES = {**wikidata_formats.PREFIXES, "prov": "http://www.w3.org/ns/prov#"}
STATEMENTS = """
SELECT ?subject ?claim ?statement ?value ?reference {
  ?subject ?claim ?statement .
  ?statement a wikibase:Statement ; wikibase:rank wikibase:NormalRank ; prov:wasDerivedFrom ?reference .
  BIND (IRI(REPLACE(STR(?claim), "/prop/", "/prop/statement/")) AS ?simple)
  ?statement ?simple ?value .
  ?reference a wikibase:Reference .
}
"""


def rows(store: ox.Store, query: str) -> list[dict[str, str]]:
    """Return the solutions of a query, as texts."""
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [{name: getattr(row[name], "value", "") for name in names} for row in solutions]


def snaks(store: ox.Store, node: str, simple: str, full: str) -> set[reader.Snak]:
    """Return the properties of a statement or reference, as the reader of QuickStatements gives them."""
    found: set[reader.Snak] = set()
    for row in rows(store, f"SELECT ?p ?o (LANG(?o) AS ?l) (isIRI(?o) AS ?iri) {{ <{node}> ?p ?o }}"):
        name = row["p"].removeprefix(PREFIXES[simple])
        if "/" in name:
            continue
        times = rows(
            store,
            f"SELECT ?time ?precision {{ <{node}> {full}:{name} ?v . "
            "?v wikibase:timeValue ?time ; wikibase:timePrecision ?precision ; "
            "wikibase:timeCalendarModel wd:Q1985727 }",
        )
        if times:
            (time,) = times
            day = time["time"].removesuffix("T00:00:00Z").split("-")[: int(time["precision"]) - 8]
            written = "-".join([*day, *["00"] * (3 - len(day))])
            found.add((name, ("time", f"+{written}T00:00:00Z", time["precision"])))
        elif row["o"].startswith(f"{WIKIDATA}entity/"):
            found.add((name, ("item", row["o"].rpartition("/")[2])))
        else:
            found.add((name, ("text", row["l"], row["o"]) if row["l"] else ("string", row["o"])))
    return found


def test_model_has_the_same_statements(sources: Sources) -> None:
    statements = wikidata_statements.additions(sources).statements
    commands = reader.read(wikidata_formats.quickstatements(statements))
    store = ox.Store()
    store.load(wikidata_formats.turtle(statements).encode(), format=ox.RdfFormat.TURTLE)
    found = {
        (
            row["subject"].rpartition("/")[2],
            row["claim"].rpartition("/")[2],
            ("item", row["value"].rpartition("/")[2]),
            frozenset(snaks(store, row["statement"], "pq", "pqv")),
            frozenset(snaks(store, row["reference"], "pr", "prv")),
        )
        for row in rows(store, STATEMENTS)
    }
    assert found == {
        (each.subject, each.property, each.value, frozenset(each.qualifiers), frozenset(each.references[0]))
        for each in commands
    }
    assert len(rows(store, STATEMENTS)) == len(commands) > 10


def test_statements_have_iris_of_ours(sources: Sources) -> None:
    graph = wikidata_formats.graph(wikidata_statements.additions(sources).statements)
    nodes = {str(node) for node in graph.subjects()}
    assert {node for node in nodes if not node.startswith((namespaces.ID, f"{WIKIDATA}entity/Q"))} == set()


def test_command_writes_turtle_with_wikidatas_prefixes() -> None:
    done = CliRunner().invoke(main, ["export", "--format", "wikidata-rdf", "--article", "almaty-2024"])
    assert done.exit_code == 0
    assert "\n    ps:P39 wd:Q1418873 ;\n" in done.stdout
    assert done.stdout.startswith("PREFIX p: <http://www.wikidata.org/prop/>\n")
