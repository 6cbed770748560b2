"""Queries rewritten where pyoxigraph would answer otherwise than SPARQL 1.1."""
