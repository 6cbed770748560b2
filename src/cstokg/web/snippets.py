"""A query as a program: in the shell, Python, R and JavaScript, ready to be pasted and run."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from cstokg.engine import query_text

_ROWS = """\
const { results } = await response.json();
console.table(results.bindings.map((row) =>
  Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term.value]))));"""
_GRAPHS = ("CONSTRUCT", "DESCRIBE")
_ASK = "ASK"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program that asks a query.

    Attributes:
        language: its short name.
        label: for people.
        code: the program.
    """

    language: str
    label: str
    code: str


def write(sparql: str, endpoint: str) -> list[Snippet]:
    """Programs that ask a query of an endpoint, given by its full address."""
    query = sparql.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    form = query_text.read(query).form
    kind = "graph" if form in _GRAPHS else "boolean" if form == _ASK else "table"
    return [
        Snippet(language, label, code(query, endpoint, kind))
        for language, (label, code) in _LANGUAGES.items()
    ]


def _curl(query: str, endpoint: str, kind: str) -> str:
    accept = {"graph": "text/turtle", "boolean": "application/sparql-results+json", "table": "text/csv"}[kind]
    return f"""\
curl --silent --show-error --fail-with-body {_shell(endpoint)} \\
  --header 'Accept: {accept}' \\
  --data-urlencode {_shell(f"query={query}")}
"""


def _python(query: str, endpoint: str, kind: str) -> str:
    imports, name, read = {
        "graph": ("from rdflib import Graph", "turtle", "graph = Graph().parse(address)\nprint(len(graph))"),
        "boolean": (
            "import json\nfrom urllib.request import urlopen",
            "json",
            'answer = json.load(urlopen(address))["boolean"]\nprint(answer)',
        ),
        "table": ("import pandas", "csv", "table = pandas.read_csv(address)\nprint(table)"),
    }[kind]
    first = f"{imports}\n" if kind == "boolean" else ""
    then = "" if kind == "boolean" else f"\n{imports}\n"
    return f"""\
{first}from urllib.parse import urlencode
{then}
query = {_python_text(query)}
address = {json.dumps(endpoint)} + "?" + urlencode({{"query": query, "format": "{name}"}})
{read}
"""


def _r(query: str, endpoint: str, kind: str) -> str:
    name, read = {
        "graph": ("turtle", 'lines <- readLines(address)\ncat(lines, sep = "\\n")'),
        "boolean": ("json", "answer <- jsonlite::fromJSON(address)$boolean\nprint(answer)"),
        "table": ("csv", 'table <- read.csv(address, encoding = "UTF-8")\nprint(table)'),
    }[kind]
    return f"""\
query <- {_r_text(query)}
address <- paste0({json.dumps(f"{endpoint}?format={name}&query=")}, URLencode(query, reserved = TRUE))
{read}
"""


def _javascript(query: str, endpoint: str, kind: str) -> str:
    accept, read = {
        "graph": ("text/turtle", "console.log(await response.text());"),
        "boolean": ("application/sparql-results+json", "console.log((await response.json()).boolean);"),
        "table": (
            "application/sparql-results+json",
            _ROWS,
        ),
    }[kind]
    return f"""\
const query = {_javascript_text(query)};
const response = await fetch({json.dumps(endpoint)}, {{
  method: "POST",
  headers: {{ Accept: "{accept}" }},
  body: new URLSearchParams({{ query }}),
}});
if (!response.ok) throw new Error(await response.text());
{read}
"""


def _shell(text: str) -> str:
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


_LANGUAGES: MappingProxyType[str, tuple[str, Callable[[str, str, str], str]]] = MappingProxyType(
    {
        "curl": ("curl", _curl),
        "python": ("Python with pandas", _python),
        "r": ("R", _r),
        "javascript": ("JavaScript", _javascript),
    }
)
