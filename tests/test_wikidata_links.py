"""The links to Wikidata are complete, consistent with the data, well-formed SSSOM, and all verified."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Namespace, URIRef

import installed
from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.build.wikidata import sssom, wikidata_links

if TYPE_CHECKING:
    from sssom_pydantic.io import ExtendedReadType

ROOT = Path(__file__).parents[1]
TABLE = ROOT / sssom.PATH
CKG = Namespace(namespaces.CKG)
SSSOM = Namespace("https://w3id.org/sssom/")

CLASSES, KINDS = wikidata_links.CLASSES, wikidata_links.KINDS


def rows() -> list[dict[str, str]]:
    """Return the rows of the table, read as any spreadsheet would read them."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def test_every_entity_has_a_link_or_a_reason(sources: Sources) -> None:
    """Constraint W4 also finds new entities that have no row."""
    assert [str(finding) for finding in wikidata_links.check(sources, "2031-05-20")] == []


def test_entity_without_a_row_is_found(sources: Sources) -> None:
    """The check of the test above can fail."""
    described = {row["subject_id"] for row in rows()} - {"document:start-3-treaty", "place:minsk"}
    missing = wikidata_links.without_row(sources.data(), described)
    assert [namespaces.shorten(str(entity)) for entity in missing] == [
        "document:start-3-treaty",
        "place:minsk",
    ]
    cells = wikidata_links.row(missing[1], sources.data(), "2031-05-20").split("\t")
    assert cells[:4] == ["place:minsk", "Minsk", "skos:exactMatch", "sssom:NoTermFound"]


def test_classes_are_terms_of_ours(sources: Sources) -> None:
    """Otherwise a class that is renamed would no longer be checked."""
    ontology = sources.ontology()
    assert all((kind, RDF.type, OWL.Class) in ontology for kind in CLASSES)
    assert all((kind, RDF.type, SKOS.Concept) in ontology for kind in KINDS)
    agents = set(ontology.transitive_subjects(RDFS.subClassOf, CKG.Organisation))
    assert {agent for agent in agents if isinstance(agent, URIRef)} <= set(CLASSES)


def test_rows_call_things_as_the_data_does(sources: Sources) -> None:
    """``subject_label`` is the English label, so that a row can be read alone."""
    graph = sources.data()
    for row in rows():
        labels = graph.objects(URIRef(namespaces.expand(row["subject_id"])), SKOS.prefLabel)
        assert row["subject_label"] in [str(text) for text in labels], row["subject_id"]


def test_state_is_never_its_country() -> None:
    """Ours is the state as an actor, the item the whole country."""
    linked = [row for row in rows() if row["object_id"] != sssom.NO_ITEM]
    states = {row["predicate_id"] for row in linked if row["subject_id"].startswith("state:")}
    assert states == {"skos:closeMatch"}


def test_metadata_agree_with_the_data(sources: Sources) -> None:
    """The set is named as the graph it becomes, and has the dataset's version."""
    head = TABLE.read_text(encoding="utf-8")
    version = sources.data().value(URIRef(namespaces.DATASET), URIRef(namespaces.expand("dcat:version")))
    assert f"\n#mapping_set_id: {namespaces.GRAPH}wikidata\n" in head
    assert f'\n#mapping_set_version: "{version}"\n' in head


def read_as_sssom(path: Path) -> "ExtendedReadType":
    """Return the mappings, prefixes, metadata and errors of a table, by the models of the SSSOM schema."""
    import sssom_pydantic  # here: each process imports all tests, and this takes long

    read = sssom_pydantic.read(path, return_errors=True)
    assert not isinstance(read, sssom_pydantic.SemanticMappingPack)
    return read


def test_every_row_is_valid_sssom() -> None:
    mappings, _, metadata, errors = read_as_sssom(TABLE)
    assert errors == []
    assert len(mappings) == len(rows())
    assert str(metadata.id) == f"{namespaces.GRAPH}wikidata"


@pytest.mark.parametrize(
    ("column", "value"),
    [("predicate_id", "exactMatch"), ("mapping_date", "yesterday"), ("confidence", "1.5"), ("object_id", "")],
)
def test_row_that_is_no_mapping_is_found(tmp_path: Path, column: str, value: str) -> None:
    """The check above would find errors."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    names = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    cells = lines[names + 1].split("\t")
    cells[lines[names].split("\t").index(column)] = value
    lines[names + 1] = "\t".join(cells)
    broken = tmp_path / "broken.sssom.tsv"
    broken.write_text("\n".join(lines), encoding="utf-8")
    assert len(read_as_sssom(broken)[3]) == 1


def test_sssom_reads_the_same_links(sources: Sources) -> None:
    """Its reading and ours name the same entities, matches and items; so the prefixes agree too."""
    mappings, prefixes, _, _ = read_as_sssom(TABLE)
    read = {
        tuple(
            URIRef(prefixes.expand_pair(term.prefix, term.identifier) or "")
            for term in (mapping.subject, mapping.predicate, mapping.object)
        )
        for mapping in mappings
    }
    ours = {
        (s, SKOS.exactMatch, SSSOM.NoTermFound) if p == SKOS.editorialNote else (s, p, o)
        for s, p, o in sources.graphs[f"{namespaces.GRAPH}wikidata"]
    }
    assert read == ours
    assert len(ours) == len(rows())


@pytest.fixture(scope="session")
def identifiers() -> list[dict[str, str]]:
    """Return the list of identifiers that somebody has checked; it is no part of the project."""
    folder = installed.folder("CSTOKG_WIKIDATA")
    if not folder.is_dir():
        pytest.skip("the verified identifiers are not here; name their folder in CSTOKG_WIKIDATA")
    lines = (folder / "identifiers.tsv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def verified(identifiers: list[dict[str, str]]) -> set[str]:
    """Return the items that may be linked."""
    return {row["wikidata"] for row in identifiers if row["status"] == "verified"}


def test_every_item_is_verified(identifiers: list[dict[str, str]]) -> None:
    """No identifier comes from anywhere else."""
    linked = {row["object_id"].removeprefix("wd:") for row in rows() if row["object_id"] != sssom.NO_ITEM}
    assert linked
    assert not linked - verified(identifiers)


def test_list_in_the_project_is_that_of_the_verified_items(identifiers: list[dict[str, str]]) -> None:
    items = {item for item in verified(identifiers) if item.startswith("Q")}
    assert set(wikidata_links.read_verified(ROOT)) == items


def test_no_item_is_one_to_avoid(identifiers: list[dict[str, str]]) -> None:
    """Neither in a link nor in a comment: the list has the items of namesakes so that they are avoided."""
    avoided = {item for row in identifiers for item in re.findall(r"do not use: (Q\d+)", row["status"])}
    assert avoided
    mentioned = set(re.findall(r"\bQ\d+", TABLE.read_text(encoding="utf-8")))
    assert not mentioned & avoided
    assert not mentioned - verified(identifiers)


def test_no_verified_item_is_left_out(sources: Sources, identifiers: list[dict[str, str]]) -> None:
    """The list has no verified item under any name of an entity whose row says that it has none."""
    graph = sources.data()
    known = {
        re.sub(r" \(.*", "", row["label"]).casefold(): row["wikidata"]
        for row in identifiers
        if row["status"] == "verified"
    }
    for row in rows():
        if row["object_id"] == sssom.NO_ITEM:
            entity = URIRef(namespaces.expand(row["subject_id"]))
            labels = [*graph.objects(entity, SKOS.prefLabel), *graph.objects(entity, SKOS.altLabel)]
            found = [known[str(text).casefold()] for text in labels if str(text).casefold() in known]
            assert not found, f"{row['subject_id']} may be {found}: link it, or say why not"
