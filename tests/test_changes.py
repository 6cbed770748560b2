"""Changes between releases are counted by entity; what is computed does not count."""

from pathlib import Path

from cstokg import namespaces
from cstokg.web import changes

ONE, TWO, SPAN = (
    f"{namespaces.ID}person/one",
    f"{namespaces.ID}person/two",
    f"{namespaces.ID}article/a/span/1-2",
)


def write(folder: Path, *facts: tuple[str, str, str], graph: str = f"{namespaces.GRAPH}x") -> Path:
    """A folder with a dataset of these facts."""
    folder.mkdir()
    lines = [f"<{s}> <urn:{p}> {o} <{graph}> .\n" for s, p, o in facts]
    (folder / "dataset.nq").write_text(
        "".join(lines) + f"<{ONE}> <urn:p> _:b <{graph}> .\n", encoding="utf-8"
    )
    return folder


def test_changes_are_counted_by_entity(tmp_path: Path) -> None:
    """Added, removed, and another value in place of one."""
    before = write(tmp_path / "a", (ONE, "name", '"A"'), (ONE, "old", '"x"'), (TWO, "same", '"y"'))
    after = write(
        tmp_path / "b", (ONE, "name", '"B"'), (TWO, "same", '"y"'), (TWO, "new", '"z"'), (SPAN, "n", '"1"')
    )
    found = changes.between(before, after)
    assert (found.added, found.removed, found.changed) == (2, 1, 1)
    assert found.entities == ((ONE, (0, 1, 1)), (TWO, (1, 0, 0)))


def test_what_follows_is_not_counted(tmp_path: Path) -> None:
    """Nor what is computed about the dataset."""
    before = write(tmp_path / "a")
    after = write(tmp_path / "b", (ONE, "name", '"A"'), graph=namespaces.INFERRED)
    assert changes.between(before, after).entities == ()
