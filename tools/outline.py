"""Draws `src/cstokg/web/figures/outline.tsv` from Natural Earth, which is in the public domain.

Natural Earth's 1:50 million map comes as TopoJSON in the npm package `world-atlas`. To draw the table anew:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/outline.py package/countries-50m.json > src/cstokg/web/figures/outline.tsv

A TopoJSON arc that one country uses is a coast; one that two use is a border. Only the lines in the frame
of the map are kept, simplified to a fifteenth of a degree, as kilometres count at that latitude.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]  # degrees east, degrees north

WEST, SOUTH, EAST, NORTH = 14.0, 29.0, 96.0, 67.0
TOLERANCE = 1 / 15  # degrees of latitude
SHORTEST = 0.35  # degrees; smaller islands are left out


def arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs of a topology in degrees."""
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * wide + left, y * high + low))
        found.append(line)
    return found


def uses(topology: dict[str, Any]) -> Counter[int]:
    """How many countries use each arc."""
    found: Counter[int] = Counter()
    for country in topology["objects"]["countries"]["geometries"]:
        found.update(set(_numbers(country.get("arcs", []))))
    return found


def _numbers(nested: Any) -> Iterator[int]:
    for one in nested:
        if isinstance(one, list):
            yield from _numbers(one)
        else:
            yield one if one >= 0 else ~one


def parts(line: list[Point]) -> Iterator[list[Point]]:
    """The runs of a line inside the frame, each with one point beyond it."""
    run: list[Point] = []
    for before, point in zip([line[0], *line], line, strict=False):
        if WEST <= point[0] <= EAST and SOUTH <= point[1] <= NORTH:
            if not run and before != point:
                run.append(before)
            run.append(point)
        elif run:
            yield [*run, point]
            run = []
    if len(run) > 1:
        yield run


def simplified(line: list[Point]) -> list[Point]:
    """The line without the points that lie close to it (Douglas and Peucker)."""
    if len(line) < 3:
        return line
    distances = [_distance(point, line[0], line[-1]) for point in line[1:-1]]
    farthest = max(distances)
    if farthest <= TOLERANCE:
        return [line[0], line[-1]]
    middle = distances.index(farthest) + 1
    return simplified(line[: middle + 1])[:-1] + simplified(line[middle:])


def _distance(point: Point, start: Point, end: Point) -> float:
    shrink = math.cos(math.radians(point[1]))
    x, y = (point[0] - start[0]) * shrink, point[1] - start[1]
    across, up = (end[0] - start[0]) * shrink, end[1] - start[1]
    length = math.hypot(across, up)
    if length < 1e-9:
        return math.hypot(x, y)
    along = max(0.0, min(1.0, (x * across + y * up) / length**2))
    return math.hypot(x - along * across, y - along * up)


def main(path: Path) -> None:
    """Print the table: the kind of line, then its points as longitude and latitude."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    used = uses(topology)
    rows = []
    for number, arc in enumerate(arcs(topology)):
        kind = "border" if used[number] > 1 else "coast"
        for part in parts(arc):
            line = simplified(part)
            size = max(max(axis) - min(axis) for axis in zip(*part, strict=True))
            if kind == "coast" and size < SHORTEST:
                continue
            rows.append(f"{kind}\t" + " ".join(f"{x:.2f},{y:.2f}" for x, y in line))
    sys.stdout.write("\n".join(["kind\tpoints", *sorted(rows), ""]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
