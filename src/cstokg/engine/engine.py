"""Ask a store: one query in, one written answer out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pyoxigraph import Store

from cstokg import names
from cstokg.engine import dataset, formats, guard, loading, prologue, syntax, writing
from cstokg.engine.errors import NotAcceptableError, QueryError

RELEASE_FILE = "release.json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, written in a media type."""

    media_type: str
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")


class Engine:
    """Answers queries about data that never change.

    Attributes:
        title: what is asked about, in words: ``release 3f2a90c41b7e`` or ``2 files``.
    """

    def __init__(self, store: Store, title: str) -> None:
        """Answer from a store that nobody writes to any more."""
        self.title = title
        self._store = store

    @classmethod
    def from_release(cls, folder: Path) -> Self:
        """The engine of the release in a folder.

        Raises:
            LoadError: there is no release in it.
        """
        store = loading.release(folder)
        description = folder / RELEASE_FILE
        version = folder.resolve().name
        if description.is_file():
            version = str(json.loads(description.read_text(encoding="utf-8")).get("version", version))
        return cls(store, f"release {version[:12]}")

    @classmethod
    def from_files(cls, paths: Sequence[Path], default_graph: Literal["plain", "union"] = "plain") -> Self:
        """The engine of any RDF files; their extensions say their formats.

        With the ``plain`` default graph triples go there and quads keep their graphs; the ``union``
        default graph is the RDF merge of all of them.

        Raises:
            LoadError: a file is missing, has an unknown extension, or does not parse.
        """
        store = loading.files(paths)
        if default_graph == "union":
            dataset.merge_into_default(store)
        return cls(store, paths[0].name if len(paths) == 1 else f"{len(paths)} files")

    def query(
        self,
        sparql: str,
        media_type: str | Sequence[str],
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
    ) -> Answer:
        """The answer to a query, in the first of the media types that can hold it.

        The project's prefixes need no declaration, and relative IRIs start from its base IRI. Graphs
        given here replace the FROM clauses of the query (SPARQL 1.1 Protocol, section 2.1.4).

        Raises:
            MalformedQueryError: the text is not a query.
            UpdateRefusedError: it is an update.
            ServiceRefusedError: it calls another endpoint.
            NotAcceptableError: no media type of these can hold its kind of result.
            GraphNameError: the name of a graph is not an IRI.
            QueryError: it cannot be evaluated.
        """
        guard.check(sparql)
        described = dataset.given(default_graphs, named_graphs) or dataset.of_query(sparql)
        seen = dataset.view(self._store, described)
        wanted = (media_type,) if isinstance(media_type, str) else media_type
        try:
            result = seen.store.query(
                sparql,
                base_iri=prologue.BASE_IRI,
                prefixes=dict(names.PREFIXES),
                default_graph=seen.default_graph,
                named_graphs=seen.named_graphs,
            )
            kind = writing.kind_of(result)
            chosen = formats.first_fitting(wanted, kind)
            if chosen is None:
                offered = ", ".join(row.media_type for row in formats.for_kind(kind))
                raise NotAcceptableError(f"this result ({kind}) can be had as {offered}")
            return Answer(chosen.media_type, writing.write(result, chosen.syntax))
        except SyntaxError as error:
            raise syntax.explain(error, sparql) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query could not be evaluated: {error}") from error
