"""The web part: a SPARQL endpoint and pages over one engine."""
