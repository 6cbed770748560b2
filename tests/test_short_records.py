"""A short line becomes a record, or says what is wrong with it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import meeting_articles
from cstokg.build import sources
from cstokg.build.checks import validation
from cstokg.cli.main import main
from meeting_articles import FIRST

FILE = f"data/articles/{FIRST}.ttl"


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root of a project with one article, and the folder of the texts."""
    return meeting_articles.write(tmp_path, FIRST)


def add(project: tuple[Path, Path], *lines: str) -> tuple[int, str]:
    """Run the command, and return its status and output."""
    root, texts = project
    arguments = ["add", "--root", str(root), "--articles", str(texts), FIRST, "-"]
    result = CliRunner().invoke(main, arguments, input="\n".join(lines))
    return result.exit_code, result.output


def test_line_becomes_a_record_with_its_span(project: tuple[Path, Path]) -> None:
    status, output = add(project, "1 remark key=weather paraphrase='It was cold, and it rained.'")
    assert (status, output) == (0, f"wrote record:{FIRST}-weather\n")
    text = (project[0] / FILE).read_text(encoding="utf-8")
    assert "PREFIX record-kind: <" in text
    assert (
        f"\nrecord:{FIRST}-weather\n    a ckg:Remark ;\n    dcterms:type record-kind:account ;\n"
        '    ckg:paraphrase "It was cold, and it rained."@en ;\n    ckg:hasTestimony [\n'
        "        ckg:modality modality:reported-fact ;\n        ckg:evidence span:0-55 ;\n"
        "        ckg:basis basis:stated ;\n    ] ;\n.\n" in text
    )
    violations = [
        each
        for each in validation.check(sources.read(project[0]), reference=False, articles=project[1]).findings
        if each.severity == "violation" and "weather" in str(each)
    ]
    assert violations == []


def test_statement_has_the_event_of_which_it_tells(project: tuple[Path, Path]) -> None:
    status, output = add(
        project,
        "2,3 statement speaker=person:doe-jane topic=terrorism tells=attack target=state:exampleland "
        "modality=opinion en=Raid ru=Набег paraphrase='Doe thinks that it was a raid.'",
    )
    assert status == 0, output
    statement, event = f"statement:{FIRST}-doe-jane-terrorism", f"event:terrorism-{FIRST}"
    assert output == f"wrote {statement} and {event}\n"
    text = (project[0] / FILE).read_text(encoding="utf-8")
    of_statement, of_event = text.partition(f"\n{event}\n")[::2]
    assert f"ckg:tellsOf {event} ;" in of_statement
    assert 'skos:prefLabel "Raid"@en , "Набег"@ru ;' in of_event
    assert "ckg:target state:exampleland ;" in of_event
    assert f"ckg:accordingTo {statement} ;\n        ckg:modality modality:opinion ;" in of_event


def test_statement_keeps_its_own_and_the_event_has_the_rest(project: tuple[Path, Path]) -> None:
    add(
        project,
        "2 statement speaker=person:doe-jane topic=terrorism topic=extremism tells=exercise "
        "actor=state:norland startNotBefore=2031-09-01 en=Drill ru=Учения paraphrase='Norland will drill.'",
    )
    text = (project[0] / FILE).read_text(encoding="utf-8")
    statement = text.partition(f"\nstatement:{FIRST}-doe-jane-terrorism\n")[2].partition("\n.\n")[0]
    event = text.partition(f"\nevent:terrorism-{FIRST}\n")[2].partition("\n.\n")[0]
    assert "ckg:actor" not in statement
    assert "startNotBefore" not in statement
    assert "ckg:actor state:norland ;" in event
    assert 'ckg:startNotBefore "2031-09-01"^^xsd:date ;' in event
    assert all("ckg:topic topic:terrorism , topic:extremism ;" in each for each in (statement, event))


def test_days_numbers_and_truth_values_are_typed(project: tuple[Path, Path]) -> None:
    add(
        project,
        "1 tenure holder=person:doe-jane tenurePost=post:foreign-minister-exampleland key=2032 acting=true "
        "startNotAfter=2031-05-14 basis=implied",
        "1 rule key=often ruleOf=organ:example-council timesPerYear=2 paraphrase='It meets twice a year.'",
        "1 testimony name=person:doe-jane printedAs='Jane Doe'",
    )
    text = (project[0] / FILE).read_text(encoding="utf-8")
    assert "\ntenure:doe-jane-foreign-minister-exampleland-2032\n    a ckg:Tenure ;" in text
    assert "ckg:acting true ;" in text
    assert 'ckg:startNotAfter "2031-05-14"^^xsd:date ;' in text
    assert "ckg:basis basis:implied ;" in text
    assert "ckg:timesPerYear 2 ;" in text
    assert '\nperson:doe-jane\n    ckg:hasTestimony [\n        ckg:printedAs "Jane Doe"@en ;' in text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1", "write: SENTENCES KIND property=value"),
        ("1 remark paraphrase='no end", "texts in quotation marks"),
        ("1 remrk key=a", "'remrk' is not a kind of record. Write one of action-done,"),
        ("99 remark key=a", f"'99' is not a sentence: {FIRST} has 3 sentences"),
        ("0-9999 remark key=a", "0-9999 is not in the text"),
        (
            "1 remark key=a paraphrse=b",
            "paraphrse is not a property of the ontology. Did you mean paraphrase?",
        ),
        ("1 remark key=a paraphrase", "'paraphrase' is not property=value"),
        ("1 attendance attendee=person:doe-jane", "its name needs atMeeting=…, or name=…."),
        ("1 rule key=a ruleOf=example-council", "write prefix:name, as in state:armenia"),
        ("1 tenure name=tenure:a startNotAfter=May", "write a day as 2031-05-14"),
        ("1 rule key=a timesPerYear=twice", "timesPerYear=twice: write a number in digits"),
        ("1 tenure name=tenure:a acting=yes", "acting=yes: write true or false"),
        ("1 tenure name=tenure:a type=visit", "type=visit: write prefix:name, as in event-kind:visit"),
        ("1 remark key=a evidence=span:1-2", "the first word of the line gives the evidence"),
    ],
)
def test_line_that_makes_no_record_says_why_and_stops_no_other(
    project: tuple[Path, Path], line: str, message: str
) -> None:
    status, output = add(project, line, "1 remark type=account key=cold paraphrase='It was cold there.'")
    assert status == 1
    assert message in output
    assert f"wrote record:{FIRST}-cold\n" in output


def test_addresses_and_texts_are_quoted(project: tuple[Path, Path]) -> None:
    add(project, "1 testimony name=article:other address=https://example.org/a sha256=00ff")
    text = (project[0] / FILE).read_text(encoding="utf-8")
    assert 'ckg:address "https://example.org/a"^^xsd:anyURI ;' in text
    assert 'ckg:sha256 "00ff" ;' in text


def test_quotation_marks_are_escaped(project: tuple[Path, Path]) -> None:
    add(project, """1 document key=plan type=plan en='The "plan"' ru=План""")
    text = (project[0] / FILE).read_text(encoding="utf-8")
    assert r'skos:prefLabel "The \"plan\""@en , "План"@ru ;' in text


def test_name_in_use_gets_a_number(project: tuple[Path, Path]) -> None:
    line = "1 remark type=account key=cold paraphrase='It was cold there.'"
    assert f"record:{FIRST}-cold-2\n" in add(project, line, line)[1]
