"""Figures, drawn as SVG: the same every time, with links, and with the numbers that they show."""
