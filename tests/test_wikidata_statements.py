"""QuickStatements hold what articles state of linked things, as another reader reads it, and no more."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import URIRef

import linked_project
import quickstatements_reader as reader
from cstokg import namespaces
from cstokg.build.sources import Sources, read
from cstokg.build.wikidata import wikidata_formats, wikidata_statements
from cstokg.build.wikidata.wikidata_statements import Additions, Item, Text, Time, UnknownArticleError, Value
from cstokg.cli.main import main

BOUND = '; ckg:{} "{}"^^xsd:date '
DAY = ("time", "+2031-05-14T00:00:00Z", "11")
REFERENCE = (
    ("P248", ("item", "Q4")),
    ("P1476", ("text", "en", 'Ministers meet, "all of them"')),
    ("P577", ("time", "+2031-05-15T00:00:00Z", "11")),
    ("P854", ("string", "https://wire.example/a%7Cb")),
)


def bounds(*days: tuple[str, str]) -> str:
    """Bounds to write into a testimony."""
    return "".join(BOUND.format(*day) for day in days)


def tenure(extra: str = "", others: str = "") -> str:
    """Return a tenure, with more in its testimony and more testimonies."""
    return linked_project.TENURE.replace("EXTRA", extra).replace("OTHERS", others)


def additions(root: Path, *records: str) -> Additions:
    """Return what the article adds that has these records."""
    return wikidata_statements.additions(read(linked_project.write(root, linked_project.ARTICLE, *records)))


def commands(root: Path, *records: str) -> list[reader.Command]:
    """Return what the article adds, as the other reader reads it."""
    return reader.read(wikidata_formats.quickstatements(additions(root, *records).statements))


def as_read(value: Value) -> reader.Value:
    """Return a value of ours as the other reader gives it."""
    if isinstance(value, Item):
        return "item", value.qid
    if isinstance(value, Text):
        return "text", value.language, value.text
    if isinstance(value, Time):
        parts = value.day.isoformat().split("-")[: value.precision - 8]
        return "time", f"+{'-'.join([*parts, *['00'] * (3 - len(parts))])}T00:00:00Z", str(value.precision)
    return "string", value


def test_command_has_qualifiers_and_one_reference(tmp_path: Path) -> None:
    start = bounds(("startNotBefore", "2031-05-14"), ("startNotAfter", "2031-05-14"))
    assert commands(tmp_path, tenure(start)) == [
        reader.Command(
            "Q1",
            "P39",
            ("item", "Q2"),
            (("P580", DAY),),
            (REFERENCE,),
        )
    ]


def test_every_command_of_the_articles_is_read_back_to_the_same_statement(sources: Sources) -> None:
    statements = wikidata_statements.additions(sources).statements
    read_back = reader.read(wikidata_formats.quickstatements(statements))
    assert len(read_back) == len(statements) > 10
    for command, statement in zip(read_back, statements, strict=True):
        assert (command.subject, command.property) == (statement.subject.qid, statement.property)
        assert command.value == ("item", statement.value.qid)
        assert command.qualifiers == tuple((name, as_read(value)) for name, value in statement.qualifiers)
        assert command.references == (tuple((name, as_read(value)) for name, value in statement.reference),)


@pytest.mark.parametrize(
    ("extra", "qualifiers"),
    [
        ((), ()),
        (
            (("startNotBefore", "2031-05-01"), ("startNotAfter", "2031-05-31")),
            (("P580", "+2031-05-00", "10"),),
        ),
        ((("endNotBefore", "2031-01-01"), ("endNotAfter", "2031-12-31")), (("P582", "+2031-00-00", "9"),)),
        ((("startNotBefore", "2030-12-31"), ("startNotAfter", "2031-01-01")), ()),
        ((("startNotBefore", "2031-05-14"),), ()),
        ((("startNotAfter", "2031-05-14"), ("endNotBefore", "2031-05-14")), (("P585", "+2031-05-14", "11"),)),
        ((("startNotAfter", "2031-05-31"), ("endNotBefore", "2031-05-01")), (("P585", "+2031-05-00", "10"),)),
        ((("startNotAfter", "2031-05-14"), ("endNotBefore", "2032-06-20")), (("P585", "+2031-05-14", "11"),)),
    ],
)
def test_dates_are_as_precise_as_the_bounds(
    tmp_path: Path, extra: tuple[tuple[str, str], ...], qualifiers: tuple[tuple[str, str, str], ...]
) -> None:
    (command,) = commands(tmp_path, tenure(bounds(*extra)))
    assert command.qualifiers == tuple(
        (name, ("time", f"{day}T00:00:00Z", precision)) for name, day, precision in qualifiers
    )


def test_implied_bounds_are_no_start_and_attest_only(tmp_path: Path) -> None:
    """A day worked out from the dateline is only the day on which the article calls somebody minister."""
    days = (
        ("startNotBefore", "2031-05-14"),
        ("startNotAfter", "2031-05-14"),
        ("endNotBefore", "2031-05-14"),
    )
    implied = f", [ ckg:evidence span:0-58 ; ckg:basis basis:implied {bounds(*days)}"
    (command,) = commands(tmp_path, tenure("", f"{implied}; ckg:supports ckg:startNotAfter ]"))
    assert command.qualifiers == (("P585", DAY),)


@pytest.mark.parametrize(
    "extra",
    [
        "; ckg:accordingTo statement:exampleville-2031-doe-jane ",
        "; ckg:reportedVia outlet:example-wire ",
        "; ckg:modality modality:expected ",
        "; ckg:modality modality:announced ",
        "; ckg:modality modality:denied ",
    ],
)
def test_nothing_comes_from_speakers_outlets_and_plans(tmp_path: Path, extra: str) -> None:
    assert commands(tmp_path / "with", tenure()) != []
    found = additions(tmp_path / "without", tenure(extra))
    assert found.statements == []
    assert dict(found.left_out) == {"tenure: the article does not state it in its own voice": 1}


def test_nothing_comes_from_what_is_implied_in_part(tmp_path: Path) -> None:
    implied = ", [ ckg:supports ckg:tenurePost ; ckg:evidence span:0-58 ; ckg:basis basis:implied ]"
    assert commands(tmp_path, tenure("", implied)) == []


def test_nothing_comes_from_readings(tmp_path: Path) -> None:
    claim = """
claim:readings-doe-jane
    a ckg:Claim ;
    rdf:subject tenure:doe-jane-foreign-minister-exampleland-2031 ;
    rdf:predicate ckg:startNotBefore ;
    rdf:object "2030-01-01"^^xsd:date ;
    ckg:hasTestimony [ ckg:evidence span:0-58 ; ckg:basis basis:inferred ] ;
.
"""
    (command,) = commands(tmp_path, tenure(), claim)
    assert command.qualifiers == ()


def test_nothing_comes_from_the_sides_of_a_conflict(tmp_path: Path) -> None:
    conflict = """
conflict:doe-jane a ckg:Conflict ; ckg:hasClaim claim:exampleville-2031-doe-jane .
claim:exampleville-2031-doe-jane
    a ckg:Claim ;
    rdf:subject tenure:doe-jane-foreign-minister-exampleland-2031 ;
    rdf:predicate ckg:acting ;
    rdf:object false ;
.
"""
    found = additions(tmp_path, tenure(), conflict)
    assert found.statements == []
    assert dict(found.left_out) == {"tenure: a conflict is about it": 1}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("person:doe-jane ;", "person:roe-richard ;", "tenure: the holder has no item"),
        ("ckg:holder", "ckg:acting true ; ckg:holder", "tenure: the holder is acting"),
        ("post:foreign-minister-exampleland ;", "post:mayor ;", "tenure: the post has no item"),
    ],
)
def test_what_cannot_be_written_is_counted(tmp_path: Path, old: str, new: str, reason: str) -> None:
    found = additions(tmp_path, tenure().replace(old, new))
    assert found.statements == []
    (only,) = found.left_out
    assert only.startswith(reason)


def test_participation_is_written_on_both_items(tmp_path: Path) -> None:
    attendance = linked_project.ATTENDANCE.replace("EXTRA", "")
    found = commands(tmp_path, linked_project.MEETING, attendance)
    assert [(each.subject, each.property, each.value) for each in found] == [
        ("Q1", "P1344", ("item", "Q3")),
        ("Q3", "P710", ("item", "Q1")),
    ]
    assert {each.qualifiers for each in found} == {(("P585", DAY),)}


def test_participation_needs_an_item_of_the_meeting(tmp_path: Path) -> None:
    attendance = linked_project.ATTENDANCE.replace("EXTRA", "")
    items = {name: item for name, item in linked_project.ITEMS.items() if not name.startswith("meeting:")}
    records = (linked_project.ARTICLE, linked_project.MEETING, attendance)
    root = linked_project.write(tmp_path, *records, items=items)
    done = CliRunner().invoke(main, ["export", "--root", str(root), "--format", "quickstatements"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "# left out: 1 × attendance: the meeting has no item\n"


@pytest.mark.parametrize(
    ("kind", "property_"), [("accession", "P580"), ("return", "P580"), ("withdrawal", "P582")]
)
def test_change_of_membership_gives_its_start_or_end(tmp_path: Path, kind: str, property_: str) -> None:
    event = f"""
event:exampleland-2031
    a ckg:Occurrence ;
    dcterms:type event-kind:{kind} ;
    ckg:affectsMembership membership:exampleland-example-league-2031 ;
    ckg:hasTestimony [
        ckg:evidence span:0-58 ;
        ckg:basis basis:stated
        {bounds(("startNotBefore", "2031-01-01"), ("endNotAfter", "2031-12-31"))}
    ] ;
.
"""
    (command,) = commands(tmp_path, linked_project.MEMBERSHIP.replace("EXTRA", ""), event)
    assert (command.subject, command.property, command.value) == ("Q5", "P463", ("item", "Q6"))
    assert command.qualifiers == ((property_, ("time", "+2031-00-00T00:00:00Z", "9")),)


def test_close_item_of_a_body_is_used_too(tmp_path: Path) -> None:
    extra = bounds(("startNotBefore", "2031-01-01"), ("startNotAfter", "2031-12-31"))
    membership = linked_project.MEMBERSHIP.replace("EXTRA", extra)
    root = linked_project.write(tmp_path, linked_project.ARTICLE, membership)
    table, row = root / "data/wikidata.sssom.tsv", "body:example-league\tbody:example-league\tskos:{}Match\t"
    text = table.read_text(encoding="utf-8")
    assert row.format("exact") in text
    table.write_text(text.replace(row.format("exact"), row.format("close")), encoding="utf-8")
    (statement,) = wikidata_statements.additions(read(root)).statements
    assert (statement.property, statement.value) == ("P463", Item("Q6"))


def test_statement_without_a_reference_is_not_written(tmp_path: Path) -> None:
    root = linked_project.write(tmp_path, "article:exampleville-2031 a ckg:Article .", tenure())
    found = wikidata_statements.additions(read(root))
    assert found.statements == []
    assert list(found.left_out) == ["the article has nothing to cite: no linked publisher, title or date"]


@pytest.mark.parametrize("title", ["Ministers | Wire", "Ministers /* all", "a || b"])
def test_title_that_the_tool_would_misread_is_left_out(tmp_path: Path, title: str) -> None:
    article = linked_project.ARTICLE.replace("Ministers meet, “all of them”", title)
    root = linked_project.write(tmp_path, article, tenure())
    (command,) = reader.read(
        wikidata_formats.quickstatements(wikidata_statements.additions(read(root)).statements)
    )
    assert [name for name, _ in command.references[0]] == ["P248", "P577", "P854"]


def test_only_verified_items_and_properties_are_used(sources: Sources) -> None:
    statements = wikidata_statements.additions(sources).statements
    links = wikidata_statements.linked_items(sources.data()).values()
    assert {item for each in statements for item in (each.subject, each.value)} <= set(links)


def test_no_statement_rests_on_a_record_in_conflict(sources: Sources) -> None:
    """Of the articles' own: Ayvazyan's acting, and Armenia's standing in 2024."""
    records = {each.record for each in wikidata_statements.additions(sources).statements}
    assert URIRef(f"{namespaces.ID}tenure/lavrov-sergey-foreign-minister-russia-2021") in records
    for name in ("tenure/ayvazyan-ara-foreign-minister-armenia-2021", "membership/armenia-csto-2024"):
        assert URIRef(namespaces.ID + name) not in records


def test_additions_of_one_article_are_a_part_of_all(sources: Sources) -> None:
    every = wikidata_statements.additions(sources).statements
    only = wikidata_statements.additions(sources, "almaty-2024").statements
    assert only == [each for each in every if str(each.article).endswith("/almaty-2024")] != []


def test_unknown_article_is_refused_with_the_known_names(sources: Sources) -> None:
    with pytest.raises(UnknownArticleError, match="'almaty-2025'; names are almaty-2024"):
        wikidata_statements.additions(sources, "almaty-2025")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "quickstatements", "--graph", "minsk-2011"], "takes --article"),
        (["--format", "turtle", "--article", "minsk-2011"], "use --graph instead"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(main, ["export", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr
