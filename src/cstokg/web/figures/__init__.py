"""The figures, one module each, on `figure` and `svg`; `cstokg.web.figure_pages.FIGURES` registers them."""
