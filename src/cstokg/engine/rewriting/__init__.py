"""Queries rewritten where pyoxigraph would answer differently from SPARQL 1.1."""
