"""HTTP: requests, responses, the SPARQL protocol, limits."""
