"""What ``cstokg check`` and a build find wrong."""
