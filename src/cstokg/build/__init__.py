"""Make a release from the files in data/ and ontology/. Nothing here is imported by engine/ or web/."""
