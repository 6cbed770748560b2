"""The application: limits on heads, proxies, downloads, health and metrics, and one share of work for all."""

import asyncio
import json
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.errors import OverloadedError, QueryError, QueryTimeoutError
from cstokg.release import Release
from cstokg.settings import Limits, Serving, rows
from cstokg.web.asgi_app import Application
from pools import ENDLESS, write_data
from protocol_client import BROWSER, SELECT, get, problem, write
from servers import serving
from site_client import create_app

SETTINGS = Serving()


def serve(engine: Engine, **settings: object) -> Client:
    """Return a client of an application with these settings."""
    return create_app(engine, settings=Serving(**settings)).test_client()  # type: ignore[arg-type]


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the values of metrics by name and labels, read by Prometheus' own library."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("path", ["/", "/sparql", "/health", "/limits", "/graphs", "/downloads/x", "/id/x"])
@pytest.mark.parametrize(
    ("more", "headers", "status"),
    [
        ("", {"X": "x" * (SETTINGS.header_bytes + 1)}, 431),
        ("", {"Accept": "a/b," * SETTINGS.header_bytes}, 431),
        ("", {f"X-{n}": "x" * 7_000 for n in range(10)}, 431),
        ("", {"Host": 'a"> <b'}, 400),
        ("", {"Host": "x" * 300}, 400),
        ("x" * SETTINGS.path_bytes, {}, 414),
        ("?query=" + "x" * SETTINGS.address_bytes, {}, 414),
        ("?" + "&".join(["a=b"] * (SETTINGS.parameters + 1)), {}, 400),
    ],
)
def test_large_or_malformed_heads_are_refused_everywhere(
    small_client: Client, path: str, more: str, headers: dict[str, str], status: int
) -> None:
    response = small_client.get(path + more, headers=headers)
    assert response.status_code == status
    assert problem(response)["detail"]


def test_long_address_is_refused_with_the_way_to_do_it(small_client: Client) -> None:
    response = small_client.get("/sparql?query=" + "x" * SETTINGS.address_bytes)
    assert "body" in str(problem(response)["detail"])


@pytest.mark.parametrize("host", ["example.org", "example.org:8000", "127.0.0.1", "[::1]:80", "a_b-c"])
def test_valid_hosts_are_accepted(small_client: Client, host: str) -> None:
    assert small_client.get("/health", headers={"Host": host}).status_code == 200


def test_health_says_what_is_served(small_engine: Engine, small_client: Client) -> None:
    response = small_client.get("/health")
    assert response.status_code == 200
    assert json.loads(response.data) == {
        "status": "ok",
        "release": None,
        "version": small_engine.version,
        "serving": "data.nq",
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert small_client.post("/health").status_code == 405


def test_health_gives_the_version_that_the_release_states(release: Release) -> None:
    client = create_app(Engine.from_release(release.folder)).test_client()
    document = json.loads(client.get("/health").data)
    assert document["release"] == release.id
    assert document["version"] == release.version
    assert document["serving"] == f"release {release.version[:12]}"
    found = samples(client.get("/metrics").text)
    assert found["cstokg_release_info", (release.id, release.version)] == 1


@pytest.mark.parametrize(
    "error", [OverloadedError("busy"), QueryTimeoutError("late", 2.0), QueryError("lost")]
)
def test_health_is_degraded_when_a_small_query_fails(
    small_engine: Engine, small_client: Client, error: QueryError
) -> None:
    async def fail(*_: object, **__: object) -> NoReturn:
        raise error

    small_engine.answer = fail  # type: ignore[method-assign]
    response = small_client.get("/health")
    assert response.status_code == 503
    document = json.loads(response.data)
    assert document["status"] == "degraded"
    assert document["reason"] == error.message
    assert response.headers["Retry-After"] == "1"
    assert small_client.get("/metrics").status_code == 200


def test_metrics_count_requests_problems_and_what_the_cache_saved(
    small_engine: Engine, small_client: Client
) -> None:
    for _ in range(3):
        get(small_client, SELECT)
    get(small_client, "SELECT")
    small_client.open("/sparql", method="BREW")
    small_client.get("/problems/timeout")
    found = samples(small_client.get("/metrics").text)
    assert found["cstokg_requests_total", ("sparql", "GET", "200")] == 3
    assert found["cstokg_requests_total", ("sparql", "GET", "400")] == 1
    assert found["cstokg_requests_total", ("sparql", "other", "405")] == 1
    assert found["cstokg_problems_total", ("malformed-query",)] == 1
    assert found["cstokg_cache_hits_total", ()] == 2
    assert found["cstokg_rows_total", ()] == 12
    assert found["cstokg_request_seconds_count", ("sparql",)] == 5
    assert found["cstokg_request_seconds_bucket", ("sparql", "+Inf")] == 5
    assert found["cstokg_cache_entries", ()] == 1
    assert found["cstokg_release_info", ("", small_engine.version)] == 1


@pytest.mark.parametrize(
    "name",
    [
        "descriptors",
        "tasks",
        "pages_waiting",
        "sending_bytes",
        "cache_bytes",
        "peak_memory_bytes",
        "lost_log_lines",
    ],
)
def test_metrics_tell_how_the_process_is(small_client: Client, name: str) -> None:
    assert samples(small_client.get("/metrics").text)[f"cstokg_{name}", ()] >= 0


def test_metrics_may_be_read_only(small_client: Client) -> None:
    assert small_client.post("/metrics").status_code == 405


def test_limits_lists_every_setting_for_programs_and_people(small_engine: Engine) -> None:
    client = serve(small_engine, work=30.0)
    listed = json.loads(client.get("/limits").data)
    names = [row.name for row in (*rows(Limits()), *rows(Serving())) if row.type is not str]
    assert set(names) <= set(listed)
    assert listed["timeout"]["value"] == small_engine.limits.timeout
    assert listed["work"]["value"] == 30
    assert all(row["meaning"] and row["unit"] for row in listed.values())
    page = client.get("/limits", headers=BROWSER).text
    assert all(f"<code>{name}</code>" in page for name in names)


@pytest.mark.parametrize("path", ["/kg/sparql", "/sparql"])
def test_base_path_begins_links_whether_the_proxy_takes_it_away_or_not(
    small_engine: Engine, path: str
) -> None:
    client = serve(small_engine, base_path="/kg/")
    assert client.get(f"{path}?query=ASK{{}}").status_code == 200
    assert 'action="/kg/sparql"' in client.get(path, headers=BROWSER).text
    assert "<http://localhost/kg/sparql>" in client.get(path).text


FORWARDED = {
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "kg.example",
    "X-Forwarded-Prefix": "/kg",
}


def test_headers_of_trusted_proxies_are_used(small_engine: Engine) -> None:
    client = serve(small_engine, trust_proxies=1)
    assert "<https://kg.example/kg/sparql>" in client.get("/sparql", headers=FORWARDED).text
    assert 'action="/kg/sparql"' in client.get("/sparql", headers={**BROWSER, **FORWARDED}).text


def test_headers_of_proxies_are_ignored_by_default(small_client: Client) -> None:
    assert "<http://localhost/sparql>" in small_client.get("/sparql", headers=FORWARDED).text


def test_only_what_the_trusted_proxies_add_is_used(small_engine: Engine) -> None:
    headers = {"X-Forwarded-Host": "evil.example, kg.example", "X-Forwarded-Proto": "javascript"}
    text = serve(small_engine, trust_proxies=1).get("/sparql", headers=headers).text
    assert "<http://kg.example/sparql>" in text
    too_few = serve(small_engine, trust_proxies=3).get("/sparql", headers=headers).text
    assert "<http://localhost/sparql>" in too_few


def test_lines_of_a_header_that_proxies_add_count_together(tmp_path: Path) -> None:
    """A client cannot hide the proxies' lines by sending a list in one line."""
    lines = (b"evil.example, evil.example", b"kg.example", b"inner.example")
    with serving("--data", write(tmp_path), "--trust-proxies", "2") as server, server.connect() as connection:
        hosts = b"".join(b"X-Forwarded-Host: %s\r\n" % line for line in lines)
        connection.sendall(b"GET /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + hosts + b"\r\n")
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"<http://kg.example/sparql>" in received


@pytest.mark.parametrize(
    "prefix",
    ["//evil.example", "/kg//evil.example", "https://evil.example", "/a b", '/"><script>', "/a?b", "kg"],
)
def test_prefix_that_is_no_path_is_ignored(small_engine: Engine, prefix: str) -> None:
    client = serve(small_engine, trust_proxies=1)
    page = client.get("/sparql", headers={**BROWSER, "X-Forwarded-Prefix": prefix})
    assert 'action="/sparql"' in page.text
    assert "evil" not in page.text
    moved = client.get("/id/person/x", headers={**BROWSER, "X-Forwarded-Prefix": prefix})
    assert "evil" not in moved.headers.get("Location", "")


def test_forwarded_host_has_to_be_a_host(small_engine: Engine) -> None:
    headers = {"X-Forwarded-Host": "a/b@c"}
    assert serve(small_engine, trust_proxies=1).get("/sparql", headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["/openapi.json", "/snippets.json", "/sparql", "/.well-known/void"])
def test_responses_that_name_the_host_have_another_entity_tag_for_each(client: Client, path: str) -> None:
    found = [client.get(path, headers={"Host": host}) for host in ("one.example", "two.example")]
    assert [response.status_code for response in found] == [200, 200]
    assert found[0].data != found[1].data
    tags = [response.headers.get("ETag") for response in found]
    assert tags[0] is None or tags[0] != tags[1]
    if tags[0]:
        other = client.get(path, headers={"Host": "two.example", "If-None-Match": tags[0]})
        assert other.status_code == 200


def test_answers_that_do_not_fit_into_memory_are_refused_for_the_moment(small_engine: Engine) -> None:
    app = create_app(small_engine, settings=Serving(send_bytes=1_000_000)).application
    app._hold(b"x" * 900_000)  # noqa: SLF001 - as one that is being read slowly
    client = serve(small_engine, send_bytes=1_000_000)
    sparql = f'SELECT ("{"x" * 30_000}" AS ?x) {{ {"{} UNION " * 19}{{}} }}'
    assert client.post("/sparql", data={"query": sparql}).status_code == 200  # the only answer is always sent
    held = create_app(small_engine, settings=Serving(send_bytes=1_000_000))
    held.application._hold(b"x" * 900_000)  # noqa: SLF001
    response = held.test_client().post("/sparql", data={"query": sparql})
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert held.test_client().get("/health").status_code == 200


def test_client_that_causes_too_much_work_gets_429(small_engine: Engine) -> None:
    client = serve(small_engine, work=1e-6)
    assert get(client, "ASK { }").status_code == 200
    response = get(client, SELECT)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert str(problem(response)["type"]).endswith("too-much-work")
    assert client.get("/health").status_code == 200
    assert client.get("/metrics").status_code == 200


def test_queries_that_fail_count_as_work(tmp_path: Path) -> None:
    options = ("--timeout", "0.4", "--work", "0.2")
    with serving("--data", write_data(tmp_path), *options) as server:
        assert server.ask(ENDLESS).status == 503
        response = server.ask("ASK {}")
        assert response.status == 429
        assert int(response.headers["retry-after"]) >= 1


def test_pages_count_as_work(small_engine: Engine) -> None:
    client = serve(small_engine, work=1e-3)
    statuses = [client.get("/limits", headers=BROWSER).status_code for _ in range(10)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200)])
def test_share_of_work_is_that_of_the_client_behind_a_trusted_proxy(
    small_engine: Engine, proxies: int, status: int
) -> None:
    client = serve(small_engine, work=1e-6, trust_proxies=proxies)
    for number, expected in ((1, 200), (2, status)):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        response = client.get("/sparql", query_string={"query": SELECT}, headers=headers)
        assert response.status_code == expected


def test_no_more_pages_wait_than_allowed_when_the_bodies_of_their_requests_come_late(
    small_engine: Engine,
) -> None:
    app = create_app(small_engine, settings=Serving(page_threads=1, page_queue=0)).application
    scope = {"type": "http", "scheme": "http", "method": "POST", "path": "/reconcile", "query_string": b""}

    async def act() -> list[int]:
        come = asyncio.Event()
        statuses: list[int] = []

        async def receive() -> dict[str, Any]:
            await come.wait()
            return {"type": "http.request", "body": b""}

        async def send(message: MutableMapping[str, Any]) -> None:
            statuses.extend([message["status"]] if "status" in message else [])

        requests = [asyncio.ensure_future(app({**scope, "headers": []}, receive, send)) for _ in range(3)]
        await asyncio.sleep(0.1)
        come.set()
        await asyncio.gather(*requests)
        return statuses

    assert asyncio.run(act()).count(503) == 2


def test_every_response_has_the_headers_that_protect_readers(small_client: Client) -> None:
    for response in (
        small_client.get("/sparql", headers=BROWSER),
        small_client.get("/static/style.css", buffered=True),
        get(small_client, SELECT),
        get(small_client, "SELECT"),
        small_client.get("/health"),
        small_client.get("/none"),
    ):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert re.fullmatch(r"[0-9a-f]{12}-\d+", response.headers["X-Request-Id"])


def test_many_headers_are_refused_unread(small_engine: Engine) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": "/sparql",
        "root_path": "",
        "query_string": b"query=ASK{}",
        "headers": [(b"accept", b"text/csv")] * 6_000,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Application(small_engine)(scope, receive, send))
    assert sent[0]["status"] == 431


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/health",
        "/metrics",
        "/downloads/dataset.nq",
        "/data/state/x.ttl",
        "/api/names",
        "/.well-known/void",
    ],
)
def test_scripts_of_other_sites_may_send_any_header(tmp_path: Path, path: str) -> None:
    """Browsers ask first, wherever a header is not one of the few that every form can send."""
    client = create_app(Engine.from_files([write(tmp_path)])).test_client()
    asked = {"Origin": "https://x.example", "Access-Control-Request-Headers": "if-none-match, x-y"}
    response = client.options(path, headers={**asked, "Access-Control-Request-Method": "GET"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Headers"] == "if-none-match, x-y"
    assert {"GET", "HEAD", "OPTIONS"} <= {*response.headers["Access-Control-Allow-Methods"].split(", ")}
