"""What whoever runs a server needs: serve."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from cstokg.cli import options

# The short names of the formats of data; the table that reads them is slow to import.
_DATA_FORMATS = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld", "n3")

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _limits(command: _Function) -> _Function:
    """Add an option for each limit on queries."""
    from cstokg import limits

    for row in reversed(limits.rows(limits.Limits())):
        option = click.option(
            row.option,
            type=row.type,
            default=row.value,
            show_default=True,
            metavar=row.unit.upper(),
            help=row.meaning,
        )
        command = option(command)
    return command


def _context_file(text: str) -> tuple[str, Path]:
    """The IRI and the file of an IRI=FILE."""
    iri, _, file = text.rpartition("=")
    if not iri or not Path(file).is_file():
        raise click.BadParameter("give IRI=FILE with a file that exists", param_hint="--context-file")
    return iri, Path(file)


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
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    multiple=True,
    help="Serve RDF files instead of a release; repeat for more. - is standard input. Files may be "
    "compressed (gzip, bzip2, xz).",
)
@click.option(
    "--data-format",
    type=click.Choice(_DATA_FORMATS),
    help="With --data: the format of all files, whatever their extensions. n3 is read as Turtle.",
)
@click.option(
    "--lenient",
    is_flag=True,
    help="With --data: load IRIs that RFC 3987 forbids as they are, with a warning; spaces and other "
    "characters that no RDF syntax can write are percent-encoded. Without it such a file is refused.",
)
@click.option(
    "--context-file",
    "contexts",
    metavar="IRI=FILE",
    multiple=True,
    help="With --data: a file to read where JSON-LD names that remote @context; repeat for more. "
    "Nothing is fetched from the network.",
)
@click.option(
    "--data-bytes",
    type=click.IntRange(1),
    default=16_000_000_000,
    show_default=True,
    metavar="BYTES",
    help="With --data: refuse a file that is longer, or expands to more.",
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
@click.option("--base-path", default="", metavar="PATH", help="Under which a proxy offers the site, as /kg.")
@click.option(
    "--trust-proxies",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="How many proxies in front may say in X-Forwarded headers for whom they ask.",
)
@click.option(
    "--work",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="The seconds of work that one client may ask for in a minute; no limit without it.",
)
@click.option(
    "--access-log", default="", metavar="FILE", help="Write a line of JSON a request; - for standard output."
)
@click.option(
    "--cache",
    type=click.IntRange(0),
    default=64_000_000,
    show_default=True,
    metavar="BYTES",
    help="How much of the answers to keep for the next who asks.",
)
@_limits
def serve(
    root: Path,
    host: str,
    port: int,
    release: Path | None,
    files: tuple[Path, ...],
    data_format: str | None,
    lenient: bool,
    contexts: tuple[str, ...],
    data_bytes: int,
    default_graph: Literal["plain", "union"],
    articles: Path | None,
    services: tuple[str, ...],
    base_path: str,
    trust_proxies: int,
    work: float,
    access_log: str,
    cache: int,
    **limits: Any,
) -> None:
    """Serve a release at http://HOST:PORT/sparql until interrupted.

    A new release is served as soon as it is the current one, and after SIGHUP.
    """
    from cstokg.engine.processes import Nursery
    from cstokg.engine.store import Source
    from cstokg.limits import Limits

    if release and files:
        raise click.UsageError("give --release or --data, not both")
    if not all(iri.startswith(("http://", "https://")) for iri in services):
        raise click.UsageError("an endpoint for --allow-service begins with http:// or https://")
    if not files and (data_format or lenient or contexts):
        raise click.UsageError("--data-format, --lenient and --context-file go with --data")
    if not data_format and Path("-") in files:
        raise click.UsageError("--data - needs --data-format")
    source = Source(
        release or root / "releases" / "current",
        files,
        default_graph,
        data_format,
        lenient,
        dict(map(_context_file, contexts)),
        data_bytes,
    )
    limited = Limits(**limits)
    # It loads the data while this process loads the server.
    with closing(Nursery(source, limited)) as nursery:
        from cstokg.web import conduct, server

        how = conduct.Conduct(base_path, trust_proxies, work, access_log, cache)
        server.serve(server.Settings(source, host, port, limited, articles, how, services), nursery)
