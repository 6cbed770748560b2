"""Find what tests need besides Python packages, and which of it is missing on this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cstokg.engine.workers import sandbox

ROOT = Path(__file__).parents[1]

# The Debian package of each program or file.
PROGRAMS = {
    "apache2": "apache2",
    "bash": "bash",
    "chromium": "chromium",
    "curl": "curl",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "nginx": "nginx",
    "php": "php-cli",
    "rapper": "raptor2-utils",
    "roqet": "rasqal-utils",
    "Rscript": "r-cran-sparql",
    "virtuoso-t": "virtuoso-opensource",
    "wget": "wget",
}
FILES = {
    Path("/usr/share/java/owlapi-distribution.jar"): "libowlapi-java",
    Path("/usr/share/php/EasyRdf/autoload.php"): "php-easyrdf",
    Path("/usr/lib/R/site-library/SPARQL"): "r-cran-sparql",
}
FOLDERS = {
    "CSTOKG_ARTICLES": "articles",
    "CSTOKG_RECONCILIATION": "reconciliation",
    "CSTOKG_SUITES": "suites",
    "CSTOKG_WIKIDATA": "wikidata",
}


def folder(variable: str) -> Path:
    """Return the folder that an environment variable names, or the usual one beside the project."""
    return Path(os.environ.get(variable, ROOT.parent / "shared" / FOLDERS[variable]))


def missing() -> Iterator[str]:
    """Return a line for everything that is missing and whose tests are skipped, with the remedy."""
    packages = {PROGRAMS[name] for name in PROGRAMS if shutil.which(name) is None}
    packages |= {package for path, package in FILES.items() if not path.exists()}
    if packages:
        yield f"tests of other programs; to run them: apt-get install {' '.join(sorted(packages))}"
    for variable, name in FOLDERS.items():
        if not folder(variable).is_dir():
            yield f"tests of the {name}; to run them, name their folder in {variable}"
    if sandbox.landlock_version() < 6:
        yield "tests of the sandbox; to run them, use Linux 6.12 or later with Landlock"
