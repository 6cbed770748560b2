"""What a request's headers mean, and how a response is sent."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from cstokg.settings import Serving
from cstokg.web.serving import http
from cstokg.web.serving.http import Request, Response
from cstokg.web.serving.monitoring import Record
from cstokg.web.serving.problems import ProblemError


def request(headers: dict[str, str] | None = None, method: str = "GET", *messages: dict[str, Any]) -> Request:
    """Return a request with these headers, whose body comes in these messages."""
    scope: dict[str, Any] = {
        "method": method,
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()
        ],
    }
    waiting = list(messages)

    async def receive() -> MutableMapping[str, Any]:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    return Request(scope, receive, Serving(body_bytes=10, body_seconds=0.05), Record())


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    """Return a message with a part of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("", False),
        ("gzip", True),
        ("br, gzip", True),
        ("GZIP;q=0.5, identity;q=0.4", True),
        ("gzip;q=0.4, identity;q=0.5", False),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=high", False),
        ("identity", False),
        ("x-gzip", True),
        ("gzip," * 200, False),
    ],
)
def test_gzip_is_used_if_the_client_accepts_it_at_least_as_much_as_none(header: str, takes: bool) -> None:
    assert http.takes_gzip(header) == takes


@pytest.mark.parametrize(
    ("accept", "named", "first"),
    [
        ("", (), http.OFFERED[0]),
        ("*", (), http.OFFERED[0]),
        ("*/*;q=0.1, text/turtle", (), "text/turtle"),
        ("text/csv; charset=utf-8; header=present", (), "text/csv"),
        ("text/turtle;q=0.2, text/turtle;q=0.9, text/csv;q=0.5", (), "text/turtle"),
        ("text/csv;q=2", (), "text/csv"),
        ("text/csv", ("text/turtle",), "text/turtle"),
        ("text/csv", ("application/none",), "text/csv"),
        ("image/png", ("text/turtle",), "text/turtle"),
        (",;q=,*/;q=9,text/csv", (), "text/csv"),
        ("*/*, text/csv", (), "text/csv"),
        ("text/csv," * 1000, (), "text/csv"),
    ],
)
def test_best_media_type(accept: str, named: tuple[str, ...], first: str) -> None:
    assert http.media_types(accept, named)[0] == first


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "*/*;q=0"])
def test_nothing_acceptable_is_told_with_what_there_is(accept: str) -> None:
    with pytest.raises(ProblemError) as caught:
        http.media_types(accept)
    assert caught.value.name == "not-acceptable"
    assert caught.value.members["formats"] == http.OFFERED


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("TEXT/HTML", True),
        ("*/*", False),
        ("", False),
        ("text/html;q=0.1, text/csv", False),
    ],
)
def test_browsers_prefer_html(accept: str, expected: bool) -> None:
    assert http.prefers_html(accept) == expected


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ('W/"a-gzip"', True),
        ('"b"', False),
        ("*", False),
        ("", False),
        ('"a", ' * 200, False),
    ],
)
def test_entity_tags_are_compared_weakly(header: str, known: bool) -> None:
    assert http.knows(header, 'W/"a"') == known


@pytest.mark.parametrize(("method", "status"), [("GET", 304), ("HEAD", 304), ("QUERY", 304), ("POST", 200)])
def test_304_is_for_safe_methods_and_keeps_what_caches_need(method: str, status: int) -> None:
    asked = request({"If-None-Match": '"a"'}, method)
    headers = {"ETag": '"a"', "Vary": "Accept", "Content-Type": "text/csv", "Cache-Control": "no-cache"}
    response = http.unless_known(asked, Response(200, headers, b"body", '"a"'))
    assert response.status == status
    if status == 304:
        assert response.body == b""
        assert set(response.headers) == {"ETag", "Vary", "Cache-Control"}


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        ([piece(b"12345"), piece(b"67890", more=False)], ""),
        ([piece(b"12345"), piece(b"678901", more=False)], "body-too-large"),
        ([piece(b"12345")], "request-timeout"),
    ],
)
def test_body_is_read_whole_or_refused(messages: list[dict[str, Any]], name: str) -> None:
    asked = request(None, "POST", *messages)
    if not name:
        assert asyncio.run(asked.body()) == b"1234567890"
        return
    with pytest.raises(ProblemError) as caught:
        asyncio.run(asked.body())
    assert caught.value.name == name


def test_body_of_a_client_that_has_left_is_not_waited_for() -> None:
    asked = request(None, "POST", piece(b"1"), {"type": "http.disconnect"})
    with pytest.raises(http.ClientLeftError):
        asyncio.run(asked.body())


def test_large_body_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProblemError, match="body-too-large"):
        asyncio.run(request({"Content-Length": "11"}, "POST").body())


def test_work_ends_when_its_client_leaves() -> None:
    async def work() -> None:
        async with request(None, "GET", {"type": "http.disconnect"}).until_client_leaves():
            await asyncio.sleep(60)

    with pytest.raises(http.ClientLeftError):
        asyncio.run(work())


def test_work_that_is_cancelled_by_others_is_not_taken_for_a_client_that_left() -> None:
    async def work() -> None:
        async with request().until_client_leaves():
            await asyncio.sleep(60)

    async def cancel() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0.1)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_response_is_sent_in_pieces_with_its_length(method: str, size: int) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    asyncio.run(http.send_response(send, Response(200, {"X": "\u2100"}, body), method, [("More", "1")]))
    headers = dict(sent[0]["headers"])
    assert headers[b"content-length"] == str(size).encode()
    assert headers[b"x"] == b"?"
    assert headers[b"more"] == b"1"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert max(len(message["body"]) for message in sent[1:]) <= 65_536
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    assert b"".join(message["body"] for message in sent[1:]) == (b"" if method == "HEAD" else body)
