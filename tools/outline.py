"""Draw `src/cstokg/web/figures/outline.tsv` from Natural Earth, which is in the public domain.

Natural Earth's 1:50 million map comes as TopoJSON in the npm package `world-atlas`. To draw the table anew:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/outline.py package/land-50m.json > src/cstokg/web/figures/outline.tsv

The table has the outlines of the land and no border of any state. Each line is a ring of points in degrees;
a ring inside another one is a sea.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]  # degrees east, degrees north

WEST, SOUTH, EAST, NORTH = 2.0, 22.0, 112.0, 74.0  # more than the map shows
TOLERANCE = 1 / 30  # degrees of latitude
NARROWEST = 0.2  # degrees; rivers' mouths and spits that are narrower are left out
REACH = 80  # points of a ring between the two sides of a mouth, at most
LARGEST = 0.3  # square degrees of what is left out
SMALLEST = 0.12  # square degrees; smaller islands and lakes are left out


def arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs of a topology in degrees."""
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * wide + left, y * high + low))
        lines.append(line)
    return lines


def rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Yield each ring of the land, closed."""
    lines = arcs(topology)
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for ring in (ring for polygon in polygons for ring in polygon):
            points: list[Point] = []
            for number in ring:
                line = lines[number] if number >= 0 else lines[~number][::-1]
                points += line[1:] if points else line
            yield points


def clipped(ring: list[Point]) -> list[Point]:
    """Return the part of a ring inside the frame, cut at one side after another (Sutherland, Hodgman)."""
    for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
        inside: list[Point] = []
        for before, point in zip([*ring[-1:], *ring], ring, strict=False):
            if (sign * (before[axis] - limit) >= 0) != (sign * (point[axis] - limit) >= 0):
                share = (limit - before[axis]) / (point[axis] - before[axis])
                inside.append(
                    (before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1]))
                )
            if sign * (point[axis] - limit) >= 0:
                inside.append(point)
        ring = inside
    return ring


def without_mouths(ring: list[Point]) -> list[Point]:
    """Return the ring without narrow, long parts: the mouths of rivers, and spits."""
    kept, place = [], 0
    while place < len(ring):
        kept.append(ring[place])
        near = [
            index
            for index in range(place + 3, min(place + REACH, len(ring)))
            if _distance(ring[index], ring[place], ring[place]) < NARROWEST
            and area(ring[place : index + 1]) < LARGEST
        ]
        place = near[-1] if near else place + 1
    return kept


def simplified(line: list[Point]) -> list[Point]:
    """Return the line without the points that lie close to it (Douglas and Peucker)."""
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


def area(ring: list[Point]) -> float:
    """Return the area of a ring in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def main(path: Path) -> None:
    """Print the table: each ring as longitudes and latitudes."""
    rows = []
    for ring in rings(json.loads(path.read_text(encoding="utf-8"))):
        part = clipped(without_mouths(ring))
        if part and area(part) >= SMALLEST:
            rows.append(" ".join(f"{x:.2f},{y:.2f}" for x, y in simplified([*part, part[0]])[:-1]))
    sys.stdout.write("\n".join(["points", *sorted(rows), ""]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
