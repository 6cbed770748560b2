"""Links to Wikidata, checked and written."""
