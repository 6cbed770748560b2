"""The command diff: read two releases or files, compare them, print the changes."""

from pathlib import Path

import click

from cstokg import release
from cstokg.cli import options


@click.command()
@options.root
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "rdf-patch", "json"]),
    default="text",
    show_default=True,
    help="text is for people; rdf-patch makes of the statements of OLD those of NEW.",
)
@click.argument("old")
@click.argument("new")
def diff(root: Path, format_: str, old: str, new: str) -> None:
    """Print which facts NEW adds to OLD, which it lacks, and which it changes.

    Each is the folder of a release, the name of one in releases/, or a file of N-Quads, TriG, N-Triples or
    Turtle. What is inferred does not count.
    """
    from cstokg import comparing

    datasets = [comparing.read(_path(root, name)) for name in (old, new)]
    comparison = comparing.compare(*datasets)
    if format_ == "rdf-patch":
        text = comparing.as_patch(comparison)
    else:
        from cstokg.web.content.catalogue import Catalogue

        write = comparing.as_text if format_ == "text" else comparing.as_json
        text = write(comparison, Catalogue.of_datasets(*datasets).label)
    click.echo(text, nl=False)


def _path(root: Path, name: str) -> Path:
    """Return the path that is meant: as it is given, or the release of that name."""
    path, of_release = Path(name), root / release.FOLDER / name
    return of_release if not path.exists() and of_release.exists() else path
