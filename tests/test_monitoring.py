"""Monitoring of requests: records, the access log, and each client's share of work."""

import json
import time
from pathlib import Path

import pytest

from cstokg.engine.engine import Engine
from cstokg.settings import Serving
from cstokg.web.serving.monitoring import AccessLogError, Monitoring, RateLimit
from protocol_client import BROWSER, SELECT, get
from site_client import create_app


def test_access_log_has_a_line_of_json_for_each_request(small_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("kept\n")
    app = create_app(small_engine, settings=Serving(access_log=str(path)))
    client = app.test_client()
    responses = [
        get(client, SELECT),
        get(client, SELECT),
        get(client, "SELECT"),
        client.get("/limits"),
        client.get("/sparql", query_string={"query": SELECT}, headers=BROWSER),
        client.get("/sparql", query_string={"query": "SELECT"}, headers=BROWSER),
    ]
    app.application.close()
    first, *rest = path.read_text().splitlines()
    assert first == "kept"
    lines = [json.loads(line) for line in rest]
    # The second response is sent again byte for byte, so it has no request ID.
    named = [response.headers.get("X-Request-Id") for response in responses]
    assert [line["request"] for line in lines] == [*named[:1], lines[1]["request"], *named[2:]]
    assert named[1] is None
    assert len({line["request"] for line in lines}) == 6
    assert [line["status"] for line in lines] == [200, 200, 400, 200, 200, 400]
    assert [line.get("rows") for line in lines] == [4, 4, None, None, None, None]
    assert [line.get("cached") for line in lines[:2]] == [False, True]
    assert lines[0]["query"] == lines[1]["query"] == lines[4]["query"] != lines[2]["query"]
    malformed = [None, None, "malformed-query"]
    assert [line.get("cause") for line in lines] == [*malformed, *malformed]
    assert all(line["ms"] >= 0 and line["client"] == "127.0.0.1" for line in lines)
    assert SELECT not in path.read_text()


def test_access_log_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(AccessLogError, match=r"none/access\.log: the access log cannot be written"):
        Monitoring(Serving(access_log=str(tmp_path / "none" / "access.log")))


def test_requests_are_answered_when_the_disk_is_full_and_lost_lines_are_counted(small_engine: Engine) -> None:
    app = create_app(small_engine, settings=Serving(access_log="/dev/full"))
    client = app.test_client()
    for _ in range(5):
        assert get(client, SELECT).status_code == 200
    end = time.monotonic() + 60
    while app.application.monitoring.lost_lines < 5:
        assert time.monotonic() < end
        time.sleep(0.01)
    text = client.get("/metrics").text
    assert "\ncstokg_lost_log_lines 5\n" in text
    app.application.close()


@pytest.fixture
def clock() -> list[float]:
    """Return a clock that the test moves."""
    return [1000.0]


def test_share_of_work_is_used_up_and_paid_back_with_time(clock: list[float]) -> None:
    limit = RateLimit(6.0, lambda: clock[0])
    for seconds in (5.0, 4.0):
        assert limit.begin("a") == 0
        limit.end("a", seconds)
    assert limit.begin("a") == 30  # three seconds of debt at a tenth of a second for each
    clock[0] += 29
    assert limit.begin("a") == 1
    clock[0] += 2
    assert limit.begin("a") == 0
    limit.end("a", 0)
    clock[0] += 10_000
    assert limit.begin("a") == 0
    limit.end("a", 5.9)
    assert limit.begin("a") == 0


def test_no_client_pays_for_another(clock: list[float]) -> None:
    limit = RateLimit(6.0, lambda: clock[0])
    limit.begin("a")
    limit.end("a", 60.0)
    assert limit.begin("a") > 0
    assert limit.begin("b") == 0


def test_requests_at_once_pay_in_advance(clock: list[float]) -> None:
    limit = RateLimit(1.0, lambda: clock[0])
    assert [limit.begin("a") for _ in range(20)].count(0) == 10


def test_clients_are_forgotten_and_remembered_in_bounds(clock: list[float]) -> None:
    limit = RateLimit(1.0, lambda: clock[0])
    limit.begin("first")
    limit.end("first", 100.0)
    for number in range(10_000):
        limit.begin(str(number))
    assert len(limit._clients) == 10_000  # noqa: SLF001 - its size is what matters
    assert limit.begin("first") == 0
