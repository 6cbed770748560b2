"""Measure the project itself: modules, what a fresh clone needs to its first page, the build, the tests.

    python benchmarks/house.py [--tests] [--out FILE]

The last commit is cloned into a temporary folder, where the commands of the Makefile run. ``--tests`` runs
`make test` there too, which takes minutes. The status is 1 if a bar is missed.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)

import urllib.request

ROOT = Path(__file__).parents[1]
# The folders of what serves, beside web/asgi_app.py, and how many lines they may have.
SERVING = ("engine", "web/serving")
SERVING_LINES = 3_600
MODULES, FIRST_PAGE, INSTALLED, BUILD, TESTS = 70, 45.0, 250.0, 10.0, 360.0


@dataclass(frozen=True)
class Bar:
    """A figure, and what it must not exceed."""

    name: str
    figure: float
    bar: float
    unit: str = ""

    def __str__(self) -> str:
        """Return the line of the table."""
        verdict = "met" if self.figure <= self.bar else "missed"
        return f"{self.name:44} {self.figure:8.1f} {self.unit:3} at most {self.bar:6.1f}  {verdict}"


def main() -> int:
    """Print the table, and return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tests", action="store_true", help="run `make test` too")
    parser.add_argument("--out", type=Path, help="a file for the table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        bars = [
            Bar("modules, without packages' docstrings", len(modules(clone)), MODULES),
            Bar("fresh clone to the first page", seconds_to_first_page(clone), FIRST_PAGE, "s"),
            Bar("installed for serving", megabytes(clone / ".venv"), INSTALLED, "MB"),
            Bar("cstokg build", seconds(clone, ".venv/bin/cstokg", "build"), BUILD, "s"),
        ]
        if given.tests:
            bars.append(Bar("make test, set-up apart", seconds_of_tests(clone), TESTS, "s"))
        bars.append(Bar("lines of the engine and of HTTP", lines(clone), SERVING_LINES))
        class_count = f"classes of the ontology: {classes(clone)}\n"
    table = "".join(f"{bar}\n" for bar in bars) + class_count
    print(table, end="")
    if given.out:
        given.out.write_text(table, encoding="utf-8")
    return int(any(bar.figure > bar.bar for bar in bars))


def modules(clone: Path) -> list[Path]:
    """Return the modules of the package."""
    files = (clone / "src" / "cstokg").rglob("*.py")
    return [path for path in files if path.name not in {"__init__.py", "__main__.py"}]


def lines(clone: Path) -> int:
    """Return how many lines there are in the modules that answer queries and speak HTTP."""
    package = clone / "src" / "cstokg"
    paths = [
        package / "web" / "asgi_app.py",
        *(path for name in SERVING for path in (package / name).rglob("*.py")),
    ]
    return sum(path.read_text(encoding="utf-8").count("\n") for path in paths)


def classes(clone: Path) -> int:
    """Return how many classes the ontology defines."""
    text = (clone / "ontology" / "ckg.ttl").read_text(encoding="utf-8")
    return len(re.findall(r"^ckg:\S+\s+a owl:Class\b", text, re.MULTILINE))


def seconds(clone: Path, *command: str) -> float:
    """Return how long a command takes in the clone.

    Raises:
        CalledProcessError: the command fails.
    """
    start = time.monotonic()
    subprocess.run(command, cwd=clone, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def seconds_to_first_page(clone: Path) -> float:
    """Return how long `make serve` takes to serve the front page in a clone where nothing is installed."""
    start = time.monotonic()
    serving = subprocess.Popen(
        ["make", "serve"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert serving.stdout is not None
        for line in serving.stdout:
            if "http://" in line:
                address = line[line.rindex("http://") :].split()[0].removesuffix("sparql")
                with urllib.request.urlopen(address) as page:  # noqa: S310 - the server that was started
                    assert page.status == 200
                return time.monotonic() - start
        raise SystemExit("make serve ended before the first page")
    finally:
        os.killpg(serving.pid, signal.SIGTERM)
        serving.wait()


def megabytes(folder: Path) -> float:
    """Return what the files below a folder hold, in MB."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink()) / 1e6


def seconds_of_tests(clone: Path) -> float:
    """Return how long `make test` takes in the clone once all is installed."""
    subprocess.run(["make", ".venv/test"], cwd=clone, check=True, stdout=subprocess.DEVNULL)
    return seconds(clone, "make", "test")


if __name__ == "__main__":
    sys.exit(main())
