"""SERVICE calls the endpoints that are allowed, once, and no others, however they are written."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from cstokg import http_requests
from cstokg.engine import guard
from cstokg.engine.guard import MAX_CALLS, Redirected
from cstokg.engine.query_text import BASE_IRI, PREFIXES, read
from cstokg.engine.workers.service_relay import Permission, Relay
from cstokg.errors import MalformedQueryError, ServiceFailedError, ServiceRefusedError
from remote_endpoints import BAD, EMPTY, Remote, of_store, remote, send

T = TypeVar("T")
EX = "http://example.org/"
A, B = "http://a.example/sparql", "http://b.example/"
ALLOWED = {A: "http://127.0.0.1:99/x/0", B: "http://127.0.0.1:99/x/1"}


def number_store(name: str, *numbers: int) -> Store:
    """Return a store with a property of some numbers."""
    store = Store()
    for number in numbers:
        store.add(Quad(NamedNode(f"{EX}{number}"), NamedNode(EX + name), Literal(number)))
    return store


OURS = number_store("p", 1, 2, 3, 4, 5)


def redirect(sparql: str, addresses: Mapping[str, str] = ALLOWED) -> Redirected | None:
    """Return a query with its calls."""
    return guard.redirect(read(sparql), addresses)


class Federation:
    """A relay in a loop of its own, and the steps of a worker."""

    def __init__(self, endpoints: tuple[str, ...], seconds: float, result_bytes: int) -> None:
        """Start it."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.seconds = seconds
        self.relay = Relay(endpoints, result_bytes)
        asyncio.run_coroutine_threadsafe(self.relay.start(), self.loop).result()
        self.permission: Permission
        self.secret = ""
        self.evaluated = ""

    def ask(self, sparql: str) -> tuple[list[dict[str, str]], tuple[str, ...]]:
        """Evaluate a query; return the solutions, and the services that failed."""
        self.secret, self.permission = self.in_loop(lambda: self.relay.grant(self.seconds))
        try:
            redirected = redirect(f"PREFIX ex: <{EX}>\n{sparql}", self.permission.addresses)
            assert redirected is not None
            self.evaluated, failed = redirected.make_calls(solutions)
            rows = solutions(self.evaluated, OURS)
            columns = [name.value for name in rows.variables]
            texts = [{name: str(row[name]) for name in columns if row[name]} for row in rows]
            return [dict(sorted(row.items())) for row in texts], failed
        except ServiceFailedError as error:
            raise self.permission.explain(error) from None
        finally:
            self.in_loop(lambda: self.relay.revoke(self.secret))

    def in_loop(self, function: Callable[[], T]) -> T:
        """Run a function in the loop, and return its result."""

        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result()

    def request(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Send a request to the relay, and return its answer."""
        return asyncio.run_coroutine_threadsafe(self.relay._answer(path, body), self.loop).result()  # noqa: SLF001

    def close(self) -> None:
        """End the relay, and check that nothing is left of it."""
        asyncio.run_coroutine_threadsafe(self.relay.close(), self.loop).result(5)

        async def left() -> int:
            await asyncio.sleep(0)
            return len(asyncio.all_tasks()) - 1

        assert asyncio.run_coroutine_threadsafe(left(), self.loop).result() == 0
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def solutions(sparql: str, store: Store | None = None) -> QuerySolutions:
    """Return what a query selects."""
    results = (store or Store()).query(sparql, base_iri=BASE_IRI, prefixes=PREFIXES)
    assert isinstance(results, QuerySolutions)
    return results


@contextmanager
def federation(*endpoints: str, seconds: float = 5, result_bytes: int = 1_000_000) -> Iterator[Federation]:
    """Yield a federation with these endpoints."""
    made = Federation(endpoints, seconds, result_bytes)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def other() -> Iterator[Remote]:
    """Yield an endpoint that knows of three numbers."""
    with remote(of_store(number_store("q", 3, 4, 99))) as made:
        yield made


@pytest.mark.parametrize(
    ("sparql", "rows"),
    [
        ("SELECT * {{ SERVICE <{0}> {{ ?s ex:q ?o }} }}", 3),
        ("SELECT * {{ ?s ex:p ?n . SERVICE <{0}> {{ ?s ex:q ?o }} }}", 2),
        ("SELECT * {{ ?s ex:p ?n OPTIONAL {{ SERVICE SILENT <{0}> {{ ?s ex:q ?o }} }} }}", 5),
        ("SELECT * {{ ?s ex:p ?n FILTER EXISTS {{ SERVICE <{0}> {{ ?s ex:q ?o }} }} }}", 2),
        ("SELECT * {{ ?s ex:p ?n MINUS {{ SERVICE <{0}> {{ ?s ex:q ?o }} }} }}", 3),
        ("SELECT * {{ ?s ex:p ?n {{ SELECT ?s {{ SERVICE <{0}> {{ ?s ex:q ?o }} }} }} }}", 2),
        ("SELECT (COUNT(*) AS ?n) {{ SERVICE <{0}> {{ ?s ex:q ?o }} }}", 1),
        ("SELECT * {{ ?s ex:p ?n LATERAL {{ SERVICE <{0}> {{ ?s ex:q ?o }} }} }}", 2),
        ("SELECT * {{ SERVICE <{0}> {{ [] ex:q ?o }} }}", 3),
        ("SELECT * {{ SERVICE <{0}> {{ SELECT ?s {{ ?s ex:q/^ex:q ?o }} LIMIT 1 }} }}", 1),
        ("SELECT * {{ SERVICE <{0}> {{ ?s ex:q ?o }} FILTER(?o > 4) }}", 1),
        ("PREFIX o: <{0}>#x\nSELECT * {{ SERVICE o: {{ ?s ex:q ?o }} }} #", 3),
    ],
)
def test_an_endpoint_is_called_once(other: Remote, sparql: str, rows: int) -> None:
    with federation(other.endpoint) as made:
        found, failed = made.ask(sparql.format(other.endpoint))
    assert (len(found), failed) == (rows, ())
    assert len(other.requests) == 1


def test_each_call_of_a_query_is_made() -> None:
    with remote(of_store(number_store("q", 3, 4))) as one, remote(of_store(number_store("r", 4, 5))) as two:
        sparql = f"""SELECT * {{
            SERVICE <{one.endpoint}> {{ ?s ex:q ?a }} SERVICE <{two.endpoint}> {{ ?s ex:r ?b }}
            SERVICE <{one.endpoint}> {{ ?s ?q ?o }} SERVICE <{one.endpoint}> {{ ?s ?q ?o }} }}"""
        with federation(one.endpoint, two.endpoint) as made:
            found, failed = made.ask(sparql)
        assert [row["s"] for row in found] == [f"<{EX}4>"]
        assert failed == ()
        assert (len(one.requests), len(two.requests)) == (3, 1)


def test_nothing_of_ours_reaches_the_endpoint() -> None:
    with remote(lambda handler, _: send(handler, EMPTY)) as other, federation(other.endpoint) as made:
        inner = f"SERVICE <{other.endpoint}> {{ ?s ?q ?inner }}"
        made.ask(f"SELECT * {{ SERVICE <{other.endpoint}> {{ ?s ?q ?o {inner} }} }}")
        made.ask(f"SELECT * {{ SERVICE SILENT <{other.endpoint}> {{ ?s ?q ?o FILTER(?o > 4) }} }}")
        port = str(made.relay.port)
    assert inner.replace(" }", " . }") in other.requests[0][2]
    assert len(other.requests) == 2
    for path, headers, query in other.requests:
        assert path == "/sparql"
        assert set(headers) == {
            *(
                "host",
                "user-agent",
                "accept",
                "accept-encoding",
                "content-type",
                "content-length",
                "connection",
            )
        }
        assert headers["user-agent"] == http_requests.user_agent()
        assert headers["host"] == other.endpoint.split("/")[2]
        for text in (*headers.values(), query):
            assert port not in text
            assert made.secret not in text
            assert "oxigraph" not in text.lower()


def test_a_query_with_the_secret_is_not_forwarded(other: Remote) -> None:
    with federation(other.endpoint) as made:
        secret, permission = made.in_loop(lambda: made.relay.grant(5))
        assert made.request(f"/{secret}/0/0", f"ASK {{ <{secret}> ?p ?o }}".encode())[0] == 502
        assert other.endpoint in permission.failures
        assert other.requests == []


def test_the_relay_serves_nobody_without_a_permission(other: Remote) -> None:
    with federation(other.endpoint) as made:
        secret, _ = made.in_loop(lambda: made.relay.grant(5))
        query = b"SELECT * { ?s ?p ?o }"
        wrong = ("/", "", "/x/0/0", f"/{secret}", f"/{secret}/0", f"/{secret}/1/0", f"/{secret}/-1/0")
        for path in (*wrong, f"/{secret}/0/0/", f"/{secret}/0/{MAX_CALLS}", f"/{secret}/0/00", "///"):
            assert made.request(path, query)[0] == 404
        assert made.request(f"/{secret}/0/0", query)[0] == 200
        made.in_loop(lambda: made.relay.revoke(secret))
        assert made.request(f"/{secret}/0/0", query)[0] == 404
        assert len(other.requests) == 1


@pytest.mark.parametrize("bad", [*BAD, "absent", "no such host"])
def test_an_endpoint_that_does_not_answer_is_an_error_or_named(bad: str) -> None:
    with remote(BAD.get(bad, BAD["fails"])) as other:
        endpoint = {"absent": "http://127.0.0.1:9/", "no such host": "http://no.invalid/"}.get(
            bad, other.endpoint
        )
        with federation(endpoint, seconds=0.6) as made:
            start = time.monotonic()
            with pytest.raises(ServiceFailedError) as caught:
                made.ask(f"SELECT * {{ ?s ex:p 1 . SERVICE <{endpoint}> {{ ?s ?q ?o }} }}")
            assert str(caught.value).count(endpoint) == 1
            shown = str(caught.value).replace(endpoint, "")
            assert not [
                hidden for hidden in ("127.0.0.1", str(made.relay.port), made.secret) if hidden in shown
            ]
            found, failed = made.ask(f"SELECT * {{ ?s ex:p 1 . SERVICE SILENT <{endpoint}> {{ ?s ?q ?o }} }}")
            assert time.monotonic() - start < 20  # long before anybody gives up
        assert (found, failed) == ([{"s": f"<{EX}1>"}], (endpoint,))
        assert len(other.requests) <= 2


def test_answers_are_limited_together() -> None:
    half = EMPTY.replace(b"[]}", b"[]" + b" " * 600 + b"}")
    with (
        remote(lambda handler, _: send(handler, half)) as other,
        federation(other.endpoint, result_bytes=1000) as made,
    ):
        one = f"SERVICE SILENT <{other.endpoint}> {{ ?s ?p ?o }}"
        assert made.ask(f"SELECT * {{ {one} }}") == ([], ())
        assert made.ask(f"SELECT * {{ {{ {one} }} UNION {{ {one} }} }}") == ([{}], (other.endpoint,))


def test_a_permission_that_ends_cancels_its_calls() -> None:
    ended = threading.Event()

    def respond(handler: object, _: str) -> None:
        time.sleep(4)
        ended.set()

    with remote(respond) as other, federation(other.endpoint, seconds=60) as made:
        secret, _ = made.in_loop(lambda: made.relay.grant(60))
        threading.Timer(0.2, made.in_loop, (lambda: made.relay.revoke(secret),)).start()
        start = time.monotonic()
        assert made.request(f"/{secret}/0/0", b"SELECT * {}")[0] == 502
        assert time.monotonic() - start < 3
        ended.wait(20)


@pytest.mark.parametrize(
    "call",
    [
        "SERVICE SILENT <http://c.example/> {{ ?s ?q ?o }}",
        "SERVICE SILENT <{0}/> {{ ?s ?q ?o }}",
        "SERVICE SILENT <{0}#x> {{ ?s ?q ?o }}",
        "SERVICE SILENT <{0}> {{ ?s ?q ?o }}".replace("{0}", "{1}"),
        "SERVICE SILENT ?g {{ ?s ?q ?o }}",
        "service silent <http://c.example/>{{ SELECT ?q ?o {{ ?s ?q ?o }} }}",
        "SERVICESILENT<http://c.example/>{{}}",
        "SERVICE SILENTex:c{{ ?s ?q ?o }}",
        "SERVICESILENTex:c{{ ?s ?q ?o }}",
        "BIND(<{0}> AS ?g) SERVICE SILENT ?g {{ ?s ?q ?o }}",
        "SERVICE SILENT <http://c.example/> {{ ?s ?q ?o SERVICE <{0}> {{ ?s ?q ?o }} }}",
        "SERVICE SILENT <http://c.example/> {{ ?s ?q '}} SERVICE <x> {{' # }}\n}}",
        "SERVICE SILENT <http://c.example/> {{ BIND(1 AS ?q) }}",
        "SERVICE SILENT ex:a\\#b {{ ?s ?q ?o }}",
    ],
)
def test_a_silent_call_that_is_not_allowed_adds_nothing(other: Remote, call: str) -> None:
    with federation(other.endpoint) as made:
        upper = other.endpoint.replace("http", "HTTP")
        found, failed = made.ask(f"SELECT * {{ ?s ex:p 1 . {call.format(other.endpoint, upper)} }}")
        assert [row["s"] for row in found] == [f"<{EX}1>"]
        assert set(found[0]) <= {"s", "g"}
        assert len(failed) == 1
    assert other.requests == []


def test_a_forbidden_silent_call_within_a_call_is_not_sent(other: Remote) -> None:
    with federation(other.endpoint) as made:
        inner = "SERVICE SILENT <http://c.example/> { ?s ?x ?y }"
        found, failed = made.ask(f"SELECT * {{ SERVICE <{other.endpoint}> {{ ?s ex:q ?o {inner} }} }}")
    assert (len(found), failed) == (3, ("http://c.example/",))
    assert "SERVICE" not in other.requests[0][2]


@pytest.mark.parametrize(
    "call",
    [
        "SERVICE <http://c.example/> { ?s ?p ?o }",
        "SERVICE <http://a.example/sparql/> { ?s ?p ?o }",
        "SERVICE <http://a.example/sparql#x> { ?s ?p ?o }",
        "SERVICE ?g { ?s ?p ?o }",
        "BIND(<http://a.example/sparql> AS ?g) SERVICE ?g { ?s ?p ?o }",
        "SERVICE <http://a.example/sparql> { ?s ?p ?o } SERVICE <http://c.example/> { ?s ?p ?o }",
        "SERVICE <http://a.example/sparql> { ?s ?p ?o SERVICE <http://c.example/> { ?s ?p ?o } }",
        "FILTER(?a<?b)SERVICE?c#>\n{}",
        "ex:a\\# ?p ?o . SERVICE <http://c.example/> {}",
        "ex:a\\' ?p ?o . SERVICE <http://c.example/> {} ?s ?p 'x'",
        "?s ?p trueSERVICE<http://c.example/>{}",
        "?s ?p true.SERVICE<http://c.example/>{}",
        "?s ?p 1SERVICE<http://c.example/>{}",
        "?s ?p 'x'@en.SERVICE<http://c.example/>{}",
        "SERVICEex:c{ ?s ?p ?o }",
        "FILTER EXISTS { SERVICE <http://c.example/> { ?s ?p ?o } }",
        "FILTER(?a<?b)SERVICE<http://c.example/>{} FILTER(?a>?b)",
        "SERVICE <http://a.example/\\u0073parql2> {}",
    ],
)
def test_no_other_endpoint_is_called(call: str) -> None:
    sparql = f"PREFIX ex: <{EX}>\nSELECT * {{ {call} }}"
    with pytest.raises(ServiceRefusedError) as caught:
        redirect(sparql)
    assert caught.value.line == 2
    assert sparql.splitlines()[1][(caught.value.column or 0) - 1 :].startswith("SERVICE")


@pytest.mark.parametrize(
    "sparql",
    [
        "ASK { SERVICE <http://a.example/sparql> { ?s } }",
        "ASK { SERVICE <http://c.example/> { ?s } }",
        "ASK { SERVICE <http://c.example/> } # {}",
        "ASK { SERVICE }",
        "ASK { SERVICE 'x' {} }",
        "ASK { SERVICE SERVICE <x> {} }",
        "ASK { SERVICE SILENT SILENT <x> {} }",
        "ASK { SERVICE <http://a.example/sparql> {} ",
        "ASK { SERVICE none:such { ?s ?p ?o } }",
        "PREFIX SERVICEex: <http://x/> PREFIX ex: <http://c.example/> ASK { SERVICEex:c { ?s ?p ?o } }",
        "SERVICE",
        "ASK { SERVICE <https://[your-domain]/> {} }",
        "ASK { ?service ?p 'service",
        "service " * 10_000,
        "ASK { SERVICE <http://a.example/sparql> {} " * 2000,
        "ASK { " + "SERVICE SILENT <x> {}" * 4000,
        "ASK { " + "SERVICESILENTex:x{}" * 5000,
    ],
)
def test_what_is_no_query_is_malformed(sparql: str) -> None:
    start = time.monotonic()
    with pytest.raises((MalformedQueryError, ServiceRefusedError)) as caught:
        redirect(sparql)
    assert time.monotonic() - start < 20  # much more where the time grows with the square
    assert caught.type is MalformedQueryError or "none:such" in sparql


def test_an_error_shows_the_words_that_were_written() -> None:
    with pytest.raises(MalformedQueryError, match="servicePoint"):
        redirect("ASK { ?s ?p ?o } servicePoint", {})


@pytest.mark.parametrize(
    "sparql",
    [
        "ASK { ?service ?p 'service' } # SERVICE <x> {}",
        "ASK { ?s ex:service ?o }",
        "ASK { ?s ex:service ?o . ?o ex:SERVICE.SILENT 'SERVICE <x> {}' }",
        "PREFIX service: <http://service/> ASK { GRAPH service:service { ?s service:x ?o } }",
        "BASE <service:x> ASK FROM <SERVICE> { ?s <service> ?Service BIND(1 AS ?sErvice) }",
        "ASK { ex:a\\#SERVICE ?p ?o }",
        "ASK { _:service ?p '''SERVICE <http://x/> {''' , 'x'@service }",
        'ASK { ?s ?p "SERVICE <http://x/> {} \\" SERVICE <http://x/> {}" }',
    ],
)
def test_the_word_service_elsewhere_is_no_call(sparql: str) -> None:
    assert redirect(f"PREFIX ex: <{EX}> {sparql}") is None


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("SERVICE <http://a.example/sparql> {}", "SERVICE <{0}/0> {{}}"),
        ("SERVICE <sparql> {}", "SERVICE <{0}/0> {{}}"),
        ("SERVICE <http://a.example/\\u0073parql> {}", "SERVICE <{0}/0> {{}}"),
        ("SERVICE <http://a.example/\\U00000073parql> {}", "SERVICE <{0}/0> {{}}"),
        ("SERVICE a:spa\\-rql {} SERVICE a:sparql {}", ""),
        ("SERVICE a:sparql {} service b: {}", "SERVICE <{0}/0> {{}} service <{1}/1> {{}}"),
        ("SERVICEa:sparql{}SERVICEb:{}", "SERVICE<{0}/0>{{}}SERVICE<{1}/1>{{}}"),
        ("SERVICE#x\nSILENT#<y>\n<http://b.example/>{}", "SERVICE#x\n      #<y>\n<{1}/0>{{}}"),
        (
            "SERVICE b: { SERVICE <http://a.example/sparql> { ?s ?p 'SERVICE <x> {}' } }",
            "SERVICE <{1}/0> {{ SERVICE <http://a.example/sparql> {{ ?s ?p 'SERVICE <x> {{}}' }} }}",
        ),
        (
            "SERVICE SILENT <c> { SERVICE <d> { ?s ?p 1 }} SERVICE b: {}",
            "OPTIONAL {{ FILTER(false) GRAPH        <c> {{ GRAPH <d> {{ ?s ?p 1 }}}} }} SERVICE <{1}/2> {{}}",
        ),
        (
            "GRAPH <service> { SERVICE a:sparql { ?a ?b ?c } }",
            "GRAPH <service> {{ SERVICE <{0}/0> {{ ?a ?b ?c }} }}",
        ),
    ],
)
def test_calls_go_elsewhere_and_nothing_else_changes(call: str, expected: str) -> None:
    start = "BASE <http://a.example/> PREFIX b: <http://b.example/>\n#SERVICE\nPREFIX a: <> SELECT * { "
    if not expected:
        with pytest.raises(ServiceRefusedError):
            redirect(f"{start}{call} }}")
        return
    asked: list[str] = []
    redirected = settled(redirect(f"{start}{call} }}"))
    text, failed = redirected.make_calls(lambda sparql: asked.append(sparql) or ())  # type: ignore[func-returns-value]
    assert text == f"{start}{expected.format(*ALLOWED.values())} }}"
    assert failed == (("http://a.example/c",) if "<c>" in call else ())
    assert asked
    for alone in asked:
        assert alone.startswith(start.split("SELECT")[0])
        assert alone.count("127.0.0.1") == 1


def settled(redirected: Redirected | None) -> Redirected:
    """Return a value that must not be None."""
    assert redirected is not None
    return redirected


def test_calls_are_off_where_no_endpoint_is_allowed() -> None:
    with pytest.raises(ServiceRefusedError, match="are off"):
        redirect("ASK { SERVICE <http://a.example/> {} }", {})
    redirected = settled(redirect("SELECT * { ?s ?p 1 SERVICE SILENT <http://a.example/> { ?a ?b ?c } }", {}))
    text, failed = redirected.make_calls(solutions)
    assert failed == ("http://a.example/",)
    assert [len([value for value in row if value]) for row in solutions(text, OURS)] == [2]


def test_a_query_makes_a_limited_number_of_calls() -> None:
    one = "SERVICE <http://a.example/sparql> {} "
    assert redirect(f"ASK {{ {one * MAX_CALLS} }}")
    with pytest.raises(ServiceRefusedError, match=str(MAX_CALLS)):
        redirect(f"ASK {{ {one * (MAX_CALLS + 1)} }}")
