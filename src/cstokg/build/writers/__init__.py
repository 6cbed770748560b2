"""The graph in the formats that others read."""
