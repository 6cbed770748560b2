"""Add the runs of the articles' texts to the list of hashes for the copy guard.

    python tests/copyguard/make.py --articles FOLDER

Whoever maps an article adds its runs; ``cstokg new-article`` does so too. The hashes do not give the
texts back.
"""

import argparse
from pathlib import Path

from cstokg.build.checks import copy_guard
from cstokg.build.checks.copy_guard import copied, hashes_of, literals, runs

__all__ = ["ALLOWED", "HASHES", "copied", "forbidden", "hashes_of", "literals", "main", "runs"]

ROOT = Path(__file__).parents[2]
HASHES = ROOT / copy_guard.HASHES
ALLOWED = ROOT / copy_guard.ALLOWED


def forbidden() -> frozenset[str]:
    """Return the hashes of the list, without those of the allowed names."""
    return copy_guard.forbidden(ROOT)


def main() -> None:
    """Add the hashes of the runs of all texts in a folder to the list; none is ever removed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--articles", required=True, metavar="FOLDER", help="the folder that holds the articles' texts"
    )
    folder: str = parser.parse_args().articles
    # Path("") is the current folder: from then on the guard would refuse the project's own files.
    if not folder or not Path(folder).is_dir():
        parser.error(
            f"--articles: '{folder}' is no folder; name that of the texts, or set CSTOKG_ARTICLES to it"
        )
    articles = Path(folder)
    copy_guard.add(
        HASHES, (path.read_text(encoding="utf-8") for path in sorted(articles.iterdir()) if path.is_file())
    )


if __name__ == "__main__":
    main()
