"""Releases and files of RDF, loaded into memory."""
