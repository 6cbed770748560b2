"""A build makes a complete release, the same everywhere, and swaps it in at once or not at all."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

import planted
from cstokg import namespaces, release
from cstokg.build import build, canonical, sources
from cstokg.build.build import CheckError
from cstokg.build.checks.findings import Finding, Report
from cstokg.build.sources import SourceError, Sources
from cstokg.build.writers import export
from cstokg.questions import QuestionError, QuestionHeaderError
from cstokg.release import ReleaseError

ROOT = Path(__file__).parents[1]
PEOPLE = "data/register/people.ttl"
PERSON = URIRef(f"{namespaces.ID}person/doe-jane")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project."""
    return planted.write(tmp_path / "project")


def files(folder: Path) -> dict[str, bytes]:
    """Return the contents of a folder by name."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def snapshot(out: Path) -> dict[str, object]:
    """Return all that a folder of releases holds, and where its link points."""
    held: dict[str, object] = {path.name: files(path) for path in out.iterdir() if path.is_dir()}
    return held | {"current": (out / "current").readlink()}


def test_release_holds_what_its_manifest_says(root: Path) -> None:
    made = build.build(root)
    held = set(files(made.folder))
    assert held >= {*release.FILES, release.MANIFEST}
    tables = held - {*release.FILES, release.MANIFEST}
    names = {Path(name).stem for name in tables}
    assert {"article", "meeting", "person", "span"} <= names
    assert tables == {f"{form}/{name}.{form}" for name in names for form in ("csv", "parquet")}
    assert release.load(root / "releases" / "current") == made
    assert (made.number, made.date) == ("0.1.0", "2031-05-15")
    assert made.counts["articles"] == 1
    assert made.counts["spans"] == 2
    assert made.counts["questions"] == 1
    assert made.id == release.sha256((made.folder / release.MANIFEST).read_bytes())[:16]


def test_default_graph_is_the_merge_of_the_named_graphs(root: Path) -> None:
    made = build.build(root)
    quads = set(ox.parse(path=str(made.folder / "dataset.nq"), format=ox.RdfFormat.N_QUADS))
    default = {quad.triple for quad in quads if isinstance(quad.graph_name, ox.DefaultGraph)}
    named = {quad.triple for quad in quads if not isinstance(quad.graph_name, ox.DefaultGraph)}
    assert default == named
    graphs = {str(quad.graph_name.value) for quad in quads if isinstance(quad.graph_name, ox.NamedNode)}
    assert graphs == {*sources.read(root).graphs, namespaces.INFERRED, namespaces.METADATA}


def test_dataset_lines_are_sorted(root: Path) -> None:
    lines = (build.build(root).folder / "dataset.nq").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))


def test_turtle_files_are_the_asserted_and_the_inferred_triples(root: Path) -> None:
    """The two files share no triple."""
    made = build.build(root)
    asserted = Graph().parse(made.folder / "cstokg.ttl")
    inferred = Graph().parse(made.folder / "cstokg-inferred.ttl")
    assert len(asserted) == made.counts["asserted"]
    assert len(inferred) == made.counts["inferred"] > 0
    assert len(asserted * inferred) == 0
    assert (made.folder / "cstokg.ttl").read_bytes() == export.write(
        export.select(sources.read(root)), "turtle"
    )


def test_release_is_the_same_bytes_whatever_the_hash_seed_folder_and_locale(tmp_path: Path) -> None:
    made = []
    for seed, name, locale in (("1", "here", "C"), ("2", "elsewhere", "C.UTF-8")):
        root = planted.write(tmp_path / name)
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": f"UTC-{seed}"}
        command = [sys.executable, "-m", "cstokg", "build", "--quiet", "--root", str(root)]
        subprocess.run(command, check=True, env=environment)
        made.append(snapshot(root / "releases"))
    assert made[0] == made[1]


def test_version_is_that_of_the_asserted_dataset(root: Path) -> None:
    """Another question makes another release of the same version; another triple, another version."""
    first = build.build(root)
    planted.change(root, "queries/attended.rq", "One row", "A row")
    second = build.build(root)
    planted.change(root, PEOPLE, '"Jane Doe"@en', '"Jane R. Doe"@en')
    third = build.build(root)
    assert first.version == second.version != third.version
    assert len({first.id, second.id, third.id}) == 3


def test_version_does_not_depend_on_how_the_files_are_laid_out(root: Path) -> None:
    """White space, order and the names of blank nodes do not count."""
    before = build.build(root).version
    planted.change(root, "ontology/ckg.ttl", "[] a owl:All", "\n_:all a owl:All")
    planted.change(root, PEOPLE, '"Jane Doe"@en , "Джейн Доу"@ru', '"Джейн Доу"@ru , "Jane Doe"@en')
    assert build.build(root).version == before


def test_previous_release_is_kept_and_older_ones_are_removed(root: Path) -> None:
    made = []
    for name in ("Ann Doe", "Bea Doe", "Cleo Doe"):
        text = (root / PEOPLE).read_text(encoding="utf-8")
        (root / PEOPLE).write_text(text.replace("Doe", f"{name} Doe", 1), encoding="utf-8")
        made.append(build.build(root))
    held = {path.name for path in (root / "releases").iterdir() if path.is_dir() and not path.is_symlink()}
    assert held == {made[1].id, made[2].id}
    assert (root / "releases" / "current").resolve() == made[2].folder


def test_building_again_changes_nothing(root: Path) -> None:
    build.build(root)
    planted.change(root, PEOPLE, '"Jane Doe"@en', '"Jane R. Doe"@en')
    build.build(root)
    before = snapshot(root / "releases")
    build.build(root)
    assert snapshot(root / "releases") == before


@pytest.mark.parametrize(
    ("name", "old", "new", "error"),
    [
        (PEOPLE, 'skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;', "", CheckError),
        (PEOPLE, "a ckg:Person", "a ckg:Person , ckg:Meeting", CheckError),
        ("queries/attended.rq", "#+ answer:", "# answer:", QuestionHeaderError),
        ("queries/attended.rq", "ORDER BY ?person", "; DROP ALL", QuestionError),
        ("data/dataset.ttl", 'dcat:version "0.1.0" ;', "", ReleaseError),
        ("data/dataset.ttl", "dcterms:modified", "dcterms:issued", ReleaseError),
    ],
    ids=["violation", "contradiction", "question", "update", "version", "date"],
)
def test_failed_build_leaves_the_old_release_in_place(
    root: Path, name: str, old: str, new: str, error: type[Exception]
) -> None:
    build.build(root)
    before = snapshot(root / "releases")
    planted.change(root, name, old, new)
    with pytest.raises(error):
        build.build(root)
    assert snapshot(root / "releases") == before


def test_failed_check_gives_its_report(root: Path) -> None:
    planted.change(root, PEOPLE, 'skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;', "")
    seen: list[Report] = []
    with pytest.raises(CheckError, match="1 violation") as caught:
        build.build(root, on_report=seen.append)
    assert seen == [caught.value.report]
    assert "Give the person a name." in str(caught.value.report.findings[0])
    assert not (root / "releases" / "current").exists()


def test_full_disk_leaves_the_old_release_in_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.build(root)
    before = snapshot(root / "releases")
    planted.change(root, PEOPLE, '"Jane Doe"@en', '"Jane R. Doe"@en')

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReleaseError, match=r"No space left on device\. A release needs 1 MB"):
        build.build(root)
    assert snapshot(root / "releases") == before


def test_link_that_cannot_be_written_leaves_the_old_release_current(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build.build(root)
    planted.change(root, PEOPLE, '"Jane Doe"@en', '"Jane R. Doe"@en')

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "symlink", full)
    with pytest.raises(ReleaseError, match=r"No space left on device\. A release needs 1 MB"):
        build.build(root)
    assert release.load(root / "releases" / "current").id == before.id


def test_build_in_a_wrong_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ontology: no such folder\..*--root"):
        build.build(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_reference_engines_are_left_out_for_the_sources_they_were_compared_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build.build(root, reference=True)
    with monkeypatch.context() as patch:
        patch.setattr(build, "_evaluate_by_reference", None)
        assert build.build(root) == first
        planted.change(root, PEOPLE, '"Jane Doe"@en', '"Jane R. Doe"@en')
        with pytest.raises(TypeError):
            build.build(root)
    assert build.build(root).version != first.version


def test_comparison_is_recorded_only_on_request(root: Path) -> None:
    version = build.build(root).version
    assert not build.is_compared(root, version)
    build.build(root, reference=True)
    assert build.is_compared(root, version)
    assert (root / build.COMPARED).read_text(encoding="ascii") == f"{version}\n"


@pytest.mark.parametrize("engine", ["pyshacl", "owlrl"])
def test_difference_from_the_reference_engines_stops_the_build(
    root: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """Neither a release nor a record of the comparison is made."""
    quick = build._evaluate_quickly(sources.read(root))  # noqa: SLF001 - to give another result than it
    report, inferred = quick
    if engine == "pyshacl":
        finding = Finding(None, "warning", PERSON, None, None, "Look again.", "shape")
        report = Report.of([*report.findings, finding])
    else:
        inferred = Graph()
    monkeypatch.setattr(build, "_evaluate_quickly", lambda read: (report, inferred))
    with pytest.raises(build.DifferenceError, match=f"{engine} and the quick rules differ"):
        build.build(root, reference=True)
    assert not (root / build.COMPARED).exists()
    assert not (root / "releases" / "current").exists()


def test_contradiction_is_a_violation_for_the_quick_rules_too(root: Path) -> None:
    planted.change(root, PEOPLE, "a ckg:Person", "a ckg:Person , ckg:Meeting")
    version = canonical.digest(canonical.canonical_nquads(sources.read(root).graphs))
    (root / build.COMPARED).write_text(version, encoding="ascii")
    with pytest.raises(CheckError, match="1 violation"):
        build.build(root)


def test_record_of_the_comparison_is_that_of_the_project(request: pytest.FixtureRequest) -> None:
    """``cstokg build --reference`` renews it; other tests compare the engines on the same sources."""
    read: Sources = request.getfixturevalue("sources")
    version = canonical.digest(canonical.canonical_nquads(read.graphs))
    assert build.is_compared(ROOT, version), "the sources changed: run `cstokg build --reference`"


def test_record_that_is_no_file_counts_as_none(root: Path) -> None:
    os.mkfifo(root / build.COMPARED)
    assert not build.is_compared(root, "0" * 64)


def test_steps_are_named_in_their_order(root: Path) -> None:
    steps: list[str] = []
    build.build(root, on_step=steps.append)
    assert steps == ["read the sources", "check by pyshacl and infer by owlrl", "write the release"]
    build.build(root, reference=True)
    steps.clear()
    build.build(root, on_step=steps.append)
    assert steps == ["read the sources", "check and infer, by the quick rules", "write the release"]


@pytest.mark.parametrize("name", ["a<b.ttl", "a|b.ttl", "a^b.ttl"])
def test_file_whose_name_gives_no_iri_is_refused(root: Path, name: str) -> None:
    (root / "data/register/people.ttl").rename(root / "data/register" / name)
    message = rf"data/register/{re.escape(name)}: .* not an IRI.* Rename the file"
    with pytest.raises(ReleaseError, match=message):
        build.build(root)


def test_report_names_the_engines(root: Path) -> None:
    planted.change(
        root,
        "ontology/shapes.ttl",
        "shape:Person\n",
        "shape:Person\n    sh:sparql [ sh:select "
        '"SELECT $this WHERE { $this a <urn:x> . FILTER (?this > 1) }" ] ;\n',
    )
    reports: list[Report] = []
    for reference in (False, True):
        build.build(root, reference=reference, on_report=reports.append)
    build.build(root, on_report=reports.append)
    by_reference = "shapes by pyshacl with rdflib; inference by owlrl"
    quickly = "shapes by pyshacl with pyoxigraph, but rdflib for shape:Person; inference by the quick rules"
    assert [report.engines for report in reports] == [by_reference, by_reference, quickly]
