"""Add the names of states to src/cstokg/web/reconciliation/unprinted_names.tsv, from ISO 3166-1 by pycountry.

    uv run --with pycountry python tools/unprinted_names.py

The other names in that file are written by hand, and stay.
"""

import csv
import gettext
from pathlib import Path

import pycountry

FILE = Path(__file__).parents[1] / "src/cstokg/web/reconciliation/unprinted_names.tsv"
LANGUAGES = ("en", "be", "cs", "de", "es", "fr", "it", "kk", "nl", "pl", "pt", "ru", "sr", "tr", "uk", "uz")
STATES = {
    "AFG": "afghanistan",
    "ARM": "armenia",
    "AZE": "azerbaijan",
    "BLR": "belarus",
    "GBR": "united-kingdom",
    "GEO": "georgia",
    "IRQ": "iraq",
    "KAZ": "kazakhstan",
    "KGZ": "kyrgyzstan",
    "RUS": "russia",
    "SYR": "syria",
    "TJK": "tajikistan",
    "USA": "united-states",
    "UZB": "uzbekistan",
}


def names(code: str) -> set[str]:
    """Return the names of a state, short and long, in each language, and its code of three letters."""
    country = pycountry.countries.get(alpha_3=code)
    english = {getattr(country, kind, "") for kind in ("name", "official_name", "common_name")} - {""}
    names_of_state = {code, *english}
    for language in LANGUAGES[1:]:
        translation = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language])
        names_of_state.update(map(translation.gettext, english))
    return names_of_state


def main() -> None:
    """Write the file anew, in the order of the ids and names."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = {(row["id"], row["name"]) for row in csv.DictReader(file, delimiter="\t")}
    rows.update((f"state/{state}", name) for code, state in STATES.items() for name in names(code))
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("id", "name"))
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main()
