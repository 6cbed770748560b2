"""The build hook: it brings the scripts of others into the package before a wheel is made."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Runs cstokg/assets.py, which is not installed yet."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, where the machine has none."""
        assets = _assets(self.root)
        return [] if assets.has_node() else [assets.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Have the scripts in place when the files are collected.

        An editable install collects none, and must work where npm has no registry:
        ``make install`` fetches them afterwards.
        """
        if version != "editable":
            _assets(self.root).install(Path(self.root))


def _assets(root: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("assets", Path(root) / "src/cstokg/assets.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("src/cstokg/assets.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
