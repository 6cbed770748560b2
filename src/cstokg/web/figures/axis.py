"""A time axis: days become places on a line, and years are marked on it."""

from dataclasses import dataclass
from datetime import date

from cstokg.web.figures.svg import Drawing

_NARROWEST = 34.0  # pixels between the labels of years


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of days, from the first to the day after the last, drawn between two places."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """The place of a day; a day outside lies at the nearer end."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, day: date) -> bool:
        """Whether a day lies on the axis."""
        return self.first <= day <= self.last

    def draw(self, drawing: Drawing, top: float, bottom: float) -> None:
        """Lines at the first day of the years, and the years between them."""
        years = self.last.year - self.first.year
        width = (self.right - self.left) / max(years, 1)
        every = next((step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step * width >= _NARROWEST), 5000)
        for year in range(self.first.year, self.last.year + 1):
            x = self.x(date(year, 1, 1))
            if width < 12 and year % every:
                continue
            drawing.add("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom)
            if year % every:
                continue
            if width >= _NARROWEST and year < self.last.year:
                drawing.text(x + width / 2, top - 4, str(year), "year", "middle")
            elif width < _NARROWEST and x + _NARROWEST / 2 <= drawing.width:
                inside = x >= _NARROWEST / 2
                if inside or every * width + x >= 1.5 * _NARROWEST:  # else it would touch the next
                    drawing.text(
                        x if inside else 0, top - 4, str(year), "year", "middle" if inside else "start"
                    )
