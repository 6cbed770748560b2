"""The command serve: a release or RDF files over HTTP."""

import re
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from cstokg import formats, settings
from cstokg.cli import terminal

if TYPE_CHECKING:
    from cstokg.http_requests import Address

_BASE_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_IRI = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\]+")

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _setting_type(row: settings.Row) -> click.IntRange | click.FloatRange | type[str]:
    if row.type is int:
        return click.IntRange(min=int(row.least))
    if row.type is float:
        return terminal.Number(min=row.least)
    return str


def _settings(command: _Function) -> _Function:
    """Add an option for each limit on queries and each setting of the server."""
    for row in reversed((*settings.rows(settings.Limits()), *settings.rows(settings.Serving()))):
        option = click.option(
            row.option,
            type=_setting_type(row),
            default=row.value,
            show_default=row.value != "",
            metavar=row.unit.upper(),
            help=row.meaning,
        )
        command = option(command)
    return command


def _context_file(text: str) -> tuple[str, Path]:
    """Return the IRI and the file that a text IRI=FILE gives."""
    iri, _, file = text.rpartition("=")
    if not iri or not Path(file).is_file():
        raise click.BadParameter("write IRI=FILE, where the file exists", param_hint="--context-file")
    return iri, Path(file)


def _address(iri: str) -> "Address | None":
    """Return the parts of an address; None if the text is not an address."""
    from cstokg.http_requests import Address

    try:
        return Address.of(iri) if _IRI.fullmatch(iri) else None
    except ValueError:
        return None


@click.command()
@terminal.root_option
@click.option("--host", default=settings.HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=settings.PORT,
    show_default=True,
    help="0 takes any free port.",
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
    type=click.Choice([*(row.name for row in formats.for_kind(formats.GRAPH)), "n3"]),
    help="With --data: the format of all files, whatever their extensions. n3 is read as Turtle.",
)
@click.option(
    "--lenient",
    is_flag=True,
    help="With --data: load IRIs that RFC 3987 forbids, with a warning, instead of refusing the file. "
    "Spaces and other characters that no RDF syntax allows in IRIs are percent-encoded.",
)
@click.option(
    "--context-file",
    "contexts",
    metavar="IRI=FILE",
    multiple=True,
    help="With --data: a local file to read for a remote @context of JSON-LD; repeat for more. "
    "Nothing is fetched from the network.",
)
@click.option(
    "--default-graph",
    type=click.Choice(["plain", "union"]),
    default="plain",
    show_default=True,
    help="With --data: the default graph is that of the files (plain), or the merge of all their graphs "
    "(union).",
)
@click.option(
    "--backend",
    metavar="URL",
    default="",
    envvar="CSTOKG_BACKEND",
    show_envvar=True,
    help="The SPARQL endpoint of another server that answers the queries instead of the engine. The release "
    "must have been published there: see cstokg push --default-graph. With http://USER:PASSWORD@HOST/… basic "
    "authentication is used; other users of this machine can see it on the command line, but not in the "
    "variable.",
)
@terminal.articles_option(
    help="The folder with the articles' texts, under any file names. The pages then show and "
    "search the whole texts for anybody who can reach the server, so name it only if you may publish "
    "them.",
)
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
    data_format: str | None,
    lenient: bool,
    contexts: tuple[str, ...],
    default_graph: Literal["plain", "union"],
    backend: str,
    articles: Path | None,
    services: tuple[str, ...],
    **values: Any,
) -> None:
    """Serve a release until interrupted: pages at http://HOST:PORT/, SPARQL at /sparql.

    A new release is served as soon as it is the current one. SIGHUP reads the data again.
    """
    from dataclasses import fields

    from cstokg import release as releases
    from cstokg.engine.loading.store import Source
    from cstokg.engine.workers.fork_server_connection import ForkServer
    from cstokg.settings import Limits, Serving

    if release and files:
        raise click.UsageError("give --release or --data, not both")
    if not _BASE_PATH.fullmatch(values["base_path"]):
        raise click.UsageError(
            "--base-path: write a path such as /kg, with a slash before each name and none at the end"
        )
    for iri in services:
        if not (address := _address(iri)):
            raise click.UsageError(
                f"--allow-service {iri}: write an IRI that begins with http:// or https://"
            )
        if address.authorization:
            raise click.UsageError(
                "--allow-service: write the IRI without user name and password, because queries name it"
            )
    if backend and (files or services):
        raise click.UsageError("--backend serves a release: leave out --data and --allow-service")
    if backend and not _address(backend):
        raise click.UsageError(f"--backend {backend}: write an address that begins with http:// or https://")
    if not files and (data_format or lenient or contexts or default_graph != "plain"):
        raise click.UsageError("--data-format, --lenient, --context-file and --default-graph need --data")
    if not data_format and Path("-") in files:
        raise click.UsageError("--data - needs --data-format")
    limits = Limits(**{field.name: values[field.name] for field in fields(Limits)})
    serving = Serving(**{field.name: values[field.name] for field in fields(Serving)})
    release = release or releases.current(root)
    with ExitStack() as stack:
        if backend:
            # The engine checks queries before they are sent, and needs no data for that.
            files = (Path(stack.enter_context(TemporaryDirectory())) / "none.nq",)
            files[0].touch()
        source = Source(
            release,
            files,
            default_graph,
            data_format,
            lenient,
            dict(map(_context_file, contexts)),
            values["data_bytes"],
        )
        # The fork server loads the data while this process imports the server.
        fork_server = stack.enter_context(closing(ForkServer(source, limits)))
        # Garbage collection would scan what is imported again and again, though none of it is ever freed.
        with terminal.without_garbage_collection(ends=True):
            from cstokg.web.serving import server
        options = server.Options(source, host, port, limits, serving, articles, services, backend, release)
        server.serve(options, fork_server)
