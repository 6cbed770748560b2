"""An excerpt of Wikidata for tests, as it is or changed, and the command that compares our links with it."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs

from click.testing import CliRunner, Result
from pyoxigraph import RdfFormat, Store

from cstokg.build.wikidata import sssom
from cstokg.cli.main import main
from remote_endpoints import of_store

EXCERPT = Path(__file__).parent / "wikidata" / "excerpt.ttl"
BATCH = ("--batch", "30")
TABLE = (Path(__file__).parents[1] / sssom.PATH).read_text(encoding="utf-8")
LINKED = TABLE.count("\twd:Q")
ALL_REQUESTS = -(-LINKED // 30) * 6  # six for each batch
Responder = Callable[[BaseHTTPRequestHandler, str], None]


def check(endpoint: str, *arguments: str | Path) -> Result:
    """Run ``links check`` on the project's links, and return its result."""
    return CliRunner().invoke(main, ["links", "check", "--endpoint", endpoint, *map(str, arguments)])


def excerpt(*changes: tuple[str, str]) -> bytes:
    """Return the excerpt of Wikidata, with pieces replaced that stand in it once."""
    text = EXCERPT.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


def item(name: str) -> str:
    """Return the whole description of an item in the excerpt."""
    text = EXCERPT.read_text(encoding="utf-8")
    start = text.index(f"\nwd:{name}\n")
    return text[start : text.index("\n.\n", start) + 3]


def store(*changes: tuple[str, str]) -> Store:
    """Return the excerpt, loaded."""
    made = Store()
    made.load(excerpt(*changes), format=RdfFormat.TURTLE)
    return made


def form_of(made: Store) -> Responder:
    """Return responses that are right to queries that come in a form."""
    respond = of_store(made)
    return lambda handler, body: respond(handler, parse_qs(body)["query"][0])
