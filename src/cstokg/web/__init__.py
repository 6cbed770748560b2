"""The web half: an endpoint and pages over one engine."""

from collections.abc import Sequence

from flask import Flask, Response

from cstokg.engine import Engine
from cstokg.questions import Question
from cstokg.web import headers, pages
from cstokg.web.sparql import Endpoint


def create_app(engine: Engine, questions: Sequence[Question] = ()) -> Flask:
    """The application that answers queries about an engine's data, and offers saved questions."""
    app = Flask(__name__)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.register_blueprint(pages.blueprint(engine, questions))

    @app.after_request
    def secure(response: Response) -> Response:
        headers.add_to(response)
        return response

    app.wsgi_app = Endpoint(engine, app.wsgi_app)  # type: ignore[method-assign]
    return app
