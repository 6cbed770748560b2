"""Imports point one way, packages are empty, and the map in docs/architecture.md is true."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src"
HEAVY = {"rdflib", "owlrl", "pyshacl"}


def module_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in sorted((SOURCES / "cstokg").rglob("*.py"))}


def imports(path: Path, *, lazy: bool) -> Iterator[str]:
    """Yield the names of the modules that one imports; with ``lazy`` also those inside functions.

    What is imported for type checking only does not count.
    """
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of what is imported"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module or ""
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nodes += ast.iter_child_nodes(node)


def test_there_are_modules() -> None:
    assert len(MODULES) > 60


@pytest.mark.parametrize(
    ("room", "others"),
    [
        ("build", ("web", "cli", "client")),
        ("engine", ("build", "web", "cli", "client")),
        ("web", ("build", "cli", "client")),
        ("client", ("build", "cli")),
        ("cli", ("client",)),
    ],
)
def test_packages_do_not_import_each_other(room: str, others: tuple[str, ...]) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if module.startswith(f"cstokg.{room}.")
        for imported in imports(path, lazy=True)
        if f"{imported}.".startswith(tuple(f"cstokg.{other}." for other in others))
    ]
    assert wrong == []


def test_checks_need_no_drafts() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if module.startswith("cstokg.build.checks.")
        for imported in imports(path, lazy=True)
        if imported.startswith("cstokg.build.drafts")
    ]
    assert wrong == []


def test_shared_modules_import_no_package_but_the_engine() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if module.count(".") == 1 and path.name not in ("__init__.py", "__main__.py")
        for imported in imports(path, lazy=True)
        if imported.startswith(("cstokg.build", "cstokg.web", "cstokg.cli", "cstokg.client"))
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["engine", "web"])
def test_what_serves_needs_no_reasoner(room: str) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, path in MODULES.items()
        if module.startswith(f"cstokg.{room}.")
        for imported in imports(path, lazy=True)
        if imported.partition(".")[0] in HEAVY
    ]
    assert wrong == []


def test_no_cycle() -> None:
    graph = {
        module: {imported for imported in imports(path, lazy=False) if imported in MODULES} - {module}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_init_files_have_only_a_docstring() -> None:
    """Except that of ``cstokg`` itself: a program that uses the graph writes ``cstokg.open()``."""
    full = [
        module
        for module, path in MODULES.items()
        if path.name == "__init__.py" and len(ast.parse(path.read_text(encoding="utf-8")).body) != 1
    ]
    assert full == ["cstokg"]


def test_the_outermost_package_has_one_function_and_loads_nothing() -> None:
    """Modules that are slow to import are imported when ``open`` is called."""
    path = MODULES["cstokg"]
    functions = [
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    assert functions == ["open"]
    assert sorted(imports(path, lazy=False)) == ["pathlib", "typing"]


def test_no_two_modules_share_a_file_name() -> None:
    names = Counter(path.name for path in MODULES.values() if path.name != "__init__.py")
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("module", ["cstokg.web.serving.http", "cstokg.engine.query_text", "cstokg.formats"])
def test_importing_one_module_does_not_load_the_rest(module: str) -> None:
    script = f"import {module}, sys; print(sum(name.startswith('cstokg.') for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(loaded.stdout) < 20


def test_media_types_are_only_in_the_table_of_formats() -> None:
    literals = [
        f"{module}: {node.value}"
        for module, path in MODULES.items()
        if module != "cstokg.formats"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"(?:text|application|image)/[a-z]", node.value)
    ]
    assert literals == []


def test_map_names_every_module_and_no_other() -> None:
    text = (SOURCES.parent / "docs/architecture.md").read_text(encoding="utf-8")
    tree = text.split("```text\nsrc/cstokg/\n")[1].split("```")[0]
    named, rooms = set(), [""]
    for line in filter(str.strip, tree.splitlines()):
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        if name.endswith("/"):
            rooms[depth:] = [rooms[depth - 1] + name]
        else:
            named.add(rooms[depth - 1] + name)
    modules = {str(path.relative_to(SOURCES / "cstokg")) for path in MODULES.values()}
    assert {name for name in named if name.endswith(".py")} == {
        name for name in modules if not name.endswith(("__init__.py", "__main__.py"))
    }
    assert [name for name in named if not (SOURCES / "cstokg" / name).exists()] == []


def test_map_leads_to_files_that_exist() -> None:
    text = (SOURCES.parent / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.split("## Where to change what")[1]
    places = re.findall(r"`([\w/.-]+(?:\.\w+|/))`", table)
    assert len(places) > 20
    missing = [
        place
        for place in places
        if not (SOURCES.parent / place).exists() and not (SOURCES / "cstokg" / place).exists()
    ]
    assert missing == []
