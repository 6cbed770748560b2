"""Lines of the sources that programs write: prefixes, sentences, and the dataset's list of articles."""

import re
from collections.abc import Iterable
from pathlib import Path

from cstokg import article_text, namespaces, project_files
from cstokg.build import spans

DATASET = Path("data") / "dataset.ttl"
_PREFIX = re.compile(r"PREFIX ([\w-]*): <([^>]*)>\n")
_SOURCE = re.compile(r"(?m)^(    prov:wasDerivedFrom )([^;]*?)( ;)$")


def with_prefixes(text: str, article: str = "") -> str:
    """Return a file with the prefixes that it uses at its top: ours first, both groups in order.

    A prefix of another name or namespace is kept. A file with prefixes in other places stays as it is.
    """
    declared = {match[1]: match[2] for match in _PREFIX.finditer(text)}
    first = _PREFIX.search(text)
    head = text[: first.start()] if first else "".join(re.findall(r"\A(?:#[^\n]*\n|\n)*", text))
    rest = text[len(head) :]
    block = re.match(r"(?:PREFIX [^\n]*\n|\n)*", rest)
    body = rest[block.end() :] if block else rest
    if _PREFIX.search(body) or re.search(r"(?im)^\s*@?prefix", body):
        return text
    ours_and_reused = spans.prefixes(article) if article else dict(namespaces.PREFIXES)
    names = ours_and_reused | declared
    used = [name for name in names if re.search(rf"(?<![\w:/-]){re.escape(name)}:(?=[\w…«-])", _code(body))]
    ours = sorted(name for name in used if names[name].startswith(namespaces.BASE))
    others = sorted(set(used) - set(ours))
    groups = [
        "".join(f"PREFIX {name}: <{names[name]}>\n" for name in group) for group in (ours, others) if group
    ]
    lead = head.rstrip("\n")
    return (f"{lead}\n\n" if lead else "") + "\n".join(groups) + ("\n" if groups else "") + body


def _code(body: str) -> str:
    """Return the text without its literals, where a word before a colon is not a prefix."""
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', body)


def list_in_dataset(root: Path, name: str) -> bool:
    """Add an article to ``prov:wasDerivedFrom`` of the dataset, in order; return whether it was possible."""
    try:
        text = project_files.read_text(root, DATASET)
    except FileNotFoundError:
        return False
    match = _SOURCE.search(text)
    if not match:
        return False
    listed = sorted({*re.split(r"\s*,\s*", match[2].strip()), f"article:{name}"})
    text = text[: match.start()] + match[1] + " , ".join(listed) + match[3] + text[match.end() :]
    (root / DATASET).write_text(text, encoding="utf-8", newline="\n")
    return True


def sentence_lines(sentences: Iterable[article_text.Range]) -> list[str]:
    """Return the two predicates that say where the sentences begin and end, with their values."""
    ranges = list(sentences)
    starts = " , ".join(str(start) for start, _ in ranges)
    ends = " , ".join(str(end) for _, end in ranges)
    return [f"ckg:sentenceStart {starts}", f"ckg:sentenceEnd {ends}"]
