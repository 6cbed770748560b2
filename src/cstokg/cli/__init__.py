"""The command ``cstokg``: each command parses its options, calls one module, and prints."""

import click

from cstokg.cli.answering import build, export, query
from cstokg.cli.mapping import check, cite, coverage, verify
from cstokg.cli.serving import serve
from cstokg.errors import CstokgError

__all__ = ["main"]


class _Command(click.Group):
    """Broken input ends a command with its message and status 1, never with a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CstokgError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cstokg")
def main() -> None:
    """Build, check, ask and serve the graph of CSTO foreign ministers' meetings."""


for command in (build, check, cite, coverage, export, query, serve, verify):
    main.add_command(command)
