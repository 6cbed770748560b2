"""The Flask application: every page, and what they share."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, Response

from cstokg.article_text import ArticleTexts
from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web.reconciliation import reconciliation
from cstokg.web.serving import http, page_headers
from cstokg.web.site import EXTENSION, Site, add_to_templates
from cstokg.web.views import (
    citation_pages,
    entity_pages,
    explore,
    figure_pages,
    ontology_page,
    problem_pages,
    query_page,
    question_pages,
    search,
    site_pages,
    statement_pages,
)

# Each has a ``blueprint``.
_PAGES = (
    site_pages,
    entity_pages,
    citation_pages,
    question_pages,
    ontology_page,
    explore,
    figure_pages,
    statement_pages,
    search,
    reconciliation,
    problem_pages,
    query_page,
)


def create_app(
    engine: Engine,
    questions: Sequence[Question] = (),
    *,
    release: Release | None = None,
    articles: Path | None = None,
    settings: Serving | None = None,
) -> Flask:
    """Return the application that shows an engine's data to people.

    Args:
        engine: answers the queries.
        questions: the saved questions to offer.
        release: the release behind the engine, to cite and to download.
        articles: a folder with the articles' texts; passages are shown a sentence at a time.
        settings: how the site is served, for the page about limits.
    """
    site = Site(
        engine, questions, release, ArticleTexts(articles) if articles else None, settings or Serving()
    )
    app = Flask(__name__)
    app.extensions[EXTENSION] = site
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    page_headers.add_to(app, site)
    add_to_templates(app, site)
    for module in _PAGES:
        app.register_blueprint(module.blueprint)

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in http.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
