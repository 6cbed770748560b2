"""Measure the server from outside, beside other servers, and the project itself."""
