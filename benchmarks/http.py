"""Measure the server over HTTP beside Oxigraph's own server and rdflib-endpoint, and print the bars.

    python benchmarks/http.py [--quick] [--only NAME]... [--seconds N] [--rounds N]

The other servers are installed from PyPI into a folder of the user's cache and started here. All have the
same data and answer the same queries, in turn, in one run; the others are stopped meanwhile. Only
a machine that does nothing else gives meaningful figures.
"""

import argparse
import dataclasses
import importlib.metadata
import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import pages, peers, quads, wrk
from benchmarks.peers import Peer

RESULTS = Path(__file__).with_name("results")
CONNECTIONS = (1, 8, 32)
READY_SECONDS = 60  # how long a peer may take to get over what clients left behind
ENDLESS_CLIENTS = 4

_PREFIXES = """PREFIX body: <https://w3id.org/csto-kg/id/body/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_MANY_PREFIXES = f"PREFIX d: <{quads.BASE}/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"

# A few rows, 0.2 ms of evaluation.
LIGHT = f"""{_PREFIXES}SELECT ?state ?label WHERE {{
    ?membership ckg:membershipIn body:csto ; ckg:member ?state .
    ?state skos:prefLabel ?label FILTER (LANG(?label) = "en")
}} ORDER BY ?label LIMIT {wrk.NUMBER}"""
# 500 rows, about 10 ms of evaluation.
MID = f"""{_PREFIXES}SELECT DISTINCT ?s ?label ?e WHERE {{
    VALUES ?turn {{ {wrk.NUMBER} }}
    ?s ckg:evidence ?e .
    OPTIONAL {{ ?s skos:prefLabel ?label FILTER (LANG(?label) = "en") }}
}} ORDER BY ?s ?e LIMIT 500"""
# The same two kinds over the generated quads.
MANY_LIGHT = f"""{_MANY_PREFIXES}SELECT ?label ?day WHERE {{
    ?thing d:neighbour <{quads.BASE}/thing/1234> ; rdfs:label ?label ; d:day ?day
}} ORDER BY ?label LIMIT {wrk.NUMBER}"""
MANY_MID = f"""{_MANY_PREFIXES}SELECT ?kind (COUNT(*) AS ?things) (MIN(?day) AS ?first) WHERE {{
    VALUES ?place {{ {" ".join(f"<{quads.BASE}/place/{place}>" for place in range(7, 12))} }}
    ?thing d:place ?place ; a ?kind ; d:day ?day
}} GROUP BY ?kind ORDER BY ?kind LIMIT {wrk.NUMBER}"""
# Goes on for longer than anybody waits, and needs no memory.
ENDLESS = f"""SELECT (COUNT(*) AS ?n) WHERE {{
    {" ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(9))} FILTER (?a0 != {wrk.NUMBER})
}}"""


@dataclass(frozen=True, slots=True)
class Load:
    """A query, and how it is sent."""

    name: str
    sparql: str
    connections: tuple[int, ...] = CONNECTIONS
    same: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what it has to reach: at least, or at most where ``less`` is better."""

    name: str
    figure: float | None
    bar: float
    aim: float
    unit: str = ""
    less: bool = False

    def reached(self, limit: float) -> bool:
        """Return whether the figure is as good as a limit."""
        if self.figure is None:
            return False
        return self.figure <= limit if self.less else self.figure >= limit

    @property
    def verdict(self) -> str:
        """A word for the table."""
        if self.figure is None:
            return "not measured"
        return "met, and the aim" if self.reached(self.aim) else "met" if self.reached(self.bar) else "missed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the rounds of a load on one server gave."""

    data: str
    load: str
    connections: int
    server: str
    rates: tuple[float, ...]
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        """The median of answers a second."""
        return statistics.median(self.rates)


@dataclass(slots=True)
class Report:
    """What a run has found so far."""

    measurements: list[Measurement] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)
    elsewhere: list[float] = field(default_factory=list)  # cores that others used, by measurement

    def add(self, bar: Bar) -> None:
        """Keep and print a bar."""
        self.bars.append(bar)
        _say(_bar_row(bar))


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked to do."""

    release: Path
    commands: Path
    cache: Path
    seconds: float
    rounds: int
    count: int
    rdflib: bool


def main() -> int:
    """Measure, print and write; the status is 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument(
        "--quick", action="store_true", help="One round of a second, 100,000 quads; to try it."
    )
    parser.add_argument("--only", action="append", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--no-rdflib", action="store_true", help="Leave rdflib-endpoint out.")
    parser.add_argument("--cache", type=Path, default=peers.cache(), help="Where peers and data are kept.")
    parser.add_argument(
        "--out", type=Path, help="Folder of the results; benchmarks/results after a whole run."
    )
    given = parser.parse_args()
    if given.quick:
        given.seconds, given.rounds, given.quads = 1, 1, 100_000
    wrk.command()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are ended too
    options = Options(
        given.release.resolve(),
        peers.install(given.cache / "peers"),
        given.cache,
        given.seconds,
        given.rounds,
        given.quads,
        not given.no_rdflib,
    )
    report = Report()
    parts = given.only or list(PARTS)
    for measure in dict.fromkeys(PARTS[name] for name in PARTS if name in parts):
        measure(options, report, parts)
    if report.elsewhere:
        report.notes["cores that others used, median"] = statistics.median(report.elsewhere)
        report.notes["cores that others used, at most"] = max(report.elsewhere)
    _say("")
    _say(table(report.bars))
    for name, value in report.notes.items():
        _say(f"- {name}: {value:.2f}")
    out = given.out or (None if given.quick or given.only else RESULTS)
    if out:
        write(out, report, options)
    return 0 if all(bar.reached(bar.bar) for bar in report.bars) else 1


def small(options: Options, report: Report, parts: Sequence[str]) -> None:
    """Measure the release on all servers: light, the same again, mid."""
    dataset = options.release / "dataset.nq"
    loads = [Load("light", LIGHT), Load("again", LIGHT, same=True), Load("mid", MID)]
    probe = LIGHT.replace(wrk.NUMBER, "1000")
    with ExitStack() as stack:
        native = stack.enter_context(peers.oxigraph(probe, options.commands, dataset))
        server = stack.enter_context(peers.ours(probe, "--release", options.release))
        servers = [native, server]
        if options.rdflib:
            servers.append(stack.enter_context(peers.rdflib_endpoint(probe, options.commands, dataset)))
        compare(options, report, "release", [load for load in loads if load.name in parts], servers)
        _bars_of_loads(report, "release", parts)


def _bars_of_loads(report: Report, data: str, parts: Sequence[str]) -> None:
    """Add the bars for what has been measured over the release."""
    if "light" in parts:
        report.add(
            Bar("light, 8 connections, of the native server", ratio(report, data, "light", 8), 0.4, 0.6)
        )
    if "again" in parts:
        report.add(Bar("the same again, 8 connections, of native", ratio(report, data, "again", 8), 1.5, 3))
    if "mid" in parts:
        for connections in (8, 32):
            figure = ratio(report, data, "mid", connections)
            report.add(Bar(f"mid, {connections} connections, of the native server", figure, 0.75, 0.95))
            measurements = measurements_of(report, data, "mid", connections, "cstokg")
            bad = sum(measurement.refused + measurement.broken for measurement in measurements)
            report.add(Bar(f"mid, {connections} connections, not answered", bad, 0, 0, less=True))


def compare(
    options: Options, report: Report, data: str, loads: Sequence[Load], servers: Sequence[Peer]
) -> None:
    """Measure loads on servers in turn, round after round; ours, the second, again after each peer.

    Raises:
        SystemExit: The servers' answers differ.
    """
    native, server, *others = servers
    order = [native, server, *(turn for other in others for turn in (other, server))]
    for load in loads:
        sparql = load.sparql.replace(wrk.NUMBER, "1000")
        rows = [peer.rows(sparql) for peer in servers]
        for peer, theirs in zip(servers, rows, strict=True):
            if theirs != rows[0] or not theirs:
                raise SystemExit(
                    f"{data}, {load.name}: {peer.name} has other rows than {native.name}, or none"
                )
    for load in loads:
        for connections in load.connections:
            runs_of: dict[str, list[wrk.Figures | None]] = {peer.name: [] for peer in servers}
            for _ in range(options.rounds):
                for peer in order:
                    with _alone(peer, servers), _noting_other_work(report, peer):
                        runs_of[peer.name].append(_measured(peer, load, connections, options.seconds))
            for name, runs in runs_of.items():
                measurement = _measurement(data, load.name, connections, name, runs)
                report.measurements.append(measurement)
                _say(_row(measurement))


def _measured(peer: Peer, load: Load, connections: int, seconds: float) -> wrk.Figures | None:
    """Return a run, once the server is free; None if it does not become free."""
    try:
        peer.ask("ASK {}", READY_SECONDS)
    except OSError:
        return None
    return wrk.run(peer.url, load.sparql, connections, seconds, same=load.same)


@contextmanager
def _noting_other_work(report: Report, peer: Peer) -> Iterator[None]:
    """Add to the report how many cores programs other than the server and wrk used inside the block."""
    start, total, own = time.monotonic(), _busy(), peer.cpu_seconds() + _own()
    yield
    used = _busy() - total - (peer.cpu_seconds() + _own() - own)
    report.elsewhere.append(used / (time.monotonic() - start))


def _busy() -> float:
    """Return the seconds that all cores together have worked."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq + times.steal


def _own() -> float:
    """Return the seconds that this process and its children that have ended have worked."""
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def _measurement(
    data: str, load: str, connections: int, server: str, runs: Sequence[wrk.Figures | None]
) -> Measurement:
    """Return one measurement for several runs; a run that was not possible counts as without answers."""
    possible = [run for run in runs if run is not None]
    return Measurement(
        data,
        load,
        connections,
        server,
        tuple(0.0 if run is None else run.rate for run in runs),
        statistics.median(run.p50_ms for run in possible) if possible else 0,
        statistics.median(run.p99_ms for run in possible) if possible else 0,
        sum(run.refused for run in possible),
        sum(run.broken for run in possible) + runs.count(None),
    )


@contextmanager
def _alone(peer: Peer, servers: Sequence[Peer]) -> Iterator[None]:
    """Stop all servers but one inside the block."""
    with ExitStack() as stack:
        for other in servers:
            if other is not peer:
                stack.enter_context(other.asleep())
        yield


def beside_endless(options: Options, report: Report, _: Sequence[str]) -> None:
    """Measure light traffic alone and beside endless queries, in turn, on a server that does nothing else.

    The native server is left out, because it continues an endless query whose client has left.
    """
    alone, beside = [], []
    with peers.ours(LIGHT.replace(wrk.NUMBER, "1000"), "--release", options.release) as server:
        for _turn in range(options.rounds):
            alone.append(_measured(server, Load("light", LIGHT), 8, options.seconds))
            with endless(server):
                beside.append(wrk.run(server.url, LIGHT, 8, options.seconds))
    for title, runs in (("light, alone", alone), ("light, beside endless", beside)):
        report.measurements.append(_measurement("release", title, 8, "cstokg", runs))
        _say(_row(report.measurements[-1]))
    pairs = zip(alone, beside, strict=True)
    shares = [
        with_others.rate / by_itself.rate for by_itself, with_others in pairs if by_itself and with_others
    ]
    figure = statistics.median(shares) if shares else None
    report.add(Bar("light beside four endless queries, of itself alone", figure, 0.9, 1))


@contextmanager
def endless(peer: Peer) -> Iterator[None]:
    """Let clients ask endless queries inside the block, each the next one when the last was stopped."""
    over = threading.Event()

    def ask(number: int) -> None:
        while not over.is_set():
            number += ENDLESS_CLIENTS
            try:
                peer.ask(ENDLESS.replace(wrk.NUMBER, str(number)), READY_SECONDS)
            except OSError:
                over.wait(0.1)

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(ENDLESS_CLIENTS)]
    for client in clients:
        client.start()
    over.wait(1)
    try:
        yield
    finally:
        over.set()
        for client in clients:
            client.join()


def start(options: Options, report: Report, _: Sequence[str]) -> None:
    """Measure the time from the command to the first answer, with a release that is built."""
    probe = LIGHT.replace(wrk.NUMBER, "1000")
    taken = []
    for _turn in range(options.rounds + 1):  # the first one fills the caches of the operating system
        with peers.ours(probe, "--release", options.release) as server:
            taken.append(server.first_answer_seconds)
    figure = statistics.median(taken[1:])
    report.add(Bar("from the command to the first answer, release", figure, 1.0, 0.5, "s", less=True))


def many(options: Options, report: Report, parts: Sequence[str]) -> None:
    """Measure generated quads: the first answer, memory, and the loads of the release over them."""
    named, merged = quads.write(options.cache / "quads", options.count)
    probe = MANY_LIGHT.replace(wrk.NUMBER, "1000")
    ours = ("--data", named, "--default-graph", "union")
    taken, ratios = [], []
    for _ in range(min(options.rounds, 3)):
        with peers.ours(probe, *ours) as server:
            taken.append(server.first_answer_seconds)
    with ExitStack() as stack:
        native = stack.enter_context(peers.oxigraph(probe, options.commands, named, merged))
        server = stack.enter_context(peers.ours(probe, *ours))
        taken.append(server.first_answer_seconds)
        for peer in (native, server):  # what every worker needs is there only after some work
            wrk.run(peer.url, MANY_LIGHT, 8, options.seconds)
        ratios.append(server.pss() / native.pss())
        report.notes["oxigraph: first answer over the generated quads, s"] = native.first_answer_seconds
        report.notes["oxigraph: memory over the generated quads, MB"] = native.pss() / 1e6
        report.notes["cstokg: memory over the generated quads, MB"] = server.pss() / 1e6
        title = f"{options.count:,} quads, union: "
        figure = statistics.median(taken)
        report.add(Bar(f"{title}first answer", figure, 12, 8, "s", less=True))
        report.add(Bar(f"{title}memory, of native", statistics.median(ratios), 1.5, 1.2, less=True))
        servers = [native, server]
        if options.rdflib:
            servers.append(stack.enter_context(peers.rdflib_endpoint(probe, options.commands, named)))
            report.notes["rdflib-endpoint: first answer over the generated quads, s"] = servers[
                -1
            ].first_answer_seconds
        loads = [Load("light", MANY_LIGHT), Load("again", MANY_LIGHT, same=True), Load("mid", MANY_MID)]
        compare(options, report, f"{options.count:,} quads", loads, servers)


def visited(options: Options, report: Report, _: Sequence[str]) -> None:
    """Measure pages over HTTP: as they are served, and each made anew."""
    for title, settings in (("", ()), (", made anew", ("--page-cache", "0"))):
        with peers.ours("ASK {}", "--release", options.release, *settings) as server:
            for kind in pages.visit(server.port, max(3, options.rounds)):
                name = f"page kind {kind.name} ({kind.pages}): median{title}"
                report.add(Bar(name, kind.median_ms, 5, 3, "ms", less=True))


PARTS: dict[str, Callable[[Options, Report, Sequence[str]], None]] = {
    "light": small,
    "mid": small,
    "again": small,
    "endless": beside_endless,
    "start": start,
    "million": many,
    "pages": visited,
}


def measurements_of(report: Report, data: str, load: str, connections: int, server: str) -> list[Measurement]:
    """Return the measurement of a load on a server in a list; an empty list if there is none."""
    key = (data, load, connections, server)
    return [row for row in report.measurements if (row.data, row.load, row.connections, row.server) == key]


def ratio(report: Report, data: str, load: str, connections: int) -> float | None:
    """Return the median over rounds of our rate, of the native server's in the same round."""
    for here, native in zip(
        measurements_of(report, data, load, connections, "cstokg"),
        measurements_of(report, data, load, connections, "oxigraph"),
        strict=True,
    ):
        turns = len(here.rates) // len(native.rates)
        ours = [statistics.mean(here.rates[i : i + turns]) for i in range(0, len(here.rates), turns)]
        shares = [mine / theirs for mine, theirs in zip(ours, native.rates, strict=True) if theirs]
        return statistics.median(shares) if shares else None
    return None


def table(bars: Sequence[Bar]) -> str:
    """Return the bars in Markdown."""
    head = ["| bar | figure | at least | aim | |", "|---|---:|---:|---:|---|"]
    return "\n".join([*head, *map(_bar_row, bars)])


def _bar_row(bar: Bar) -> str:
    figure = "-" if bar.figure is None else f"{bar.figure:.2f} {bar.unit}".strip()
    sign = "≤ " if bar.less else ""
    return f"| {bar.name} | {figure} | {sign}{bar.bar:g} | {sign}{bar.aim:g} | {bar.verdict} |"


def _row(row: Measurement) -> str:
    figures = f"{row.rate:.0f} | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.refused} | {row.broken} |"
    return f"| {row.data} | {row.load} | {row.connections} | {row.server} | {figures}"


def write(folder: Path, report: Report, options: Options) -> None:
    """Write the results, as JSON and to read."""
    folder.mkdir(parents=True, exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    names = ("cstokg", "pyoxigraph")
    versions = {name: importlib.metadata.version(name) for name in names} | dict(
        package.split("==", 1) for package in peers.PACKAGES
    )
    versions["python"] = sys.version.split()[0]
    settings = {"seconds": options.seconds, "rounds": options.rounds, "quads": options.count}
    whole = {
        "cores": cores,
        "versions": versions,
        "settings": settings,
        "bars": [dataclasses.asdict(bar) | {"verdict": bar.verdict} for bar in report.bars],
        "measurements": [dataclasses.asdict(row) | {"rate": row.rate} for row in report.measurements],
        "notes": report.notes,
    }
    (folder / "http.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    head = (
        "| data | load | connections | server | answers/s | p50 ms | p99 ms | refused | broken |",
        "|---|---|---:|---|---:|---:|---:|---:|---:|",
    )
    about = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        "# Over HTTP, beside other servers",
        "",
        f"{cores} cores; {about}. {options.rounds} rounds of {options.seconds:g} s; medians.",
        "",
        table(report.bars),
        "",
        *head,
        *map(_row, report.measurements),
        "",
        *(f"- {name}: {value:.2f}" for name, value in report.notes.items()),
    ]
    (folder / "http.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
