"""The web half: an endpoint and pages over one engine."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, Response

from cstokg.engine import Engine
from cstokg.manifest import Release
from cstokg.questions import Question
from cstokg.web import (
    about,
    caching,
    conflicts,
    context,
    editor,
    entities,
    explore,
    figures,
    front,
    headers,
    hints,
    ontology,
    pages,
    search,
    stack,
    statements,
    vendored,
)
from cstokg.web import questions as question_pages
from cstokg.web.monitoring import Watch
from cstokg.web.site import Site
from cstokg.web.suggestions import Suggestions
from cstokg.web.texts import Texts


def create_app(
    engine: Engine,
    questions: Sequence[Question] = (),
    *,
    release: Release | None = None,
    articles: Path | None = None,
    watch: Watch | None = None,
) -> Flask:
    """The application that answers queries about an engine's data, and shows them to people.

    Args:
        engine: answers the queries.
        questions: the saved questions to offer.
        release: the release behind the engine, to cite and to download.
        articles: a folder with the articles' texts; passages are shown a sentence at a time.
        watch: how to serve, and what is remembered of it when a new release takes over.
    """
    site = Site(engine, questions, release, Texts(articles) if articles else None)
    app = Flask(__name__)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    caching.add_to(app, site)
    context.add_to(app, site)
    vendored.add_to(app, site)
    for module in (about, front, entities, question_pages, ontology, explore, editor):
        app.register_blueprint(module.blueprint(site))
    for module in (figures, statements, search, conflicts):
        app.register_blueprint(module.blueprint(site))
    suggestions = Suggestions(engine)
    app.register_blueprint(pages.blueprint(engine, questions, suggestions))
    app.register_blueprint(hints.blueprint(suggestions))

    @app.after_request
    def secure(response: Response) -> Response:
        headers.add_to(response)
        return response

    stack.mount(app, engine, watch)
    return app
