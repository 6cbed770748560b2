"""The graph from Python: a release here or a site elsewhere, with the same functions."""
