"""What pages and answers say of the graph."""
