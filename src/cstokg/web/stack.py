"""The layers of WSGI callables around the pages, from the outside in.

A trusted proxy's headers, the monitor, the SPARQL protocol, the graph store, the pages.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from cstokg.engine import Engine
from cstokg.web import help_pages, status
from cstokg.web.answering import Answering
from cstokg.web.conduct import Conduct
from cstokg.web.graphstore import GraphStore
from cstokg.web.monitoring import Monitor, Watch
from cstokg.web.sparql import Endpoint


def mount(app: Flask, engine: Engine, watch: Watch | None = None) -> None:
    """Put the layers around an application, and the pages of problems and limits into it."""
    watch = watch or Watch(Conduct())
    conduct = watch.conduct
    answers = Answering(engine, conduct.cache_bytes)
    app.register_blueprint(help_pages.blueprint(engine, conduct))
    help_pages.handle_errors(app)
    layered = Endpoint(answers, GraphStore(answers, app.wsgi_app))
    layered_app = Monitor(layered, status.State(answers, watch.metrics), watch)
    count = conduct.proxies
    outermost = (
        ProxyFix(layered_app, x_for=count, x_proto=count, x_host=count, x_prefix=count)
        if count
        else layered_app
    )
    app.wsgi_app = outermost  # type: ignore[method-assign]
