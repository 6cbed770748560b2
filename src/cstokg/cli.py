"""The command ``cstokg``: each command parses its options, calls one module, and prints."""

from pathlib import Path

import click

from cstokg.errors import CstokgError

_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this folder",
    help="The folder that holds ontology/, data/ and queries/.",
)


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
