"""The engine: answers SPARQL queries about a release or about files, and knows nothing of HTTP."""
