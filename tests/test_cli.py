"""The commands that build, ask and export print what they promise, and fail with a message."""

import csv
import gc
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import planted
from cstokg import formats, questions
from cstokg.build.writers import export
from cstokg.cli.main import main
from cstokg.engine.engine import Engine
from cstokg.release import Release

ROOT = Path(__file__).parents[1]
PERSON = "https://w3id.org/csto-kg/id/person/doe-jane"
PEOPLE = "data/register/people.ttl"
CONSTRUCT = "CONSTRUCT { ?x a ckg:Person } WHERE { ?x a ckg:Person }"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project without a release."""
    return planted.write(tmp_path / "project")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with a release; no test may change it."""
    folder = planted.write(tmp_path_factory.mktemp("project"))
    assert run("build", folder).exit_code == 0
    return folder


def run(command: str, root: Path, *arguments: str, stdin: str | None = None) -> Result:
    """Run a command on the project in a folder, and return its result."""
    return CliRunner().invoke(main, [command, "--root", str(root), *arguments], input=stdin)


def test_help_needs_no_rdf_library() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from cstokg.cli.main import main; "
        "assert CliRunner().invoke(main, ['query', '--help']).exit_code == 0; "
        "assert not {'rdflib', 'owlrl', 'pyshacl', 'pyoxigraph', 'flask'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_command_loads_its_own_module_only() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from cstokg.cli.main import main; "
        "assert CliRunner().invoke(main, ['check', '--help']).exit_code == 0; "
        "print(*sorted(name for name in sys.modules if name.startswith('cstokg.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cstokg.cli.main", "cstokg.cli.mapping", "cstokg.cli.terminal"]


def test_formats_offered_are_those_that_are_written() -> None:
    options = {
        name: next(each.type.choices for each in command.params if each.name == "format_")  # type: ignore[attr-defined]
        for name in ("query", "export")
        if (command := main.get_command(click.Context(main), name))
    }
    assert set(options["export"]) == {*export.FORMATS, "quickstatements", "wikidata-rdf"}
    assert set(options["query"]) == {"table", *formats.NAMES}


def test_build_says_what_it_made(root: Path) -> None:
    result = run("build", root)
    assert result.exit_code == 0
    assert result.stdout == ""
    release = (root / "releases" / "current").readlink().name
    assert f"release {release}: articles 1, spans 2" in result.stderr
    assert "2031-05-15" in result.stderr


def test_build_prints_warnings_and_goes_on(root: Path) -> None:
    prefix = "PREFIX dcterms: <http://purl.org/dc/terms/>\n"
    text = (root / PEOPLE).read_text(encoding="utf-8")
    described = text.replace("a ckg:Person ;", 'a ckg:Person ;\n    dcterms:description "x" ;')
    (root / PEOPLE).write_text(prefix + described, encoding="utf-8")
    result = run("build", root)
    assert result.exit_code == 0
    assert f"{PEOPLE}:8: warning: " in result.stderr
    assert run("build", root, "--quiet").stderr == ""


def test_build_stops_at_violations(root: Path) -> None:
    planted.change(root, PEOPLE, 'skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;', "")
    for options in ([], ["--quiet"]):
        result = run("build", root, *options)
        assert result.exit_code == 1
        assert f"{PEOPLE}:5: violation: " in result.stderr
        assert "Error: no release made: 1 violation" in result.stderr
    assert not (root / "releases" / "current").exists()


def test_query_without_a_release_says_how_to_make_one(root: Path) -> None:
    result = run("query", root, "attended")
    assert result.exit_code == 1
    assert result.stderr.endswith("no release here. Run `cstokg build`.\n")


def test_query_alone_lists_the_questions(root: Path) -> None:
    assert run("query", root).stdout == "attended  Who attended a meeting? [meeting]\n"


def test_saved_question_is_answered_as_csv_in_a_pipe(built: Path) -> None:
    result = run("query", built, "attended")
    assert result.exit_code == 0
    assert result.stdout_bytes == f"person\r\n{PERSON}\r\n".encode()


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("table", "person\n───────────────\nperson:doe-jane\n1 row\n"),
        ("tsv", f"?person\n<{PERSON}>\n"),
        ("json", f'"value":"{PERSON}"'),
        ("xml", f"<uri>{PERSON}</uri>"),
    ],
)
def test_rows_are_printed_in_each_format(built: Path, format_: str, expected: str) -> None:
    assert expected in run("query", built, "attended", "--format", format_).stdout


@pytest.mark.parametrize("format_", ["turtle", "ntriples", "jsonld", "rdfxml"])
def test_graphs_are_printed_in_each_format(built: Path, format_: str) -> None:
    asked = run("query", built, "-", "--format", format_, stdin=CONSTRUCT)
    assert asked.exit_code == 0
    assert "doe-jane" in asked.stdout


def test_graph_on_a_terminal_is_as_in_a_pipe(built: Path) -> None:
    table = run("query", built, "-", "--format", "table", stdin=CONSTRUCT)
    assert table.stdout == run("query", built, "-", stdin=CONSTRUCT).stdout
    assert "ckg:Person" in table.stdout


def test_format_that_cannot_express_the_answer_is_refused(built: Path) -> None:
    result = run("query", built, "attended", "--format", "turtle")
    assert result.exit_code == 1
    assert "text/csv" in result.stderr


def test_query_from_a_file(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("ASK { ?x a ckg:Person }", encoding="utf-8")
    assert run("query", built, str(file)).stdout == "true"
    assert run("query", built, str(file), "--format", "table").stdout == "true\n"
    assert "mine has no parameter 'day'" in run("query", built, str(file), "--param", "day=1").stderr


def test_parameter_takes_the_place_of_the_default(built: Path) -> None:
    name = "2031-05-14-example-council"
    for meeting in (f"meeting:{name}", f"https://w3id.org/csto-kg/id/meeting/{name}"):
        assert PERSON in run("query", built, "attended", "--param", f"meeting={meeting}").stdout
    other = run("query", built, "attended", "--param", "meeting=meeting:2031-05-15-other")
    assert f"the nearest names: meeting:{name}" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["attended", "--param", "day=x"], "attended has no parameter 'day'; its parameters: meeting"),
        (["attended", "--param", "meeting=x"], "parameter 'meeting' expects the IRI of a ckg:Meeting"),
        (["attended", "--param", "meeting"], "parameter 'meeting' has no value"),
        (["attended", "--param", "meeting=a", "--param", "meeting=b"], "parameter 'meeting' is given twice"),
        (["atended"], "no saved question and no file is called 'atended'; .*such as attended"),
        (["../queries"], "no saved question and no file"),
    ],
)
def test_wrong_question_or_parameter_is_refused_with_the_remedy(
    built: Path, arguments: list[str], complaint: str
) -> None:
    result = run("query", built, *arguments)
    assert result.exit_code == 1
    assert re.fullmatch(rf"Error: .*{complaint}.*\n", result.stderr)


def test_table_on_a_terminal(built: Path) -> None:
    shown = on_terminal("query", "--root", str(built), "attended", stream="stdout")
    assert shown.splitlines() == ["person", "───────────────", "person:doe-jane", "1 row"]


def on_terminal(*arguments: str, stream: str) -> str:
    """Return what a command that ends well writes to a terminal of 60 columns: its stdout or stderr."""
    controller, terminal = os.openpty()
    command, environment = [sys.executable, "-m", "cstokg", *arguments], {**os.environ, "COLUMNS": "60"}
    streams: dict[str, Any] = {stream: terminal}
    with subprocess.Popen(command, env=environment, **streams) as process:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # Linux says so when the other end is closed
            while chunk := os.read(controller, 1024):
                shown += chunk
    os.close(controller)
    assert process.returncode == 0
    return shown.decode()


def test_command_answers_as_the_engine_does(release: Release, engine: Engine, tmp_path: Path) -> None:
    """``python -m cstokg query NAME --format csv``, on the real data."""
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "current").symlink_to(release.folder)
    (tmp_path / "queries").symlink_to(ROOT / "queries")
    question = questions.read(ROOT / "queries" / "meetings-held.rq")
    command = [sys.executable, "-m", "cstokg", "query", question.name, "--format", "csv"]
    answer = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True).stdout
    assert answer == engine.query(question.sparql, "text/csv").body
    assert len(list(csv.reader(answer.decode().splitlines()))) > 1


def test_export_needs_no_release(root: Path) -> None:
    result = run("export", root, "--graph", "people")
    assert result.exit_code == 0
    assert result.stdout.startswith("PREFIX ckg: ")
    assert 'skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;' in result.stdout


@pytest.mark.parametrize("name", export.FORMATS)
def test_export_to_a_file_takes_its_format_from_the_name(root: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"out.{export.FORMATS[name].extension}"
    assert run("export", root, "--inferred", str(file)).stdout == ""
    assert file.read_bytes() == run("export", root, "--inferred", "--format", name).stdout_bytes
    assert b"attended" in file.read_bytes()


def test_export_of_an_entity(root: Path) -> None:
    result = run("export", root, "--entity", "person:doe-jane")
    assert "ckg:attendee person:doe-jane ;" in result.stdout
    assert "ckg:Meeting" not in result.stdout


def test_export_of_an_unknown_entity_or_format_writes_no_file(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.ttl"
    assert (
        "nearest names: person:doe-jane"
        in run("export", root, "--entity", "person:do-jane", str(file)).stderr
    )
    assert run("export", root, str(tmp_path / "out.docx")).exit_code == 1
    assert list(tmp_path.glob("out.*")) == []


def test_help_says_that_serving_passages_publishes_the_texts() -> None:
    output = " ".join(CliRunner().invoke(main, ["serve", "--help"]).output.split())
    assert "show and search the whole texts for anybody" in output
    assert "so name it only if you may publish them" in output


@pytest.mark.parametrize(
    "text", ["DROP ALL", "# no more than this", "#+ question: Q?\n#+ answer: A.\n#+ tags: t\nDROP ALL"]
)
def test_query_refuses_a_file_that_holds_no_query(built: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "other.rq").write_text(text, encoding="utf-8")
    result = run("query", built, str(tmp_path / "other.rq"))
    assert result.exit_code == 1
    assert re.match(rf"Error: .*other\.rq:{text.count(chr(10)) + 1}: ", result.stderr), result.stderr


def test_check_refuses_a_question_that_is_an_update(root: Path) -> None:
    planted.change(root, "queries/attended.rq", "SELECT ?person\nWHERE", "DELETE WHERE")
    result = run("check", root)
    assert result.exit_code == 1
    assert re.match(r"Error: .*queries/attended\.rq:9: .*updates are off", result.stderr), result.stderr


def test_export_onto_a_folder_says_so(root: Path, tmp_path: Path) -> None:
    (tmp_path / "x.ttl").mkdir()
    result = run("export", root, str(tmp_path / "x.ttl"))
    assert result.exit_code == 2
    assert "is a directory" in result.stderr


@pytest.mark.parametrize("command", ["check", "build"])
def test_garbage_is_collected_again_after_a_command(root: Path, command: str) -> None:
    """Otherwise a process that runs many commands, as this one does, would grow without end."""
    gc.enable()
    CliRunner().invoke(main, [command, "--root", str(root)])
    assert gc.isenabled()


def test_build_names_its_steps_on_a_terminal_only(root: Path) -> None:
    command = [sys.executable, "-m", "cstokg", "build", "--root", str(root)]
    for options, lines in (([], 3), (["--quiet"], 0)):
        shown = on_terminal(*command[3:], *options, stream="stderr")
        steps = re.findall(r"(?m)^ +[0-9.]+ s  (\w+) ", shown)
        assert steps == ["read", "check", "write"][:lines]
    piped = subprocess.run([*command], capture_output=True, text=True, check=True).stderr
    assert [line.split()[0] for line in piped.splitlines()] == ["engines:", "release", "version"]


def test_build_records_that_the_engines_agree(root: Path) -> None:
    assert run("build", root, "--reference").exit_code == 0
    assert (root / "reference.sha256").is_file()


def test_check_by_the_reference_engines_has_its_old_name_too(root: Path) -> None:
    results = [run("check", root, option) for option in ("--reference", "--judge")]
    assert [result.exit_code for result in results] == [0, 0]
    assert results[0].output == results[1].output


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("check", ["--watch", "--reference"], "--watch cannot be used with --reference, --format or PATH"),
        (
            "check",
            ["--watch", "--format", "json"],
            "--watch cannot be used with --reference, --format or PATH",
        ),
        ("check", ["--watch", "."], "--watch cannot be used with --reference, --format or PATH"),
        ("cite", ["--prune", "dushanbe-2021", "some words"], "--prune takes no WORDS"),
        ("query", ["--deadline", "nan", "articles"], "nan is not a finite number"),
        ("query", ["--deadline", "inf", "articles"], "inf is not a finite number"),
        ("push", ["--to", "http://127.0.0.1:9", "--seconds", "nan"], "nan is not a finite number"),
        ("fetch-release", ["--every", "inf", "http://127.0.0.1:9"], "inf is not a finite number"),
        ("coverage", ["--articles", ".", "--fail-under", "nan"], "nan is not a finite number"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    root: Path, command: str, arguments: list[str], message: str
) -> None:
    result = run(command, root, *arguments)
    assert (result.exit_code, message in result.output) == (2, True), result.output


def test_query_in_another_encoding_is_refused(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "asked.rq"
    file.write_bytes('ASK { ?a ?b "Ереван" }'.encode("cp1251"))
    result = run("query", built, str(file))
    assert result.exit_code == 1
    assert f"{file}: save the file as UTF-8" in result.output
