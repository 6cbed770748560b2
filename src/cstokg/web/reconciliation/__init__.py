"""The reconciliation service: names matched with the graph's things."""
