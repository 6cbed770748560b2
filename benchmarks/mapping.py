"""Count the lines of Turtle that a mapper wrote by hand, beside the bar: at most 40 for each ten sentences.

    python benchmarks/mapping.py WRITTEN FINAL [LINES]

WRITTEN is an article's file as ``cstokg new-article`` and ``cstokg add`` wrote it, FINAL the same file when
the article is mapped, LINES what ``cstokg add`` was given. A line is by hand if the tools did not write it,
with or without a # in front; those of LINES are by hand too. Prefixes do not count, because
``cstokg check --fix`` writes them.
"""

import re
import sys
from collections import Counter
from pathlib import Path

BAR = 40
_MARKED = re.compile(r"^#(?=[a-z-]+:|    [A-Za-z\]]|        |\.$)")
_SENTENCES = re.compile(r"ckg:sentenceStart ([^;]*);")


def lines_by_hand(skeleton: str, final: str) -> int:
    """Return how many lines of the final file are not in the skeleton, each as often as it stands there."""
    given = Counter(_MARKED.sub("", line).strip() for line in skeleton.splitlines())
    written = Counter(line.strip() for line in final.splitlines())
    more = written - given
    return sum(number for line, number in more.items() if line and not line.startswith(("PREFIX ", "#")))


def main() -> int:
    """Print the count and the bar; return 0 if it is met."""
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    skeleton, final, *short = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    match = _SENTENCES.search(final)
    if match is None:
        print(f"{sys.argv[2]}: no ckg:sentenceStart, so this is no article.", file=sys.stderr)
        return 2
    sentences = len(match[1].split(","))
    by_hand = lines_by_hand(skeleton, final)
    by_hand += sum(1 for text in short for line in text.splitlines() if line.strip()[:1] not in ("", "#"))
    per_ten = 10 * by_hand / sentences
    print(f"{by_hand} lines by hand for {sentences} sentences: {per_ten:.0f} for ten (bar: at most {BAR})")
    return 0 if per_ten <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
