"""The web half: an endpoint and pages over one engine."""
