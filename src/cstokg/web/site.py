"""The site: what every page may use."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from flask import current_app

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
        """The names of all there is."""
        return self.graph.catalogue

    @cached_property
    def question(self) -> dict[str, Question]:
        """The saved questions by name."""
        return {question.name: question for question in self.questions}

    @property
    def version(self) -> str:
        """What is served, in words: the release's number, day and short version, or the engine's title."""
        if self.release is None:
            return self.engine.title
        return f"version {self.release.number} of {periods.day(self.release.date)}"

    def citation(self, title: str, iri: str) -> str:
        """How to cite a page about an IRI."""
        version = f"{self.version}, {self.release.version[:12]}" if self.release else self.version
        named = f"“{title}”. {NAME}" if title else NAME
        return f"{named}, {version}. {iri}"

    @cached_property
    def tag(self) -> str:
        """What all pages depend on, as an entity tag: the release, the texts, and the code of the pages."""
        digest = hashlib.sha256()
        for path in sorted(_HERE.rglob("*")):
            if path.suffix in (".html", ".css", ".js", ".py"):
                digest.update(path.read_bytes())
        digest.update(self.release.id.encode() if self.release else b"")
        digest.update(b"with texts" if self.texts else b"")
        return digest.hexdigest()[:16]


def current() -> Site:
    """Return the site of the application that answers the present request."""
    site: Site = current_app.extensions[EXTENSION]
    return site
