"""The figures, one module each; a new one is registered in `cstokg.web.figures.registry`."""
