"""The server tells how it is, and what it did; one client cannot take all of its time."""

import json
from pathlib import Path

import pytest
from cstokg.web.access_log import AccessLogError
from cstokg.web.conduct import Conduct
from cstokg.web.rate_limit import RateLimit
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from cstokg.engine.engine import Engine
from cstokg.release import Release
from cstokg.web.monitoring import Watch
from protocol_client import BROWSER, SELECT, get, problem, write
from site_client import create_app


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine over a small file."""
    return Engine.from_files([write(tmp_path)])


def app(engine: Engine, **conduct: object) -> Flask:
    """An application that is served in a certain way."""
    return create_app(engine, watch=Watch(Conduct(**conduct)))  # type: ignore[arg-type]


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """The values of metrics by name and labels, read by Prometheus' own library."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health(engine: Engine) -> None:
    """It lives, and says what it serves."""
    client = app(engine).test_client()
    response = client.get("/health")
    assert response.status_code == 200
    document = json.loads(response.data)
    assert document["status"] == "ok"
    assert document == {
        "status": "ok",
        "release": None,
        "version": engine.version,
        "serving": "data.nq",
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert client.post("/health").status_code == 405


def test_health_gives_the_version_that_the_release_states(release: Release) -> None:
    """And the folder beside it; the metrics too."""
    client = create_app(Engine.from_release(release.folder)).test_client()
    document = json.loads(client.get("/health").data)
    assert document["release"] == release.id
    assert document["version"] == release.version
    assert document["serving"] == f"release {release.version[:12]}"
    found = samples(client.get("/metrics").get_data(as_text=True))
    assert found["cstokg_release_info", (release.id, release.version)] == 1


def test_metrics(engine: Engine) -> None:
    """Requests by area, method and status; problems by type; what the cache saved."""
    client = app(engine).test_client()
    for _ in range(3):
        get(client, SELECT)
    get(client, "SELECT")
    client.open("/sparql", method="BREW")
    client.get("/problems/timeout")
    found = samples(client.get("/metrics").get_data(as_text=True))
    assert found["cstokg_requests_total", ("sparql", "GET", "200")] == 3
    assert found["cstokg_requests_total", ("sparql", "GET", "400")] == 1
    assert found["cstokg_requests_total", ("sparql", "other", "405")] == 1
    assert found["cstokg_problems_total", ("malformed-query",)] == 1
    assert found["cstokg_cache_hits_total", ()] == 2
    assert found["cstokg_rows_total", ()] == 12
    assert found["cstokg_request_seconds_count", ("sparql",)] == 5
    assert found["cstokg_request_seconds_bucket", ("sparql", "+Inf")] == 5
    assert found["cstokg_cache_entries", ()] == 1
    assert found["cstokg_release_info", ("", engine.version)] == 1


def test_counts_outlive_a_release(engine: Engine) -> None:
    """The application is made anew for each; what is watched is not."""
    watch = Watch(Conduct())
    for _ in range(2):
        client = create_app(engine, watch=watch).test_client()
        get(client, SELECT)
    found = samples(client.get("/metrics").get_data(as_text=True))
    assert found["cstokg_requests_total", ("sparql", "GET", "200")] == 2


def test_access_log(engine: Engine, tmp_path: Path) -> None:
    """A line of JSON for each request; of a query the hash, of a failure the cause."""
    path = tmp_path / "access.log"
    watch = Watch(Conduct(access_log=str(path)))
    client = create_app(engine, watch=watch).test_client()
    responses = [get(client, SELECT), get(client, SELECT), get(client, "SELECT"), client.get("/limits")]
    watch.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["request"] for line in lines] == [response.headers["X-Request-Id"] for response in responses]
    assert len({line["request"] for line in lines}) == 4
    assert [line["status"] for line in lines] == [200, 200, 400, 200]
    assert [line.get("rows") for line in lines] == [4, 4, None, None]
    assert [line.get("cached") for line in lines[:2]] == [False, True]
    assert lines[0]["query"] == lines[1]["query"] != lines[2]["query"]
    assert lines[2]["cause"] == "malformed-query"
    assert all(line["ms"] >= 0 and line["client"] == "127.0.0.1" for line in lines)
    assert SELECT not in path.read_text()


def test_access_log_that_cannot_be_written(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(AccessLogError, match=r"none/access\.log: the access log cannot be written"):
        Watch(Conduct(access_log=str(tmp_path / "none" / "access.log")))


@pytest.fixture
def clock() -> list[float]:
    """A clock that the test moves."""
    return [1000.0]


def test_share_of_work(clock: list[float]) -> None:
    """It is used up, paid back with time, and no client pays for another."""
    limit = RateLimit(6.0, lambda: clock[0])
    assert limit.wait("a") == 0
    limit.charge("a", 5.0)
    assert limit.wait("a") == 0
    limit.charge("a", 4.0)
    assert limit.wait("a") == 30  # three seconds of debt at a tenth of a second for each
    assert limit.wait("b") == 0
    clock[0] += 29
    assert limit.wait("a") == 1
    clock[0] += 2
    assert limit.wait("a") == 0
    clock[0] += 10_000
    limit.charge("a", 5.9)
    assert limit.wait("a") == 0


def test_who_takes_too_much_has_to_wait(engine: Engine) -> None:
    """With 429 and the seconds; probes are not counted."""
    client = app(engine, work=1e-6).test_client()
    assert get(client, SELECT).status_code == 200
    response = get(client, SELECT)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert str(problem(response)["type"]).endswith("too-much-work")
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200)])
def test_proxies_are_believed_only_when_told(engine: Engine, proxies: int, status: int) -> None:
    """Anyone can write the header."""
    client = app(engine, work=1e-6, proxies=proxies).test_client()
    for number, expected in ((1, 200), (2, status)):
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        response = client.get("/sparql", query_string={"query": SELECT}, headers=headers)
        assert response.status_code == expected


@pytest.mark.parametrize("path", ["/kg/sparql", "/sparql"])
def test_base_path(engine: Engine, path: str) -> None:
    """Whether the proxy leaves the base path in the address or takes it away, links begin with it."""
    client = app(engine, base_path="/kg/").test_client()
    assert client.get(f"{path}?query=ASK{{}}").status_code == 200
    page = client.get(path, headers=BROWSER).get_data(as_text=True)
    assert 'action="/kg/sparql"' in page
    description = client.get(path).get_data(as_text=True)
    assert "<http://localhost/kg/sparql>" in description


def test_limits(engine: Engine) -> None:
    """Each with its value, for programs and for people."""
    client = app(engine, work=30.0).test_client()
    rows = json.loads(client.get("/limits").data)
    assert rows["timeout"]["value"] == engine.limits.timeout
    assert rows["work"]["value"] == 30
    assert all(row["meaning"] and row["unit"] for row in rows.values())
    page = client.get("/limits", headers=BROWSER).get_data(as_text=True)
    assert all(f"<code>{name}</code>" in page for name in rows)
