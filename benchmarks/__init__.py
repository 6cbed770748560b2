"""Measurements of the server from outside, and of the peers it is compared with."""
