"""A new article's files are written, complete, and without a sentence of it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import meeting_articles
from cstokg.build import sources
from cstokg.build.checks import copy_guard, span_checks, validation
from cstokg.cli.main import main
from meeting_articles import FIRST

TEXT = (
    "EXAMPLEVILLE, 16 May 2031 – The Example Council of the Example Union met again in Exampleville.\n"
    "“We waited for an hour and nobody of rank came,” Jayne Doe said. Ричарда Роу не было.\n"
    f"{'Nothing more was to be heard of it. ' * 3}\n{'And so on and on ' * 40}.\n"
)


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Path]:
    """Return the root of a project with one article, and a text."""
    root, texts = meeting_articles.write(tmp_path, FIRST)
    (root / copy_guard.FOLDER).mkdir(parents=True)
    text = texts / "new.txt"
    text.write_text(TEXT, encoding="utf-8", newline="")
    return root, text


def new(root: Path, text: Path, *more: str) -> tuple[int, str]:
    """Return the status and output of the command."""
    arguments = [
        "new-article",
        "--root",
        str(root),
        "--publisher",
        "Example Wire",
        "--date",
        "2031-05-16",
        *more,
    ]
    result = CliRunner().invoke(main, [*arguments, str(text)])
    return result.exit_code, result.output


def test_files_are_written_and_readable(project: tuple[Path, Path]) -> None:
    root, text = project
    status, output = new(root, text)
    assert status == 0, output
    name = f"{FIRST}-2"  # the name by place and year is in use
    assert f"wrote data/articles/{name}.ttl\nwrote data/articles/{name}.spans.tsv\n" in output
    read = sources.read(root)
    verification = span_checks.verify(read, text.parent)
    assert (verification.failures, verification.unlisted, verification.unchecked) == ((), (), ())
    report = validation.check(read, reference=False, articles=text.parent)
    assert [str(each) for each in report.findings if each.severity == "violation"] == []
    assert (
        f"prov:wasDerivedFrom article:{FIRST} , article:{name} ;" in (root / "data/dataset.ttl").read_text()
    )
    assert set(copy_guard.hashes_of([TEXT])) == set((root / copy_guard.HASHES).read_text().split())


def test_no_sentence_gets_into_a_file(project: tuple[Path, Path]) -> None:
    root, text = project
    new(root, text)
    hashes = frozenset(copy_guard.hashes_of([TEXT]))
    for path in root.rglob("*.*"):
        if path.is_file() and path.suffix in {".ttl", ".tsv"}:
            assert copy_guard.copied(path.read_text(encoding="utf-8"), hashes, by_literal=True) == []


def test_skeleton_has_a_stub_for_each_sentence_with_its_span(project: tuple[Path, Path]) -> None:
    root, text = project
    new(root, text, "--id", "new-2031")
    turtle = (root / "data/articles/new-2031.ttl").read_text(encoding="utf-8")
    assert re.search(
        r"(?m)^# 1\. span:0-95\n(?:#    .*\n)+#\n#meeting:DATE-example-council\n#    a ckg:HeldMeeting ;",
        turtle,
    )
    assert re.search(r"(?m)^#statement:new-2031-doe-jane-2$", turtle)
    assert "too long for one span" in turtle
    assert "dcterms:type genre:report ;" in turtle
    assert "PREFIX span: <https://w3id.org/csto-kg/id/article/new-2031/span/>" in turtle
    stub = re.search(r"(?ms)^#meeting:DATE-example-council\n.*?^#\.\n", turtle)
    assert stub
    assert "ckg:evidence span:0-95 ;" in stub[0]


def test_names_of_the_register_are_found_in_both_scripts(project: tuple[Path, Path]) -> None:
    root, text = project
    new(root, text, "--id", "new-2031")
    turtle = (root / "data/articles/new-2031.ttl").read_text(encoding="utf-8")
    for entity, printed in {
        "person:doe-jane": "Jayne Doe",
        "person:roe-richard": "Ричарда Роу",
        "organ:example-council": "Example Council",
        "body:example-union": "Example Union",
    }.items():
        start = TEXT.index(printed)
        language = "en" if printed.isascii() else "ru"
        assert (
            f'{entity}\n    ckg:hasTestimony [\n        ckg:printedAs "{printed}"@{language} ;\n'
            f"        ckg:evidence span:{start}-{start + len(printed)} ;\n" in turtle
        )


def test_outlet_missing_from_the_register_is_proposed(project: tuple[Path, Path]) -> None:
    root, text = project
    arguments = ["new-article", "--root", str(root), "--publisher", "Sample Post", "--date", "2031-05-16"]
    result = CliRunner().invoke(main, [*arguments, str(text)])
    assert 'outlet:sample-post\n    a ckg:NewsOutlet ;\n    skos:prefLabel "Sample Post"@en' in result.output


@pytest.mark.parametrize(
    ("name", "message"),
    [(FIRST, "exists. Give another --id"), ("New_One", "is not a name. Write small")],
)
def test_name_that_is_in_use_or_malformed_is_refused(
    project: tuple[Path, Path], name: str, message: str
) -> None:
    status, output = new(*project, "--id", name)
    assert status == 1
    assert message in output


def test_text_that_is_mapped_already_is_refused(project: tuple[Path, Path]) -> None:
    root, text = project
    assert new(root, text)[0] == 0
    status, output = new(root, text)
    assert status == 1
    assert f"mapped already, as article:{FIRST}-2" in output


def test_text_that_is_mapped_already_is_written_anew_if_asked(project: tuple[Path, Path]) -> None:
    root, text = project
    new(root, text)
    file = root / f"data/articles/{FIRST}-2.ttl"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.partition("# --- Names")[0], encoding="utf-8")
    status, output = new(root, text, "--replace")
    assert status == 0, output
    assert file.read_text(encoding="utf-8") == written
    status, output = new(root, text, "--replace", "--id", "other")
    assert status == 1
    assert f"mapped as article:{FIRST}-2, not as article:other; leave out --id" in output


@pytest.mark.parametrize(
    ("sentence", "drafted"),
    [
        ("Jane Doe waited, Richard Roe said.", "statement:new-2031-roe-richard-1\na ckg:Statement"),
        (
            "Jane Doe said it was cold. She added that it would rain.",
            (
                "statement:new-2031-doe-jane-2\na ckg:Statement\ndcterms:type statement-form:indirect\n"
                "ckg:speaker person:doe-jane"
            ),
        ),
        (
            "Jane Doe said it was cold. The weather office said it was warm.",
            "a ckg:Statement\ndcterms:type statement-form:indirect\nckg:speaker …",
        ),
        (
            "Jane Doe accused Norland of a raid. Richard Roe rejected this.",
            "ckg:respondsTo statement:new-2031-doe-jane-1\nckg:tellsOf event:new-2031-1",
        ),
        (
            "Jane Doe accused Norland of a raid. Richard Roe rejected this.",
            (
                "event:new-2031-1\nckg:hasTestimony [\nckg:accordingTo statement:new-2031-roe-richard-2\n"
                "ckg:modality modality:denied\nckg:evidence span:0-35 , span:36-62"
            ),
        ),
        (
            "The Example Council will meet in June.",
            "meeting:2031-06-example-council-plan\na ckg:AnnouncedMeeting",
        ),
        (
            "The Example Council met in Exampleville on Tuesday.",
            (
                'skos:prefLabel "Example Council, Exampleville, 13 May 2031"@en , '
                '"Примерный совет, Примерск, 13 мая 2031 года"@ru\n'
                'ckg:meetingOf organ:example-council\nckg:onDate "2031-05-13"^^xsd:date'
            ),
        ),
        (
            "The Example Council met. The session was chaired by Jane Doe.",
            (
                "ckg:chairedBy person:doe-jane\nckg:hasTestimony [\nckg:modality modality:reported-fact\n"
                "ckg:evidence span:0-24 , span:25-61"
            ),
        ),
        ("Jane Doe attended. She said it was cold.", "ckg:speaker person:doe-jane"),
        ("Jane Doe attended.", "attendance:MEETING-doe-jane\na ckg:Attendance"),
        (
            "Acting Foreign Minister Jane Doe of Exampleland and Richard Roe attended.",
            "attendance:MEETING-roe-richard\na ckg:Attendance",
        ),
        (
            "Exampleland's acting foreign minister Jane Doe attended.",
            (
                "a ckg:Tenure\nckg:holder person:doe-jane\n"
                "ckg:tenurePost post:foreign-minister-exampleland\nckg:acting true"
            ),
        ),
        (
            "Exampleland's foreign minister Ann Poe attended.",
            "attendance:MEETING-poe-ann\na ckg:Attendance\nckg:atMeeting meeting:…",
        ),
        (
            "The ministers approved a plan.",
            (
                'a ckg:Action , ckg:Occurrence\nskos:prefLabel "…"@en , "…"@ru\n'
                "dcterms:type action-kind:approve\nckg:actionOn document:new-2031-plan\n"
                "ckg:actor group:ministers-new-2031"
            ),
        ),
        (
            "The signing of the agreement was put off.",
            "action:new-2031-document-sign\na ckg:Action\n",
        ),
        (
            "The Example Council meets twice a year.",
            "a ckg:Rule\nckg:ruleOf organ:example-council\nckg:timesPerYear 2",
        ),
        (
            "Exampleland holds the presidency this year.",
            'ckg:endNotBefore "2031-05-16"^^xsd:date\nckg:startNotAfter "2031-05-16"^^xsd:date\nckg:evidence',
        ),
        (
            "Exampleland held the presidency in 2030.",
            'ckg:endNotBefore "2030-01-01"^^xsd:date\nckg:startNotAfter "2030-12-31"^^xsd:date\nckg:evidence',
        ),
        ("A clash began in April.", 'ckg:startNotBefore "2031-04-01"^^xsd:date\n'),
        (
            "Jane Doe accused Norland of a raid. Ann Poe said it was cold. Richard Roe rejected this.",
            "ckg:respondsTo statement:new-2031-doe-jane-1",
        ),
        ("Jane Doe said it was cold. According to her, it rained.", "statement:new-2031-doe-jane-2"),
        ("It rained.", "record:new-2031-1\na ckg:Remark"),
        ("EXAMPLEVILLE, 16 May 2031. It rained.", "ckg:datelinePlace place:exampleville"),
        ("It rained.\nRead also: Snow", "ckg:furniture span:11-26"),
    ],
)
def test_draft_fits_the_sentence(project: tuple[Path, Path], sentence: str, drafted: str) -> None:
    root, text = project
    text.write_text(sentence, encoding="utf-8")
    status, output = new(root, text, "--id", "new-2031")
    assert status == 0, output
    turtle = (root / "data/articles/new-2031.ttl").read_text(encoding="utf-8")
    assert drafted in "\n".join(line.lstrip("# ").removesuffix(" ;") for line in turtle.splitlines())


@pytest.mark.parametrize(
    "sentence",
    [
        "Ann Poe, the foreign minister of Exampleland, Jane Doe attended.",  # whose post is it?
        "Jane Doe attended.",
    ],
)
def test_post_is_left_out_where_its_holder_is_not_certain(project: tuple[Path, Path], sentence: str) -> None:
    root, text = project
    text.write_text(f"{sentence} Jane Doe said that it was cold.", encoding="utf-8")
    new(root, text, "--id", "new-2031")
    turtle = (root / "data/articles/new-2031.ttl").read_text(encoding="utf-8")
    assert "attendance:MEETING-doe-jane" in turtle
    assert "statement:new-2031-doe-jane" in turtle
    assert "tenure:" not in turtle
    assert "inCapacityOf" not in turtle


def test_what_the_register_lacks_is_proposed(project: tuple[Path, Path]) -> None:
    root, text = project
    text.write_text(
        "SAMPLETOWN, 16 May 2031. Deputy Foreign Minister Ann Poe of Norland told the ministers nothing.",
        encoding="utf-8",
    )
    output = new(root, text)[1]
    assert 'place:sampletown\n    a ckg:Place ;\n    skos:prefLabel "Sampletown"@en , "…"@ru' in output
    assert 'person:poe-ann\n    a ckg:Person ;\n    skos:prefLabel "Ann Poe"@en , "…"@ru' in output
    assert "post:deputy-foreign-minister-norland\n    a ckg:Post ;\n" in output
    assert "group:ministers-sampletown-2031\n    a ckg:Group ;" in output
