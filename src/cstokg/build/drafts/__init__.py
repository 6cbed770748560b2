"""Records that a machine proposes for an article."""
