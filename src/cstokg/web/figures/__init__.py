"""The figures: SVG drawn by Python, with a table of the same values."""
