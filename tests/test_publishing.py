"""A release is published whole or not at all, and what the server changes is said."""

import multiprocessing
import os
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

import other_servers
import remote_endpoints
from cstokg import namespaces
from cstokg.build import publishing
from cstokg.build.target_server import DEFAULT, PublishingError, Target, TargetServer
from cstokg.cli.main import main
from cstokg.release import Release

GRAPH = f"{namespaces.GRAPH}articles/example"
OTHER = f"{namespaces.GRAPH}other"
MERGED = f"{namespaces.GRAPH}merged"
OLD = ("<urn:a> <urn:b> 'old' .", "<urn:a> <urn:c> _:x .", "_:x <urn:d> '90.0'^^<{xsd}decimal> .")
NEW = ("<urn:a> <urn:b> 'new'@en .", "<urn:a> <urn:c> _:x .", "_:x <urn:d> _:y .", "_:y <urn:e> <urn:f> .")

# Five megabytes in a graph, which are more than a connection holds and than a proxy takes by itself.
LARGE = tuple(f"<urn:a{number}> <urn:b> '{'x' * 1000}' ." for number in range(5000))

# What a proxy does to a request: it gets the method, the address and the body, and returns a status to
# refuse it with, or the body to send on.
Change = Callable[[str, str, bytes], int | bytes]


def release_of(folder: Path, name: str, **graphs: tuple[str, ...]) -> Release:
    """Return a release with these lines in its graphs, and their merge."""
    iris = {"example": GRAPH, "other": OTHER}
    lines: list[str] = []
    for key, triples in graphs.items():
        for triple in (line.format(xsd=namespaces.PREFIXES["xsd"]) for line in triples):
            triple = triple.replace("'", '"')
            lines += [triple, f"{triple.removesuffix(' .')} <{iris[key]}> ."]
    (folder / name).mkdir()
    text = "".join(f"{line}\n" for line in sorted(set(lines)))
    (folder / name / "dataset.nq").write_text(text, encoding="utf-8")
    return Release(folder / name, "0" * 64, "1", "2031-05-20", {}, {})


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Yield a server of another make."""
    start = getattr(other_servers, request.param)
    with start(tmp_path_factory.mktemp(request.param)) as target:
        yield target


@contextmanager
def between(target: Target, change: Change) -> Iterator[Target]:
    """Yield the same server behind a proxy that changes or refuses requests."""
    base = "{0.scheme}://{0.netloc}".format(urlsplit(target.query))

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            changed = change(self.command, self.path, body)
            if isinstance(changed, int):
                self.send_response(changed)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            headers = {
                name: text
                for name, text in self.headers.items()
                if name.lower() not in ("host", "content-length", "connection")
            }
            data = changed if self.command != "GET" else None
            sent = urllib.request.Request(base + self.path, data, headers, method=self.command)  # noqa: S310
            try:
                with urllib.request.urlopen(sent, timeout=60) as response:  # noqa: S310
                    status, head, content = response.status, response.headers, response.read()
            except HTTPError as error:
                status, head, content = error.code, error.headers, error.read()
            self.send_response(status)
            for name, text in head.items():
                if name.lower() in ("content-type", "www-authenticate"):
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _respond  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        own = f"http://127.0.0.1:{proxy.server_port}"
        addresses = (target.query, target.update, target.graph_store)
        query, update, store = (address.replace(base, own) for address in addresses)
        with remote_endpoints.answering(proxy):
            yield replace(target, query=query, update=update, graph_store=store)


def texts(target: Target, graph: str = GRAPH) -> list[str]:
    """Return what the server has as the value of <urn:b> in a graph."""
    rows = TargetServer(target).select(f"SELECT ?o {{ GRAPH <{graph}> {{ ?s <urn:b> ?o }} }}")
    return sorted(row["o"]["value"] for row in rows)


def graphs(target: Target) -> list[str]:
    """Return the graphs of ours that the server has."""
    return sorted(TargetServer(target).existing())


@pytest.mark.parametrize("protocol", ["graph-store", "update"])
def test_release_takes_the_place_of_the_one_before(server: Target, tmp_path: Path, protocol: str) -> None:
    target = server if protocol == "graph-store" else other_servers.by_update(server)
    publishing.publish(release_of(tmp_path, "0001", example=OLD, other=OLD), target)
    assert (texts(target), texts(target, OTHER)) == (["old"], ["old"])
    published = publishing.publish(release_of(tmp_path, "0002", example=NEW), target)
    assert texts(target) == ["new"]
    assert [count for count, _ in published.graphs.values()] == [4, 4]
    merged = [target.merged] if target.merged else []
    assert graphs(target) == sorted([GRAPH, namespaces.PUBLISHED, *merged])  # no staging graph, not the other


def test_literals_that_come_back_in_another_form_are_listed(server: Target, tmp_path: Path) -> None:
    published = publishing.publish(release_of(tmp_path, "0001", example=OLD), server)
    decimal = f"^^<{namespaces.PREFIXES['xsd']}decimal>"
    assert published.rewritten == {(f'"90.0"{decimal}', f'"90"{decimal}'): 2}


def _lose_a_triple(method: str, address: str, body: bytes) -> bytes:
    return body.replace(b"<urn:a> <urn:c> _:x .\n", b"") if method == "PUT" else body


def _change_a_literal(method: str, address: str, body: bytes) -> bytes:
    return body.replace(b'"new"', b'"now"') if method == "PUT" else body


def _refuse_a_graph(method: str, address: str, body: bytes) -> int | bytes:
    return 413 if method == "PUT" else body


def _refuse_to_move(method: str, address: str, body: bytes) -> int | bytes:
    return 500 if b"MOVE GRAPH" in body else body


def _half_of_the_update(method: str, address: str, body: bytes) -> bytes:
    """Run half of the update and report success, as a server does that stops in the middle."""
    if b"MOVE GRAPH" not in body:
        return body
    operations = body.split(b" ;\n")
    return b" ;\n".join(operations[: len(operations) // 2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_lose_a_triple, r"gives back 3 of the 4 triples of .*Nothing was changed"),
        (_change_a_literal, r'does not give back .* as it was sent: "new"@en.*Nothing was changed'),
        (_refuse_a_graph, r"answered 413 .*leave out --graph-store.*Nothing was changed"),
        (_refuse_to_move, r"answered 500 .*What was there before is back in its place"),
        (_half_of_the_update, r"What was there before is back in its place"),
    ],
)
def test_failure_leaves_the_old_data_in_place(
    server: Target, tmp_path: Path, change: Change, message: str
) -> None:
    publishing.publish(release_of(tmp_path, "0001", example=OLD, other=OLD), server)
    before = graphs(server)
    with between(server, change) as target, pytest.raises(PublishingError, match=message):
        publishing.publish(release_of(tmp_path, "0002", example=NEW), target)
    assert (texts(server), texts(server, OTHER)) == (["old"], ["old"])
    assert graphs(server) == before


@pytest.mark.parametrize("last", [b"'new'", b"COPY ", b"MOVE GRAPH"])
def test_publishing_that_is_killed_leaves_the_old_data_in_place(
    server: Target, tmp_path: Path, last: bytes
) -> None:
    """The next one removes what it left behind."""
    publishing.publish(release_of(tmp_path, "0001", example=OLD, other=OLD), server)
    before = graphs(server)

    def kill(method: str, address: str, body: bytes) -> int | bytes:
        if last.replace(b"'", b'"') in body:
            process.kill()
            return 500
        return body

    release = release_of(tmp_path, "0002", example=NEW)
    with between(server, kill) as target:
        process = multiprocessing.get_context("spawn").Process(
            target=publishing.publish, args=(release, target)
        )
        process.start()
        process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (texts(server), texts(server, OTHER)) == (["old"], ["old"])
    assert set(before) <= set(graphs(server))
    publishing.publish(release, server)
    assert texts(server) == ["new"]
    assert not any("staging" in graph for graph in graphs(server))


@pytest.mark.parametrize("at", [b'"new"', b"COPY ", b"MOVE GRAPH"])
def test_second_of_two_at_once_is_refused(server: Target, tmp_path: Path, at: bytes) -> None:
    """Whatever the first one is doing, which goes on; unless the second is told that the first was killed."""
    old, new = (release_of(tmp_path, name, example=text) for name, text in (("0001", OLD), ("0002", NEW)))
    publishing.publish(old, server)
    messages: list[str] = []

    def meanwhile(method: str, address: str, body: bytes) -> bytes:
        if at in body and not messages:
            with pytest.raises(PublishingError) as refusal:
                publishing.publish(old, server)
            messages.append(str(refusal.value))
        return body

    with between(server, meanwhile) as target:
        publishing.publish(new, target)
    assert re.search(
        rf"another push has been publishing there since 20\S+Z, as process {os.getpid()} on \S+\. "
        r"Nothing was changed\. Wait .* --take-over",
        messages[0],
    )
    assert texts(server) == ["new"]
    assert not any("staging" in graph for graph in graphs(server))


def test_push_that_was_killed_elsewhere_can_be_taken_over(server: Target, tmp_path: Path) -> None:
    """Of a process on another machine nobody here knows whether it runs."""
    release = release_of(tmp_path, "0001", example=OLD)
    claims = f"{namespaces.GRAPH}staging/claims"
    claim = f'<{claims}> <{namespaces.PREFIXES["dcterms"]}publisher> "elsewhere 1 2031-05-20T12:00:00Z 1f"'
    TargetServer(server).update([f"INSERT DATA {{ GRAPH <{claims}> {{ {claim} }} }}"])
    with pytest.raises(PublishingError, match=r"since 2031-05-20T12:00:00Z, as process 1 on elsewhere"):
        publishing.publish(release, server)
    publishing.publish(release, server, take_over=True)
    assert texts(server) == ["old"]
    assert claims not in graphs(server)


def test_data_of_others_are_not_replaced(tmp_path: Path) -> None:
    with other_servers.oxigraph(tmp_path) as target:
        TargetServer(target).update(["INSERT DATA { <urn:x> <urn:y> 1 }"])
        with pytest.raises(
            PublishingError, match=r"holds 1 triples that no release put there.*--default-graph"
        ):
            publishing.publish(release_of(tmp_path, "0001", example=OLD), target)


def _refuse_to_count_the_default_graph(method: str, address: str, body: bytes) -> int | bytes:
    query = parse_qs(body.decode()).get("query", [""])[0]
    return 500 if "COUNT" in query and "GRAPH" not in query else body


def _default_graph(target: Target) -> int:
    return TargetServer(target).count(DEFAULT)


def test_failure_before_the_switch_removes_the_staging_graphs(tmp_path: Path) -> None:
    with other_servers.oxigraph(tmp_path) as server:
        publishing.publish(release_of(tmp_path, "0001", example=OLD), server)
        before = graphs(server)
        with (
            between(server, _refuse_to_count_the_default_graph) as target,
            pytest.raises(PublishingError, match=r"answered 500 .*Nothing was changed"),
        ):
            publishing.publish(release_of(tmp_path, "0002", example=NEW), target)
        assert (graphs(server), texts(server)) == (before, ["old"])


def test_release_that_goes_to_a_graph_of_its_own_empties_the_default_graph_of_the_one_before(
    tmp_path: Path,
) -> None:
    with other_servers.oxigraph(tmp_path) as server:
        own = replace(server, merged=MERGED)
        publishing.publish(release_of(tmp_path, "0001", example=OLD), server)
        assert _default_graph(server) == len(OLD)
        with between(own, _half_of_the_update) as target, pytest.raises(PublishingError, match="is back"):
            publishing.publish(release_of(tmp_path, "0002", example=NEW), target)
        assert _default_graph(server) == len(OLD)
        publishing.publish(release_of(tmp_path, "0003", example=NEW), own)
        assert (_default_graph(server), texts(server, MERGED)) == (0, ["new"])
        publishing.publish(release_of(tmp_path, "0004", example=OLD), server)
        assert (_default_graph(server), texts(server, MERGED)) == (len(OLD), [])


def test_default_graph_of_others_stays_beside_a_release_in_a_graph_of_its_own(tmp_path: Path) -> None:
    with other_servers.oxigraph(tmp_path) as server:
        TargetServer(server).update(["INSERT DATA { <urn:x> <urn:y> 1 }"])
        for name in ("0001", "0002"):
            publishing.publish(release_of(tmp_path, name, example=OLD), replace(server, merged=MERGED))
        assert _default_graph(server) == 1
        with pytest.raises(PublishingError, match="holds 1 triples that no release put there"):
            publishing.publish(release_of(tmp_path, "0003", example=OLD), server)
        assert _default_graph(server) == 1


@pytest.mark.parametrize("server", ["virtuoso"], indirect=True)
def test_wrong_password_is_reported_with_the_remedy(server: Target, tmp_path: Path) -> None:
    wrong = replace(server, password="wrong")  # noqa: S106
    with pytest.raises(PublishingError, match=r"401 .*give --user, and the password in CSTOKG_PASSWORD"):
        publishing.publish(release_of(tmp_path, "0001", example=OLD), wrong)


@pytest.mark.parametrize("protocol", ["graph-store", "update"])
def test_password_is_sent_where_basic_authentication_is_asked_for(tmp_path: Path, protocol: str) -> None:
    """With graphs that are larger than what a connection holds."""
    release = release_of(tmp_path, "0001", example=LARGE, other=OLD)
    with (
        other_servers.oxigraph(tmp_path) as server,
        other_servers.behind_password(tmp_path, server, "client_max_body_size 20m;") as target,
    ):
        asked = target if protocol == "graph-store" else other_servers.by_update(target)
        published = publishing.publish(release, asked)
        assert len(published.graphs) == len(graphs(server))
        for wrong in (replace(asked, password="wrong"), replace(asked, user="", password="")):  # noqa: S106
            with pytest.raises(PublishingError, match=r"401 .*give --user, and the password in CSTOKG_PASS"):
                publishing.publish(release, wrong)


def test_proxy_that_refuses_large_bodies_is_reported_with_the_remedy(tmp_path: Path) -> None:
    """The remedy helps."""
    release = release_of(tmp_path, "0001", example=LARGE, other=OLD)
    with (
        other_servers.oxigraph(tmp_path) as server,
        other_servers.behind_password(tmp_path, server) as target,
    ):
        with pytest.raises(PublishingError, match=r"413 .*leave out --graph-store.*Nothing was changed"):
            publishing.publish(release, target)
        assert graphs(server) == []
        publishing.publish(release, other_servers.by_update(target))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://example.org/", "not the address of a server; write it in ASCII, with http://"),
        ("http://[::1", "not the address of a server"),
        ("http://127.0.0.1:x/sparql", "not the address of a server"),
        ("http://127.0.0.1:1/sparql", "cannot be reached .* check that the server runs"),
    ],
)
def test_server_that_is_not_there_is_named(tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(PublishingError, match=message):
        publishing.publish(release_of(tmp_path, "0001", example=OLD), Target(address, address))


def test_command_publishes_the_current_release(release: Release, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "current").symlink_to(release.folder)
    with other_servers.oxigraph(tmp_path) as target:
        command = ["push", "--root", str(tmp_path), "--to", target.query, "--update", target.update]
        result = CliRunner().invoke(main, [*command, "--graph-store", target.graph_store])
        assert result.exit_code == 0, result.output
        assert f"release {release.id} is published at {target.query}" in result.output
        assert "-90.0" in result.output
        assert len(graphs(target)) == release.counts["graphs"] + 1
