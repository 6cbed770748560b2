"""A knowledge graph of the meetings of the CSTO Council of Foreign Ministers.

``cstokg.open()`` opens it; what else a program needs is in ``cstokg.client``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cstokg.client.open_graph import Graph


def open(  # noqa: A001 - callers write cstokg.open(), as with gzip.open()
    place: str | Path | None = None, *, timeout: float = 60.0, articles: str | Path | None = None
) -> "Graph":
    """Return the graph: a release on this machine, or that of a site elsewhere.

    Args:
        place: the folder of a release or of a project, or the http address of a site that ``cstokg serve``
            serves. Without it, the current release of this folder, else the one that the package carries.
        timeout: the seconds that one query may take.
        articles: the folder of the articles' texts, which add the words of spans; without it the one that
            CSTOKG_ARTICLES names, if any.

    Raises:
        ReleaseError: there is no release, or it is incomplete.
        EndpointError: the text is not an http address.
    """
    from cstokg.client import open_graph  # here, because commands that need no graph would wait for it

    return open_graph.open_graph(place, timeout=timeout, articles=articles)
