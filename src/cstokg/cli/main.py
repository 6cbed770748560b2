"""The command ``cstokg``: each subcommand parses its options, calls one module, and prints."""

from importlib import import_module

import click

from cstokg.errors import CstokgError

# The module of each command; only that one is loaded.
_MODULES = {
    "add": "mapping",
    "answers": "query",
    "build": "releases",
    "check": "mapping",
    "cite": "mapping",
    "coverage": "mapping",
    "diff": "releases",
    "export": "releases",
    "fetch-release": "releases",
    "links": "links",
    "new-article": "mapping",
    "push": "releases",
    "query": "query",
    "serve": "serving",
    "verify": "mapping",
}


class _Group(click.Group):
    """End a command with a message and status 1, and no stack trace, when the input is broken."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"cstokg.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CstokgError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cstokg")
def main() -> None:
    """Build, check, query and serve the graph of the CSTO foreign ministers' meetings."""
