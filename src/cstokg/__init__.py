"""A knowledge graph of the meetings of the CSTO Council of Foreign Ministers."""
