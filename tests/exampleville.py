"""A project with one invented article, to cite, verify and measure."""

import hashlib
from pathlib import Path

from click.testing import CliRunner

from cstokg.cli.main import main

NAME = "exampleville-2031"
TEXT = (
    "Ministers meet in Exampleville\n"
    "The council met on\u00a0Monday – in the town hall.  Jane Doe’s chair stood empty. "
    "“We waited. Nobody called,” the mayor said.\n"
    "The council met again on Tuesday.\n"
    "Leave a comment"
)
STARTS = "0 , 31 , 78 , 108 , 120 , 152 , 186"
ENDS = "30 , 76 , 107 , 119 , 151 , 185 , 201"
TABLE = Path("data/articles/exampleville-2031.spans.tsv")
RECORD = Path("data/articles/exampleville-2031.ttl")

_TURTLE = """PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>
PREFIX span: <https://w3id.org/csto-kg/id/article/exampleville-2031/span/>

article:exampleville-2031
    a ckg:Article ;
    ckg:sha256 "{sha256}" ;
    ckg:sentenceStart {starts} ;
    ckg:sentenceEnd {ends} ;
{furniture}.
"""
_MEETING = """
meeting:{name}
    a ckg:HeldMeeting ;
    ckg:hasTestimony [ ckg:evidence span:{span} ] ;
.
"""


def write(folder: Path) -> tuple[Path, Path]:
    """Write a project whose article has a record and no span; return its root and the folder of its text."""
    root, articles = folder / "root", folder / "texts"
    for made in (root / "ontology", root / RECORD.parent, articles):
        made.mkdir(parents=True)
    (root / "ontology" / "ckg.ttl").write_text("# No term is needed here.\n", encoding="utf-8")
    (articles / "another.txt").write_bytes(b"\xff is no UTF-8, and nobody's text")
    (articles / "of any name").write_text(TEXT, encoding="utf-8", newline="")
    record(root)
    return root, articles


def record(
    root: Path,
    *,
    evidence: dict[str, str] | None = None,
    furniture: str = "",
    starts: str = STARTS,
    ends: str = ENDS,
) -> None:
    """Write the article's file, with its sentences, meetings that rest on spans, and a span of furniture."""
    line = f"    ckg:furniture span:{furniture} ;\n" if furniture else ""
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    turtle = _TURTLE.format(sha256=sha256, starts=starts, ends=ends, furniture=line)
    meetings = (_MEETING.format(name=name, span=span) for name, span in (evidence or {}).items())
    (root / RECORD).write_text(turtle + "".join(meetings), encoding="utf-8")


def run(*arguments: object, stdin: str = "") -> tuple[int, str]:
    """Run a command without the folder that the tester may have named; return its status and output."""
    nobody = {"CSTOKG_ARTICLES": None}
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, env=nobody)
    return result.exit_code, result.output
