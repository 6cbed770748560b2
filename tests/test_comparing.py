"""Comparisons: what counts as a change, and that text, JSON and RDF Patch say it."""

import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from cstokg import comparing, namespaces
from cstokg.cli.main import main
from cstokg.comparing import ComparisonError, Dataset
from cstokg.release import DATASET, Release
from cstokg.web.content import periods

ID, CKG = namespaces.ID, namespaces.ONTOLOGY + "#"
ROOT = Path(__file__).parents[1]
ARTICLE = f"<{namespaces.GRAPH}articles/x>"
ONE, TWO = f"<{ID}person/one>", f"<{ID}person/two>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


@pytest.fixture(scope="module", autouse=True)
def _release_is_read_once() -> Iterator[None]:
    """Have the commands share what the first of them reads of a path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "read", functools.cache(comparing.read))
        yield


def dataset(tmp_path: Path, name: str, *lines: str, graph: str = ARTICLE) -> Dataset:
    """Return a file of N-Quads, read."""
    path = tmp_path / f"{name}.nq"
    path.write_text("".join(f"{line} {graph} .\n" for line in lines), encoding="utf-8")
    return comparing.read(path)


def rows(comparison: comparing.Comparison) -> list[tuple[str, str, str]]:
    """Return what differs: the kind, the property's last step, the values."""
    return [
        (change.kind, change.predicate.rpartition("#")[2], comparing.fact(change, str).partition(": ")[2])
        for change in comparison.changes
    ]


def test_another_value_of_a_property_is_a_change_and_what_is_left_over_is_not(tmp_path: Path) -> None:
    old = dataset(tmp_path, "a", f'{ONE} <x:#p> "1"', f'{ONE} <x:#gone> "1"', f'{TWO} <x:#same> "1"')
    new = dataset(
        tmp_path, "b", f'{ONE} <x:#p> "2"', f'{ONE} <x:#p> "3"', f'{TWO} <x:#same> "1"', f'{TWO} <x:#new> "z"'
    )
    comparison = comparing.compare(old, new)
    assert rows(comparison) == [
        ("removed", "gone", "1"),
        ("changed", "p", "1 -> 2"),
        ("added", "p", "3"),
        ("added", "new", "z"),
    ]
    assert comparison.summary == "2 facts added, 1 removed and 1 changed, about 2 things"
    assert [iri.rpartition("/")[2] for iri in comparison.by_entity] == ["one", "two"]


def test_a_fact_that_only_moves_to_another_article_is_no_change(tmp_path: Path) -> None:
    old = dataset(tmp_path, "a", f'{ONE} <x:p> "1"')
    new = dataset(tmp_path, "b", f'{ONE} <x:p> "1"', graph=f"<{namespaces.GRAPH}articles/y>")
    comparison = comparing.compare(old, new)
    assert comparison.changes == ()
    assert "/articles/x> .\nA " in comparing.as_patch(comparison)


@pytest.mark.parametrize("graph", [namespaces.INFERRED, namespaces.METADATA])
def test_what_follows_and_what_is_computed_does_not_count(tmp_path: Path, graph: str) -> None:
    """Nor its copy in the default graph of a release."""
    old = dataset(tmp_path, "a", f'{ONE} <x:p> "1"')
    path = tmp_path / "b.nq"
    triple = f'{ONE} <x:p> "2"'
    path.write_text(f'{ONE} <x:p> "1" {ARTICLE} .\n{triple} <{graph}> .\n{triple} .\n', encoding="utf-8")
    assert comparing.compare(old, comparing.read(path)).changes == ()


def test_a_file_without_graphs_is_compared_too(tmp_path: Path) -> None:
    for name, value in (("a", "1"), ("b", "2")):
        (tmp_path / f"{name}.ttl").write_text(f'{ONE} <x:#p> "{value}" .', encoding="utf-8")
    old, new = (comparing.read(tmp_path / f"{name}.ttl") for name in "ab")
    assert rows(comparing.compare(old, new)) == [("changed", "p", "1 -> 2")]


def test_spans_are_counted_apart_and_testimonies_belong_to_their_entity(tmp_path: Path) -> None:
    testimony = f"<{ID}person/one/testimony/x>"
    old = dataset(tmp_path, "a")
    new = dataset(
        tmp_path,
        "b",
        f"{ONE} <{CKG}hasTestimony> {testimony}",
        f"{testimony} <{CKG}basis> <{ID}concept/basis/stated>",
        f'<{ID}article/x/span/1-2> <{CKG}charStart> "1"',
        f'<{ID}article/x/span/1-2> <{CKG}charEnd> "2"',
    )
    comparison = comparing.compare(old, new)
    assert list(comparison.by_entity) == [ONE[1:-1]]
    assert comparison.summary == "1 fact added, about 1 thing"
    assert comparison.spans_added == (f"{ID}article/x/span/1-2",)
    text = comparing.as_text(comparison, lambda iri: iri.rpartition("/")[2])
    assert "\n  added    in x: ontology#basis: stated\n" in text
    assert text.endswith("\n1 passage added in x\n")


def test_a_span_that_is_in_both_is_neither_added_nor_removed(tmp_path: Path) -> None:
    """Its article's text was replaced by one with other words in the same place."""
    span = f"<{ID}article/x/span/1-2>"
    old = dataset(tmp_path, "a", f'{span} <{CKG}charStart> "1"', f'{span} <{CKG}sha256> "00"')
    new = dataset(tmp_path, "b", f'{span} <{CKG}charStart> "1"', f'{span} <{CKG}sha256> "ff"')
    comparison = comparing.compare(old, new)
    assert (comparison.spans_added, comparison.spans_removed) == ((), ())
    assert rows(comparison) == [("changed", "sha256", "00 -> ff")]
    assert list(comparison.by_entity) == [f"{ID}article/x"]


def test_only_what_changed_in_a_testimony_is_listed(tmp_path: Path) -> None:
    """The IRI of a testimony is computed from its contents, so it is another one too."""

    def lines(name: str, *supported: str) -> list[str]:
        testimony = f"<{ID}person/one/testimony/x/{name}>"
        return [
            f"{ONE} <{CKG}hasTestimony> {testimony}",
            f"{testimony} <{CKG}basis> <{ID}concept/basis/stated>",
            *(f"{testimony} <{CKG}supports> <{CKG}{term}>" for term in supported),
        ]

    old = dataset(tmp_path, "a", *lines("1", "onDate", "heldIn"))
    new = dataset(tmp_path, "b", *lines("2", "onDate"))
    found = [(change.kind, str(change.old)) for change in comparing.compare(old, new).changes]
    assert found == [("removed", f"<{CKG}heldIn>")]


def test_the_patch_makes_of_the_old_statements_the_new_ones(tmp_path: Path) -> None:
    """Read by a parser of N-Quads, since the terms of a patch are written as there."""
    awkward = '"quotes \\" and\\nlines"@en'
    old = dataset(tmp_path, "a", f'{ONE} {LABEL} "One"', f"{ONE} <x:p> {awkward}", f'{TWO} <x:p> "1"')
    new = dataset(tmp_path, "b", f'{ONE} {LABEL} "Uno"@es', f'{TWO} <x:p> "1"', f"{TWO} <x:q> {ONE}")
    first, *steps, last = comparing.as_patch(comparing.compare(old, new)).splitlines()
    assert (first, last) == ("TX .", "TC .")
    patched = set(old.quads)
    for step in steps:
        kind, _, line = step.partition(" ")
        (quad,) = ox.parse(line, format=ox.RdfFormat.N_QUADS)
        if kind == "D":
            patched.remove(quad)
        else:
            assert kind == "A"
            patched.add(quad)
    assert patched == new.quads


def test_blank_nodes_with_other_names_are_the_same_and_a_patch_cannot_change_them(tmp_path: Path) -> None:
    old = dataset(tmp_path, "a", f"{ONE} <x:p> _:a", '_:a <x:q> "1"')
    same = dataset(tmp_path, "b", f"{ONE} <x:p> _:z", '_:z <x:q> "1"')
    other = dataset(tmp_path, "c", f"{ONE} <x:p> _:a", '_:a <x:q> "2"')
    assert not comparing.compare(old, same).blank_nodes_differ
    comparison = comparing.compare(old, other)
    assert "nodes without an address" in comparing.as_text(comparison, str)
    with pytest.raises(ComparisonError, match="text or JSON"):
        comparing.as_patch(comparison)


def test_things_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Also those whose identifiers end alike: Afghanistan is a state and a topic."""
    state, topic = f"<{ID}state/afghanistan>", f"<{ID}concept/topic/afghanistan>"
    facts = [f'{thing} <x:p> "1"' for thing in (ONE, state, topic)]
    comparison = comparing.compare(dataset(tmp_path, "a"), dataset(tmp_path, "b", *facts))
    text = comparing.as_text(comparison, lambda _: "Same")
    assert re.findall(r"Same \((.*)\)", text) == ["topic/afghanistan", "person/one", "state/afghanistan"]


def run(*arguments: str | Path) -> Result:
    """Run the command, and return its result."""
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


@pytest.fixture(scope="module")
def altered(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release in which Lavrov has another name; no test may change it."""
    text = (release.folder / "dataset.nq").read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("releases") / "altered"
    folder.mkdir()
    (folder / "dataset.nq").write_text(text.replace('"Sergey Lavrov"', '"S. Lavrov"'), encoding="utf-8")
    return folder


def test_command_prints_labels_and_no_iris(release: Release, altered: Path) -> None:
    result = run(altered, release.folder)
    assert result.exit_code == 0
    heading, _, entity, *changes = result.stdout.splitlines()
    assert heading.startswith(
        f"From altered to {release.number} of {periods.day(release.date)}, {release.version[:12]}: "
    )
    assert entity == "Sergey Lavrov"
    assert changes[0] == "  changed  name: S. Lavrov (en) -> Sergey Lavrov (en)"
    assert "http" not in result.stdout


@pytest.mark.parametrize("whole", [True, False])
def test_command_prints_words_and_no_identifiers(release: Release, tmp_path: Path, whole: bool) -> None:
    """Of releases, and of the files of two articles, which name neither the terms nor the people."""
    if whole:
        old, new = tmp_path / "old.nq", release.folder
        quads = (release.folder / DATASET).read_text(encoding="utf-8")
        for before, now in (('"2011-12-20"^^', '"2011-12-21"^^'), ("basis/implied>", "basis/stated>")):
            quads = quads.replace(before, now)
        old.write_text(quads, encoding="utf-8")
    else:
        old, new = (ROOT / f"data/articles/{name}.ttl" for name in ("minsk-2011", "moscow-2011"))
    lines = run(old, new).stdout.splitlines()
    assert len(lines) > 100
    for line in lines[1:]:
        assert not re.search(r"\b(?:testimony|supports)\b|\w:\w|\b\d{4}-\d\d-\d\d\b", line), line


def test_command_prints_json_and_patch(release: Release, altered: Path) -> None:
    document = json.loads(run(altered, release.folder, "--format", "json").stdout)
    (entity,) = document["entities"]
    assert entity["iri"] == f"{ID}person/lavrov-sergey"
    change = next(row for row in entity["changes"] if row["property"].endswith("prefLabel"))
    assert change["old"] == {"type": "literal", "value": "S. Lavrov", "xml:lang": "en"}
    assert document["changed"] == len(entity["changes"])
    patch = run(altered, release.folder, "--format", "rdf-patch").stdout
    assert f'D <{ID}person/lavrov-sergey> {LABEL} "S. Lavrov"@en ' in patch


def test_command_finds_releases_by_their_names(release: Release) -> None:
    result = run("--root", release.folder.parents[1], release.id, "current")
    assert result.exit_code == 0
    assert ": no facts changed." in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.nq", None, "missing.nq: no such release and no such file"),
        ("data.rdf", "", "data.rdf: give the folder of a release, or a file .nq"),
        ("broken.nq", "<x:s> <x:p> <x:o> .\n<x:s> <x:p> .\n", "broken.nq:2: not readable: "),
        ("broken.trig", "{ <x:s> <x:p> <x:o> .\n<x:s> ; }\n", "broken.trig:2: not readable: "),
        ("binary.nq", b"\xff\xfe\x00", "binary.nq:1: not readable: "),
    ],
)
def test_what_cannot_be_read_is_an_error_with_file_and_line(
    tmp_path: Path, name: str, content: str | bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    result = run(tmp_path / name, tmp_path / name)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert message in result.stderr
    (tmp_path / "empty").mkdir()
    assert "empty/dataset.nq: not readable" in run(tmp_path / "empty", tmp_path / "empty").stderr


def test_comparing_needs_no_rdflib_and_no_page() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from cstokg.cli.main import main; "
        "CliRunner().invoke(main, ['diff', 'x.ttl', 'y.ttl']); import cstokg.comparing; "
        "assert not {'rdflib', 'owlrl', 'pyshacl', 'flask'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
