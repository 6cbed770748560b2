"""Links are listed with the gaps, and compared with another endpoint: what is wrong there is found."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, Store

import linked_project
import planted as planted_project
from cstokg.cli.main import main
from remote_endpoints import EMPTY, remote, send
from servers import serving
from wikidata_excerpt import BATCH, EXCERPT, LINKED, check, excerpt, form_of, item, store

pytestmark = pytest.mark.usefixtures("project_is_read_once")

Row = dict[str, str]


def rows(result: Result) -> list[Row]:
    """Return the rows that a command printed."""
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """Yield the report on links to an excerpt of Wikidata with many mistakes, served on this machine."""
    file = tmp_path_factory.mktemp("wikidata") / "planted.ttl"
    file.write_bytes(
        excerpt(
            (item("Q328343"), "\nwd:Q328343 owl:sameAs wd:Q999 .\nwd:Q999 rdfs:label 'Another'@en .\n"),
            (item("Q166846"), "\n"),
            (
                'wd:Q649\n    rdfs:label "Moscow"@en , "Москва"@ru ;\n    wdt:P31 wd:Q515 ',
                'wd:Q649\n    rdfs:label "Moscow"@en , "Москва"@ru ;\n    wdt:P31 wd:Q207326 ',
            ),
            ('rdfs:label "Dushanbe"@en', 'rdfs:label "Kulob"@en'),
            (
                "    ps:P39 wd:Q1418873 ;",
                '    ps:P39 wd:Q1418873 ;\n    pq:P582 "2020-01-21T00:00:00Z"^^xsd:dateTime ;',
            ),
            ("PREFIX p: ", "PREFIX owl: <http://www.w3.org/2002/07/owl#>\nPREFIX p: "),
        )
    )
    with serving("--data", file) as server:
        yield check(server.endpoint, *BATCH, "--format", "csv")


def test_listing_has_links_and_gaps_with_reasons() -> None:
    result = CliRunner().invoke(main, ["links"])
    listed = {row["entity"]: row for row in rows(result)}
    assert listed["person:lavrov-sergey"]["item"] == "Q58217"
    assert listed["person:lavrov-sergey"]["match"] == "exact"
    assert listed["state:armenia"]["match"] == "close"
    gap = listed["person:kharlamov-ilya"]
    assert (gap["item"], gap["comment"][:15]) == ("", "No item is know")
    linked = sum(bool(row["item"]) for row in listed.values())
    assert result.stderr == f"links {linked}, gaps {len(listed) - linked}\n"


def test_listing_of_the_gaps_alone() -> None:
    listed = rows(CliRunner().invoke(main, ["links", "--gaps"]))
    assert len(listed) > 10
    assert all(not row["item"] and row["comment"] for row in listed)


def test_project_without_a_table_has_gaps_only(tmp_path: Path) -> None:
    root = planted_project.write(tmp_path)
    listed = CliRunner().invoke(main, ["links", "--root", str(root)])
    assert [(row["entity"], row["comment"]) for row in rows(listed)] == [
        ("person:doe-jane", "no row in the table yet")
    ]


def test_listing_as_a_table() -> None:
    result = CliRunner().invoke(main, ["links", "--format", "table"], env={"COLUMNS": "200"})
    assert result.stdout.startswith("entity")
    assert "person:lavrov-sergey" in result.stdout


def test_what_agrees_is_said_to_agree() -> None:
    """Of the excerpt as it is, with one name that is written otherwise; most names in Russian are missing."""
    with serving("--data", EXCERPT) as server:
        found = check(server.endpoint)
    by_verdict = {
        verdict: [row for row in rows(found) if row["verdict"] == verdict]
        for verdict in ("contradiction", "addition", "agreement")
    }
    assert [(row["entity"], row["aspect"]) for row in by_verdict["contradiction"]] == [
        ("document:start-3-treaty", "label ru")
    ]
    lavrov = {row["aspect"] for row in by_verdict["agreement"] if row["entity"] == "person:lavrov-sergey"}
    assert lavrov == {"item", "class", "label en", "position held"}
    assert "theirs: from 2002" in next(
        row["detail"]
        for row in by_verdict["agreement"]
        if (row["entity"], row["aspect"]) == ("state:russia", "member of")
    )
    additions = {
        (row["entity"], row["aspect"], row["detail"].partition(":")[0]) for row in by_verdict["addition"]
    }
    assert {
        ("person:lavrov-sergey", "label ru", "only ours"),
        ("person:lavrov-sergey", "position held", "theirs has days"),
        ("person:peskov-dmitry", "position held", "only ours"),
        ("state:russia", "member of", "only theirs"),
    } <= additions
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("entity", "aspect", "detail"),
    [
        ("person:bordiuzha-nikolay", "item", "redirects to Q999"),
        ("person:kazykhanov-yerzhan", "item", "does not exist"),
        ("place:moscow", "class", "theirs: Q207326 (summit); fitting would be Q515"),
        ("place:dushanbe", "label en", "ours: Dushanbe; theirs: Kulob"),
        ("person:lavrov-sergey", "position held", "tenure:lavrov-sergey-foreign-minister-russia-2021"),
        ("person:lavrov-sergey", "position held", "tenure:lavrov-sergey-foreign-minister-russia-2024"),
    ],
)
def test_planted_contradiction_is_found(planted: Result, entity: str, aspect: str, detail: str) -> None:
    contradictions = [row for row in rows(planted) if row["verdict"] == "contradiction"]
    assert any(
        (row["entity"], row["aspect"]) == (entity, aspect) and detail in row["detail"]
        for row in contradictions
    ), contradictions


def test_nothing_else_is_a_contradiction(planted: Result) -> None:
    """The term in 2018 still agrees, and nothing else is said of an item that is missing."""
    contradictions = [row for row in rows(planted) if row["verdict"] == "contradiction"]
    assert len(contradictions) == 7
    assert {row["aspect"] for row in rows(planted) if row["item"] in ("Q328343", "Q166846")} == {"item"}
    assert "tenure:lavrov-sergey-foreign-minister-russia-2018" in "".join(
        row["detail"] for row in rows(planted) if row["verdict"] == "agreement"
    )
    assert planted.exit_code == 1
    assert planted.stderr.startswith(f"30 of {LINKED} items\n60 of {LINKED} items\n")
    assert f"\nlinks {LINKED}: contradictions 7, additions " in planted.stderr


@pytest.mark.parametrize(
    ("start", "end", "agrees"),
    [
        (("2004-03-09", 11), None, True),
        (("2018-06-12", 11), None, False),
        (("2018-06-01", 10), None, True),
        (("2018-01-01", 9), None, True),
        (("2000-01-01", 7), None, True),
        (None, ("2018-06-10", 11), False),
        (None, ("2018-06-01", 10), True),
        (None, ("2018-01-01", 9), True),
        (None, None, True),
    ],
)
def test_terms_are_compared_as_precisely_as_their_days(
    start: tuple[str, int] | None, end: tuple[str, int] | None, agrees: bool
) -> None:
    """The minister of 11 June 2018 may have begun in that month or year, and ended in it."""
    days = ""
    nodes = ""
    for name, day in (("P580", start), ("P582", end)):
        if day:
            days += f' pq:{name} "{day[0]}T00:00:00Z"^^xsd:dateTime ; pqv:{name} wdv:{name} ;'
            nodes += f"wdv:{name} wikibase:timePrecision {day[1]} .\n"
    statement = "wds:Q58217-CB722A66-F98E-4919-A478-BCAAC6CC8C1D\n"
    text = EXCERPT.read_text(encoding="utf-8")
    begin = text.index(f"\n{statement}")
    old = text[begin : text.index("\n.\n", begin) + 3]
    changed = store((old, f"\n{statement} ps:P39 wd:Q1418873 ;{days}\n.\n{nodes}"))
    with remote(form_of(changed)) as other:
        found = rows(check(other.endpoint))
    verdict = next(row["verdict"] for row in found if "foreign-minister-russia-2018" in row["detail"])
    assert verdict == ("agreement" if agrees else "contradiction")


def test_deprecated_statement_does_not_count() -> None:
    changed = excerpt(
        (
            "    ps:P39 wd:Q1418873 ;\n    wikibase:rank wikibase:NormalRank ;",
            "    ps:P39 wd:Q1418873 ;\n    wikibase:rank wikibase:DeprecatedRank ;",
        )
    )
    made = Store()
    made.load(changed, format=RdfFormat.TURTLE)
    with remote(form_of(made)) as other:
        found = [row for row in rows(check(other.endpoint)) if row["entity"] == "person:lavrov-sergey"]
    assert {row["verdict"] for row in found if row["aspect"] == "position held"} == {"addition"}


def test_findings_as_sssom(tmp_path: Path) -> None:
    import sssom_pydantic  # here: each process imports all tests, and this takes long

    file = tmp_path / "review.sssom.tsv"
    with remote(form_of(store((item("Q328343"), "\n")))) as other:
        check(other.endpoint, "--sssom", file)
    read = sssom_pydantic.read(file, return_errors=True)
    assert not isinstance(read, sssom_pydantic.SemanticMappingPack)
    mappings, _, _, errors = read
    assert errors == []
    assert len(mappings) == LINKED
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    by_subject = {row["subject_id"]: row for row in csv.DictReader(lines, delimiter="\t")}
    missing = by_subject["person:bordiuzha-nikolay"]
    assert (missing["object_id"], missing["comment"]) == (
        "sssom:NoTermFound",
        "contradiction, item: does not exist",
    )
    assert by_subject["state:armenia"]["predicate_id"] == "skos:closeMatch"
    assert by_subject["place:minsk"]["comment"].endswith(" | no contradiction")


def test_endpoint_that_knows_no_item_is_asked_about() -> None:
    """Every item is missing there: a contradiction, but more likely it is the wrong endpoint."""
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        result = check(other.endpoint)
    assert result.exit_code == 1
    assert (
        f"{other.endpoint} has none of the items: give the endpoint of Wikidata, or of a copy of its data"
        in result.stderr
    )


def test_root_may_stand_behind_check(tmp_path: Path) -> None:
    root = linked_project.write(tmp_path, linked_project.ARTICLE)
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        found = check(other.endpoint, "--root", root)
        before = CliRunner().invoke(
            main, ["links", "--root", str(root), "check", "--endpoint", other.endpoint]
        )
    assert found.stdout == before.stdout
    assert "person:doe-jane,Q1,item,contradiction,does not exist" in found.stdout


def test_endpoint_without_any_answer_finds_no_item() -> None:
    """So an empty endpoint is not taken for one that agrees."""
    with remote(lambda handler, _: send(handler, EMPTY)) as other:
        found = rows(check(other.endpoint))
    assert {row["detail"] for row in found} == {"does not exist"}
    assert len(found) == LINKED
