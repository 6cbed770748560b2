"""The site: what every page may use."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flask import current_app

from cstokg import formats
from cstokg.engine import suggestions
from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web import periods
from cstokg.web.catalogue import Catalogue
from cstokg.web.graph import Graph
from cstokg.web.texts import Texts

NAME = "Meetings of the CSTO Council of Foreign Ministers"
EXTENSION = "cstokg"  # under which an application keeps its site
_FILES_OF_PAGES = (".css", ".html", ".jinja", ".js", ".json", ".py", ".toml")
_HERE = Path(__file__).parent


@dataclass
class Site:
    """What is served.

    Attributes:
        engine: answers queries.
        questions: the saved questions.
        release: the release behind the engine; None where it answers about other files.
        texts: the articles' texts, where the operator gave them.
        settings: how the site is served, for the page about limits.
    """

    engine: Engine
    questions: Sequence[Question] = ()
    release: Release | None = None
    texts: Texts | None = None
    settings: Serving = field(default_factory=Serving)
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        """Let the graph ask the engine."""
        self.graph = Graph(self.engine)

    @property
    def catalogue(self) -> Catalogue:
        """Return the names of all there is."""
        return self.graph.catalogue

    @cached_property
    def question(self) -> dict[str, Question]:
        """Return the saved questions by name."""
        return {question.name: question for question in self.questions}

    @cached_property
    def own_iris(self) -> frozenset[str]:
        """Return the IRIs of ours in the data.

        Raises:
            QueryError: the engine does not answer.
        """
        body = self.engine.query(suggestions.KNOWN_NAMES, formats.RESULTS_JSON).body
        return frozenset(row["iri"]["value"] for row in json.loads(body)["results"]["bindings"])

    @property
    def version(self) -> str:
        """Return what is served, in words: the release's number and day, or the engine's title."""
        if self.release is None:
            return self.engine.title
        return f"version {self.release.number} of {periods.day(self.release.date)}"

    def citation(self, title: str, iri: str) -> str:
        """Return how to cite a page about an IRI."""
        version = f"{self.version}, {self.release.version[:12]}" if self.release else self.version
        named = f"“{title}”. {NAME}" if title else NAME
        return f"{named}, {version}. {iri}"

    @cached_property
    def tag(self) -> str:
        """Return what all pages depend on, as an entity tag: the release, the texts, and this package."""
        digest = hashlib.sha256()
        for path in sorted(_HERE.rglob("*")):
            if path.suffix in _FILES_OF_PAGES:
                digest.update(path.read_bytes())
        digest.update(self.release.id.encode() if self.release else b"")
        digest.update(b"with texts" if self.texts else b"")
        return digest.hexdigest()[:16]


def current() -> Site:
    """Return the site of the application that answers the present request."""
    site: Site = current_app.extensions[EXTENSION]
    return site
