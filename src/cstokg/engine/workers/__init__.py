"""The processes that evaluate queries, and what they may do."""
