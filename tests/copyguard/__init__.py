"""The hashes of every run of words in the articles, which nothing in the project may repeat."""
