"""Measure how build, check, memory and answers grow with the number of articles, beside the bars.

    python benchmarks/growth.py [--sizes 5 50 500] [--output benchmarks/results/growth.md]

The articles are sentences of two invented ones in another order, all on one meeting, so that they have as
much to do with one another as articles can. Each command runs in a process of its own, with the bytecode that
is written when packages are installed; times are seconds of the processor, memory is the most that the
process held. The first `check FILE` reads the other articles, and keeps for the next ones what it read. The
bars: `check FILE` stays below one second, and nothing else grows faster than the number of articles. The
table is drawn into the file ``--drawing``: ``docs/growth.svg``.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))

import meeting_articles
from cstokg import questions, release
from cstokg.build import build, canonical, sources
from cstokg.build.checks.watching import Watcher
from cstokg.cli import terminal
from cstokg.engine.engine import Engine

SIZES = (5, 50, 500)
FILE_BAR = 1.0  # seconds
EXPONENT_BAR = 1.1  # of the power of the number of articles; 1 is linear
SLOW = 0.1  # seconds; a question below it is not judged

Figures = dict[str, float]


def main() -> int:
    """Print and write the figures; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of articles")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/growth.md")
    parser.add_argument("--drawing", type=Path, help="a file for the drawing, docs/growth.svg")
    parser.add_argument("--answers", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answers:
        print(json.dumps(_ask_all(given.answers)))
        return 0
    rows = {}
    with tempfile.TemporaryDirectory() as bytecode:
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        _measure(2)  # each command writes its bytecode
        for size in given.sizes:
            rows[size] = _measure(size)
            print(size, json.dumps(rows[size]), flush=True)
    text, missed = _table(rows)
    given.output.write_text(text, encoding="utf-8")
    if given.drawing:
        draw(text, given.drawing)
    print(text)
    return int(missed)


def _measure(size: int) -> Figures:
    with tempfile.TemporaryDirectory() as temporary:
        root, texts = meeting_articles.write(Path(temporary), meeting_articles.FIRST, meeting_articles.SECOND)
        shutil.copytree(ROOT / "queries", root / "queries")
        list_articles, meeting_articles.list_articles = meeting_articles.list_articles, _list_later
        try:
            for seed in range(size - 2):
                meeting_articles.add(root, texts, *meeting_articles.shuffled(seed))
        finally:
            meeting_articles.list_articles = list_articles
        list_articles(root)
        meeting_articles.link(root)
        read = sources.read(root)
        # The reference engines are not measured: they run once for each state of the sources, not each time.
        lines = canonical.plain_nquads(read.graphs)
        version = canonical.digest(canonical.canonical_nquads(read.graphs, lines))
        (root / build.COMPARED).write_text(f"{version}\n", encoding="ascii")
        path = root / "data/articles" / f"{meeting_articles.SECOND}.ttl"
        figures: Figures = {"triples": len(read.triples)}
        command = [sys.executable, "-m", "cstokg"]
        figures["build s"], figures["build MB"] = _run([*command, "build", "--root", str(root), "--quiet"])
        figures["check s"], figures["check MB"] = _run([*command, "check", "--root", str(root)])
        figures["first check FILE s"], _ = _run([*command, "check", "--root", str(root), str(path)])
        figures["check FILE s"], _ = _run([*command, "check", "--root", str(root), str(path)])
        figures["check --watch, a save s"] = _save(root, path)
        folder = release.current(root)
        figures["dataset MB"] = (folder / "dataset.nq").stat().st_size / 1e6
        script = [sys.executable, __file__, "--answers", str(root)]
        answers: Figures = {}
        _, figures["answers MB"] = _run(script, lambda output: answers.update(json.loads(output)))
        figures["all answers s"] = sum(answers.values())
        slowest = max(answers, key=lambda name: answers[name])
        figures[f"slowest: {slowest} s"] = answers[slowest]
        return figures


def _list_later(root: Path) -> None:
    """Do nothing: the articles are listed once, after all of them are written."""


def _run(command: Sequence[str], read: Callable[[bytes], None] = lambda output: None) -> tuple[float, float]:
    """Return the seconds of the processor that a command took, and the MB that its largest process held."""
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE) as process,  # noqa: S603
    ):
        assert process.stderr
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: {errors.decode()[-2000:]}")
        output.seek(0)
        read(output.read())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def _save(root: Path, path: Path) -> float:
    """Return the seconds that `check --watch` takes to check a file after it was saved."""
    watcher = Watcher(root)
    path.write_text(path.read_text(encoding="utf-8") + "# saved\n", encoding="utf-8")
    with terminal.without_garbage_collection():  # as the command does
        start = time.process_time()
        (changed,) = watcher.changed()
        watcher.check(changed, "2031-05-20")
        return time.process_time() - start


def _ask_all(root: Path) -> Figures:
    """Return the seconds that each saved question takes."""
    engine = Engine.from_release(release.current(root))
    seconds = {}
    for question in questions.read_all(root / "queries"):
        if question.endpoint:
            continue
        start = time.process_time()
        engine.query(question.sparql, "text/csv")
        seconds[question.name] = time.process_time() - start
    return seconds


def _table(rows: dict[int, Figures]) -> tuple[str, bool]:
    """Return the page with the figures and bars, and whether one is missed."""
    sizes = sorted(rows)
    names = list(
        dict.fromkeys(name for row in rows.values() for name in row if not name.startswith("slowest"))
    )
    lines = [
        "# Growth with the number of articles",
        "",
        "`python benchmarks/growth.py`: see there what is measured. Seconds are of the processor.",
        "",
        f"| | {' | '.join(f'{size} articles' for size in sizes)} | bar | |",
        f"|---|{'---:|' * len(sizes)}---|---|",
    ]
    missed = False
    for name in names:
        values = [rows[size][name] for size in sizes]
        if name.startswith("check FILE") or "a save" in name:
            bar, met = f"below {FILE_BAR:g} s", max(values) < FILE_BAR
        else:
            exponent = math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2])
            bar, met = f"linear (power {exponent:.2f})", exponent <= EXPONENT_BAR
        missed |= not met
        shown = " | ".join(f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in values)
        lines.append(f"| {name} | {shown} | {bar} | {'met' if met else 'missed'} |")
    slowest = [next(name for name in rows[size] if name.startswith("slowest")) for size in sizes]
    shown = "; ".join(
        f"{size}: {name[9:-2]} {rows[size][name]:.2f} s" for size, name in zip(sizes, slowest, strict=True)
    )
    lines += ["", f"The slowest question: {shown}.", ""]
    return "\n".join(lines), missed


def draw(text: str, path: Path) -> None:
    """Draw the table of a page: seconds and megabytes by the number of articles, on logarithmic scales."""
    # Imported here, because the memory that it takes would count in the measurements.
    import matplotlib
    from matplotlib import pyplot

    table = [line.split("|")[1:-3] for line in text.splitlines() if line.startswith("| ")]
    sizes = [int(cell.split()[0]) for cell in table[0][1:]]
    rows = {row[0].strip(): [float(cell.replace(",", "")) for cell in row[1:]] for row in table[1:]}
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth"}):
        drawing, panels = pyplot.subplots(1, 2, figsize=(9.5, 4.2), layout="constrained")
        for panel, unit, title in zip(panels, (" s", " MB"), ("seconds of the processor", "MB"), strict=True):
            shown = {name.removesuffix(unit): row for name, row in rows.items() if name.endswith(unit)}
            for (name, row), mark in zip(shown.items(), "osD^v*Ph", strict=False):
                panel.plot(sizes, row, marker=mark, label=name)
            least = min(row[0] for row in shown.values())
            panel.plot(
                sizes, [least * size / sizes[0] for size in sizes], color="grey", ls=":", label="linear"
            )
            panel.set(title=title, xscale="log", yscale="log", xlabel="articles", xticks=sizes)
            panel.xaxis.set_major_formatter("{x:.0f}")
            panel.yaxis.set_major_formatter("{x:g}")
            panel.minorticks_off()
            panel.legend(fontsize="small")
        drawing.savefig(path, metadata={"Date": None})
        pyplot.close(drawing)


if __name__ == "__main__":
    sys.exit(main())
