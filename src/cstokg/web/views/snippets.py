"""A query as a program in the languages of ``templates/snippets``, ready to be pasted and run."""

import json
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import jinja2

from cstokg.engine import query_text

_LABELS = MappingProxyType(
    {"curl": "curl", "python": "Python with pandas", "r": "R", "javascript": "JavaScript"}
)
_KINDS = MappingProxyType({"ASK": "boolean", "CONSTRUCT": "graph", "DESCRIBE": "graph"})
_FORMATS = MappingProxyType({"boolean": "json", "graph": "turtle", "table": "csv"})


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program that asks a query.

    Attributes:
        language: its short name, which is also that of its template.
        label: for people.
        code: the program.
    """

    language: str
    label: str
    code: str


def write(sparql: str, endpoint: str) -> list[Snippet]:
    """Return programs that send a query to an endpoint, given by its full address."""
    query = sparql.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    kind = _KINDS.get(query_text.read(query).form, "table")
    values = {"query": query, "endpoint": endpoint, "kind": kind, "format": _FORMATS[kind]}
    return [
        Snippet(language, label, _templates().get_template(f"{language}.jinja").render(values))
        for language, label in _LABELS.items()
    ]


@cache
def _templates() -> jinja2.Environment:
    """Return the templates, which write programs, so nothing is escaped as HTML."""
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("cstokg.web", "templates/snippets"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        javascript_text=_javascript_text,
        json_text=json.dumps,
        python_text=_python_text,
        r_text=_r_text,
        shell_text=_shell_text,
    )
    return environment


def _shell_text(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _python_text(text: str) -> str:
    if '"""' in text or "\0" in text:
        return repr(text)
    return f'r"""\n{text}\n"""'


def _r_text(text: str) -> str:
    return f'r"---(\n{text}\n)---"' if ')---"' not in text else json.dumps(text, ensure_ascii=False)


def _javascript_text(text: str) -> str:
    if "`" in text or "${" in text or "\\" in text:
        return json.dumps(text, ensure_ascii=False)
    return f"`\n{text}\n`"
