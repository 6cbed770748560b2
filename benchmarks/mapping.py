"""Count the lines of Turtle that a mapper wrote by hand, beside the bar: at most 40 for each ten sentences.

    python benchmarks/mapping.py SKELETON FINAL

SKELETON is an article's file as ``cstokg new-article`` wrote it, FINAL the same file when the article is
mapped. A line is by hand if the skeleton does not have it, marks apart. Prefixes do not count, because
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
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    skeleton, final = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    match = _SENTENCES.search(final)
    if match is None:
        print(f"{sys.argv[2]}: no ckg:sentenceStart, so this is no article.", file=sys.stderr)
        return 2
    sentences = len(match[1].split(","))
    by_hand = lines_by_hand(skeleton, final)
    per_ten = 10 * by_hand / sentences
    print(f"{by_hand} lines by hand for {sentences} sentences: {per_ten:.0f} for ten (bar: at most {BAR})")
    return 0 if per_ten <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
