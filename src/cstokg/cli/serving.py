"""What whoever runs a server needs: serve."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from cstokg.cli import options

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _settings(command: _Function) -> _Function:
    """Add an option for each limit on queries and each setting of the server."""
    from cstokg import settings

    for row in reversed((*settings.rows(settings.Limits()), *settings.rows(settings.Serving()))):
        option = click.option(
            row.option,
            type=row.type,
            default=row.value,
            show_default=row.value != "",
            metavar=row.unit.upper(),
            help=row.meaning,
        )
        command = option(command)
    return command


@click.command()
@options.root
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free port."
)
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    show_default="the current one",
    help="The folder of the release to serve.",
)
@click.option(
    "--data",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Serve RDF files instead of a release; repeat for more.",
)
@click.option(
    "--default-graph",
    type=click.Choice(["plain", "union"]),
    default="plain",
    show_default=True,
    help="With --data: the default graph as the files have it, or the merge of all their graphs.",
)
@options.articles()
@click.option(
    "--allow-service",
    "services",
    multiple=True,
    metavar="IRI",
    help="An endpoint that queries may call with SERVICE; repeat for more. Needs Linux 6.7.",
)
@_settings
def serve(
    root: Path,
    host: str,
    port: int,
    release: Path | None,
    files: tuple[Path, ...],
    default_graph: Literal["plain", "union"],
    articles: Path | None,
    services: tuple[str, ...],
    **settings: Any,
) -> None:
    """Serve a release at http://HOST:PORT/sparql until interrupted.

    A new release is served as soon as it is the current one, and after SIGHUP.
    """
    from dataclasses import fields

    from cstokg.engine.fork_server import ForkServer
    from cstokg.engine.store import Source
    from cstokg.settings import Limits, Serving

    if release and files:
        raise click.UsageError("give --release or --data, not both")
    if not all(iri.startswith(("http://", "https://")) for iri in services):
        raise click.UsageError("an endpoint for --allow-service begins with http:// or https://")
    source = Source(release or root / "releases" / "current", files, default_graph)
    limits = Limits(**{field.name: settings[field.name] for field in fields(Limits)})
    serving = Serving(**{field.name: settings[field.name] for field in fields(Serving)})
    # It loads the data while this process loads the server.
    with closing(ForkServer(source, limits)) as fork_server:
        from cstokg.web import server

        options = server.Options(source, host, port, limits, serving, articles, services)
        server.serve(options, fork_server)
