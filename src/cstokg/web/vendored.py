"""The scripts of others, where the build has brought them; pages do without where it has not."""

from pathlib import Path

from flask import Flask, url_for

from cstokg.web.site import Site

FOLDER = "vendor"


def add_to(app: Flask, site: Site) -> None:
    """Let templates ask for the address of such a file, which is empty where the file is missing."""

    def vendored(name: str) -> str:
        path = Path(str(app.static_folder)) / FOLDER / name
        return url_for("static", filename=f"{FOLDER}/{name}", v=site.tag) if path.is_file() else ""

    @app.context_processor
    def context() -> dict[str, object]:
        return {"vendored": vendored}
