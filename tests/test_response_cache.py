"""Responses that are sent again byte for byte."""

import re

import pytest

from cstokg.web.serving.response_cache import ResponseCache, Reusable, is_whole

REQUEST = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: example.org\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\ndate: Sat, 28 Nov 2026 10:09:59 GMT\r\ncontent-length: 4\r\n\r\ntrue"


def reusable(version: str = "one") -> Reusable:
    return Reusable(version, lambda _: None)


def kept(request: bytes = REQUEST, response: bytes = RESPONSE) -> bytes | None:
    cache = ResponseCache(100_000)
    cache.put(request, response, reusable())
    return cache.get(request, "one", "192.0.2.1")


def test_a_response_comes_again_with_a_new_date() -> None:
    again = kept()
    assert again is not None
    date = re.search(rb"date: ([^\r]+)", again)
    assert date
    assert date[1] != b"Sat, 28 Nov 2026 10:09:59 GMT"
    assert again.replace(date[1], b"Sat, 28 Nov 2026 10:09:59 GMT") == RESPONSE


def test_each_response_that_comes_again_is_noted_with_its_client() -> None:
    clients: list[str] = []
    cache = ResponseCache(100_000)
    cache.put(REQUEST, RESPONSE, Reusable("one", clients.append))
    cache.get(REQUEST, "one", "192.0.2.1")
    cache.get(REQUEST, "one", "192.0.2.2")
    cache.get(REQUEST, "two", "192.0.2.3")
    assert clients == ["192.0.2.1", "192.0.2.2"]


def test_another_version_of_the_data_gets_no_old_response() -> None:
    cache = ResponseCache(100_000)
    cache.put(REQUEST, RESPONSE, reusable())
    assert cache.get(REQUEST, "two", "192.0.2.1") is None


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST + REQUEST,
        REQUEST[:-2],
        REQUEST + b"x",
        REQUEST.replace(b"GET", b"POST"),
        REQUEST.replace(b"1.1", b"1.0"),
        REQUEST.replace(b"Host", b"Connection: close\r\nHost"),
        REQUEST.replace(b"Host", b"Content-Length: 3\r\nHost"),
        REQUEST.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"),
    ],
)
def test_only_a_whole_request_that_keeps_its_connection_is_remembered(request_: bytes) -> None:
    assert kept(request_) is None


@pytest.mark.parametrize(
    "response",
    [
        RESPONSE[:-1],
        RESPONSE.replace(b"length: 4", b"length: 40"),
        RESPONSE + b"x",
        RESPONSE.replace(b"200 OK", b"304 Not Modified"),
        RESPONSE.replace(b"date", b"dato"),
        b"e\r\ndate: Sat, 28 Nov 2026 10:09:59 GMT\r\ncontent-length: 4\r\n\r\ntrue",
    ],
)
def test_only_a_whole_response_is_remembered(response: bytes) -> None:
    assert kept(response=response) is None


def test_what_is_kept_is_bounded_in_bytes() -> None:
    cache = ResponseCache(10_000)
    for number in range(100):
        request = REQUEST.replace(b"example", b"%d.example" % number)
        cache.put(request, RESPONSE, reusable())
    held = [
        number
        for number in range(100)
        if cache.get(REQUEST.replace(b"example", b"%d.example" % number), "one", "192.0.2.1")
    ]
    assert 0 < len(held) < 30
    assert held[-1] == 99


def test_whole_requests_are_told_from_others() -> None:
    assert is_whole(REQUEST)
    assert not is_whole(b"")
