"""From the files in data/ and ontology/ to a release. Nothing here is imported by engine/ or web/."""
