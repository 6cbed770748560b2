"""The command ``cstokg``: each subcommand parses its options, calls one module, and prints."""

import click

from cstokg.cli.links import links
from cstokg.cli.mapping import add, check, cite, coverage, new_article, verify
from cstokg.cli.query import answers, query
from cstokg.cli.releases import build, diff, export, fetch_release, push
from cstokg.cli.serving import serve
from cstokg.errors import CstokgError


class _Group(click.Group):
    """End a command with a message and status 1, and no stack trace, when the input is broken."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CstokgError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cstokg")
def main() -> None:
    """Build, check, query and serve the graph of the CSTO foreign ministers' meetings."""


for command in (
    add,
    answers,
    build,
    check,
    cite,
    coverage,
    diff,
    export,
    fetch_release,
    links,
    new_article,
    push,
    query,
    serve,
    verify,
):
    main.add_command(command)
