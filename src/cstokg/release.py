"""Which files a release has, its manifest, and the check of the files against the manifest."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cstokg.errors import CstokgError

FOLDER = "releases"
MANIFEST = "release.json"
CURRENT = "current"
CSV, PARQUET = "csv/", "parquet/"  # folders of tables, whose names follow from the data
PACKAGE = f"{CSV}datapackage.json"
QUESTIONS = "questions.json"
DATASET = "dataset.nq"
# A wheel carries a release, in a folder of its own; an editable install has none.
CARRIED = Path(__file__).parent / FOLDER
_PROJECT = Path("data", "dataset.ttl")
_ID = re.compile(r"[0-9a-f]{16}")
# The name of a file, in at most one folder.
_FILE = re.compile(r"(?:[a-z][a-z-]*/)?[A-Za-z0-9][A-Za-z0-9._-]{,99}")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file that each release has.

    Attributes:
        description: what the page of downloads says of it.
        title: what the description of the dataset in RDF says of it, if it is a distribution.
    """

    description: str
    title: str = ""


# Every file of a release but the manifest and the tables; ``build.build`` writes them.
FILES: Mapping[str, ReleaseFile] = MappingProxyType(
    {
        "cstokg.ttl": ReleaseFile(
            "The asserted triples, as Turtle",
            "What the sources assert",
        ),
        "cstokg-inferred.ttl": ReleaseFile(
            "The inferred triples, as Turtle",
            "What is inferred from the sources",
        ),
        "cstokg-with-inferred.ttl": ReleaseFile(
            "The asserted and the inferred triples in one graph, as Turtle",
            "What the sources assert, and what is inferred from it",
        ),
        "cstokg-printed.ttl": ReleaseFile(
            "The asserted triples without the editors' conclusions, background knowledge, judgements of "
            "conflicts and links to Wikidata, as Turtle",
            "What the articles print, without the editors' conclusions",
        ),
        "cstokg.rdf": ReleaseFile(
            "The same as cstokg.ttl, as RDF/XML",
            "What the sources assert",
        ),
        "cstokg.jsonld": ReleaseFile(
            "The same as cstokg.ttl, as JSON-LD that reads as plain JSON",
            "What the sources assert",
        ),
        "cstokg.trig": ReleaseFile(
            "A named graph for each source file, for what is inferred and for what is computed, as TriG",
            "All graphs, each under its name",
        ),
        DATASET: ReleaseFile(
            "The same graphs and their merge as default graph, as N-Quads; this site answers from it",
            "All graphs, and their merge as the default graph",
        ),
        PACKAGE: ReleaseFile(
            "The columns of the tables in CSV, as a Frictionless data package",
            "A table for each kind of thing in CSV, as a data package",
        ),
        f"{PARQUET}triples.parquet": ReleaseFile(
            "The asserted and inferred triples as one table, as Parquet",
            "The asserted and inferred triples as a table",
        ),
        QUESTIONS: ReleaseFile("The saved questions with their queries"),
        "report.ttl": ReleaseFile("The findings of the checks, as a SHACL validation report"),
        "report.json": ReleaseFile("The findings of the checks, as JSON"),
    }
)


class ReleaseError(CstokgError):
    """There is no release, it is incomplete, or none can be made; the message names the remedy."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release: a folder that never changes.

    Attributes:
        folder: the folder.
        version: the SHA-256 of the asserted dataset as RDFC-1.0 defines it.
        number: the number of the version, from data/dataset.ttl.
        date: the day, from data/dataset.ttl (ISO 8601).
        counts: how many articles, triples and so on there are, by name.
        files: the SHA-256 of each file, by the file's name.
        manifest_sha256: the SHA-256 of the manifest, which has those of all other files.
    """

    folder: Path
    version: str
    number: str
    date: str
    counts: Mapping[str, int]
    files: Mapping[str, str]
    manifest_sha256: str = ""

    @property
    def id(self) -> str:
        """The name of the folder: the first 16 digits of the manifest's SHA-256."""
        return self.folder.name


def is_id(name: str) -> bool:
    """Return whether a folder of that name can be a release."""
    return _ID.fullmatch(name) is not None


def write(
    contents: Mapping[str, bytes], *, version: str, number: str, date: str, counts: Mapping[str, int]
) -> bytes:
    """Return the manifest of a release with these files."""
    files = {
        name: {"bytes": len(content), "sha256": sha256(content)} for name, content in sorted(contents.items())
    }
    manifest = {"version": version, "number": number, "date": date, "counts": dict(counts), "files": files}
    return f"{json.dumps(manifest, ensure_ascii=False, indent=2)}\n".encode()


def current(root: Path) -> Path:
    """Return the folder of the current release of ``root``, or else of the one in the package.

    For a project it is always the project's own, because another release would not answer from its sources.
    The folder that is returned need not exist; ``load`` raises then.
    """
    own = root / FOLDER / CURRENT
    if (own / MANIFEST).is_file() or (root / _PROJECT).is_file() or not CARRIED.is_dir():
        return own
    return next((folder for folder in CARRIED.iterdir() if is_id(folder.name)), own)


def load(folder: Path) -> Release:
    """Return the release in a folder, which may be the link ``releases/current``, after checking its files.

    Raises:
        ReleaseError: there is no release, or a file is missing or not what the manifest says.
    """
    if not (folder / MANIFEST).is_file():
        raise ReleaseError(f"{folder}: no release here. {remedy(folder)}")
    # The link may be swapped while this runs; the folder behind it stays.
    folder = folder.resolve()
    content = (folder / MANIFEST).read_bytes()
    try:
        release = read_manifest(content, folder)
    except ReleaseError as error:
        raise ReleaseError(f"{folder / MANIFEST}: {error}. {remedy(folder)}") from error
    if is_id(folder.name) and folder.name != identifier(content):
        raise ReleaseError(f"{folder / MANIFEST}: changed since the release was made. {remedy(folder)}")
    for name in sorted({*FILES, *release.files}):
        path = folder / name
        if name not in release.files or not path.is_file():
            raise ReleaseError(f"{path}: missing from the release. {remedy(folder)}")
        if sha256(path.read_bytes()) != release.files[name]:
            raise ReleaseError(f"{path}: not what the manifest says. {remedy(folder)}")
    return release


def remedy(folder: Path) -> str:
    """Return the sentence that says how to get a whole release into a folder, or the link ``current``."""
    if folder.is_relative_to(CARRIED):
        return "Install cstokg again."
    if (folder.parent.parent / _PROJECT).is_file():
        return "Run `cstokg build`."
    return "Run `cstokg build` in the folder of a project, or `cstokg fetch-release URL` here."


def read_manifest(content: bytes, folder: Path) -> Release:
    """Return the release that a manifest describes, in a folder that is not looked at.

    Raises:
        ReleaseError: it is not a manifest, or names a file that no release may have.
    """
    try:
        manifest = json.loads(content)
        release = Release(
            folder,
            manifest["version"],
            manifest["number"],
            manifest["date"],
            manifest["counts"],
            {name: str(entry["sha256"]) for name, entry in manifest["files"].items()},
            sha256(content),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReleaseError("not the manifest of a release") from error
    for name in release.files:
        if not _FILE.fullmatch(name) or name == MANIFEST:
            raise ReleaseError(f"{name!a} is not the name of a file of a release")
    return release


def identifier(manifest: bytes) -> str:
    """Return the name of the release that has this manifest."""
    return sha256(manifest)[:16]


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
