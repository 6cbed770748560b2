"""Programs for references read the files of footnotes: BibTeX, RIS and CSL-JSON."""

import calendar
import json

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from citeproc import (
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON
from werkzeug.test import Client

from cstokg import formats, namespaces
from cstokg.release import Release
from cstokg.web.content import citation_files
from cstokg.web.content.articles import Reference
from cstokg.web.content.citations import Citation as Footnote
from cstokg.web.content.periods import Period

# A thing of each kind that has evidence, and some things that have none.
STEPS = (
    "action/almaty-2018-agreements-confirmed",
    "agenda-item/dushanbe-2021-afghanistan",
    "article/almaty-2018",
    "article/almaty-2024",
    "article/almaty-2024/span/1179-1293",
    "article/minsk-2011",
    "article/moscow-2011",
    "attendance/2021-05-19-cfm-lavrov-sergey",
    "body/csto",
    "claim/almaty-2024-armenia-suspended",
    "concept/topic/afghanistan",
    "conflict/founding-year",
    "dataset",
    "document/csc-decisions-action-plan",
    "event/armenia-csto-2024",
    "meeting/2021-05-19-cfm",
    "membership/armenia-csto-2011",
    "person/lavrov-sergey",
    "record/almaty-2024-first-without-armenia",
    "rule/almaty-2018-csto-session",
    "statement/almaty-2018-lavrov-helicopters",
    "statement/dushanbe-2021-ayvazyan-border",
    "suspension/armenia-csto-2024",
    "suspension/armenia-csto-2024/testimony/almaty-2024/suspends/almaty-2024-pashinyan-suspension",
    "tenure/lavrov-sergey-foreign-minister-russia-2021",
)
# All that a file has to keep: letters that TeX, RIS and JSON read in their own way.
ODD = Reference(
    iri="https://example.org/article",
    label="Outlet on “things” & 100 % of {them}_",
    outlet="Outlet & Co. #1",
    credit="",
    authors=("https://example.org/person/writer-ann", "https://example.org/person/other"),
    names=("Ann Writer", "Ministry of X"),
    headline="Ту\\154: 5 % ~ ^ $ & co",
    day="2031-05-14",
    period=Period(),
    address="https://example.org/a_b?c=1&d=2%20",
    retrieved="2031-06-01",
    language="en",
)


def odd(matter: str = "Somebody, 2031") -> Footnote:
    """Return a footnote from an article with odd letters."""
    return Footnote(
        "statement-x", matter, ("A & B",), ODD, (), "", "Set, version 1", "https://example.org/x_y"
    )


@pytest.mark.parametrize("step", STEPS)
def test_bibtex_is_read(client: Client, step: str) -> None:
    """By bibtexparser: every entry, with its article and the record."""
    response = client.get(f"/cite/{step}.bib")
    assert response.content_type == f"{formats.BIBTEX}; charset=utf-8"
    library = parse_string(response.text)
    assert not library.failed_blocks
    assert len(library.entries) == response.text.count("@misc{") >= 1
    for entry in library.entries:
        fields = {name: field.value for name, field in entry.fields_dict.items()}
        assert fields["title"].startswith("{")
        assert namespaces.BASE in fields["note"].replace("\\", "")


@pytest.mark.parametrize("step", STEPS)
def test_ris_is_read(client: Client, step: str) -> None:
    """By rispy: every record, with nothing that it does not know."""
    response = client.get(f"/cite/{step}.ris")
    assert response.content_type == f"{formats.RIS}; charset=utf-8"
    read = rispy.loads(response.text)
    assert len(read) == response.text.count("TY  - ") >= 1
    for row in read:
        assert row["type_of_reference"] in ("NEWS", "DATA")
        assert row["title"]
        assert namespaces.BASE in row["notes"][0]
        assert "unknown_tag" not in row


@pytest.mark.parametrize("step", STEPS)
def test_csl_json_is_set_by_a_style(client: Client, step: str) -> None:
    """By citeproc-py, which puts outlet and day where the style wants them."""
    response = client.get(f"/cite/{step}.json")
    assert response.content_type == formats.CSL_JSON
    items = json.loads(response.data)
    shown = bibliography(items)
    assert len(shown) == len(items) >= 1
    assert all(item["title"] in line for item, line in zip(items, shown, strict=True))


def bibliography(items: list[dict[str, object]]) -> list[str]:
    """CSL-JSON as a style prints it."""
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    made = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        made.register(Citation([CitationItem(item["id"])]))
    return [str(line) for line in made.bibliography()]


def test_a_style_prints_author_outlet_and_day(client: Client) -> None:
    (tass,) = bibliography(json.loads(client.get("/cite/article/almaty-2024.json").data))
    assert "(2024)" in tass
    assert "TASS, 21 June" in tass
    (kharlamov,) = bibliography(json.loads(client.get("/cite/article/moscow-2011.json").data))
    assert kharlamov.startswith("Kharlamov, I. (2011) “CSTO Checking Positions – OpEd”, December")


def test_the_dataset_is_cited_with_publisher_and_day(client: Client, release: Release) -> None:
    year, month, day = release.date.split("-")
    (entry,) = parse_string(client.get("/cite/dataset.bib").text).entries
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert fields["author"] == "{The cstokg editors}"
    assert (fields["publisher"], fields["year"]) == ("The cstokg editors", year)
    assert (fields["month"], fields["day"]) == (calendar.month_abbr[int(month)].lower(), str(int(day)))
    (row,) = rispy.loads(client.get("/cite/dataset.ris").text)
    assert (row["publisher"], row["date"]) == ("The cstokg editors", f"{year}/{month}/{day}")
    (shown,) = bibliography(json.loads(client.get("/cite/dataset.json").data))
    assert shown.startswith(f"The cstokg editors ({year})")


def test_odd_letters_survive() -> None:
    """The programs give back what went in."""
    library = parse_string(citation_files.as_file([odd()], formats.BIBTEX))
    assert not library.failed_blocks
    fields = {name: field.value for name, field in library.entries[0].fields_dict.items()}
    assert fields["author"] == "Writer, Ann and {Ministry of X}"
    assert fields["url"] == ODD.address
    assert fields["howpublished"] == r"Outlet \& Co. \#1"
    assert fields["title"] == r"{Ту\textbackslash{}154: 5 \% \textasciitilde{} \textasciicircum{} \$ \& co}"
    assert (fields["year"], fields["month"], fields["day"]) == ("2031", "may", "14")
    (row,) = rispy.loads(citation_files.as_file([odd("Two\nlines")], formats.RIS))
    assert row["authors"] == ["Writer, Ann", "Ministry of X"]
    assert row["title"] == ODD.headline
    assert row["urls"] == [ODD.address]
    assert row["date"] == "2031/05/14"
    assert row["notes"][0].startswith("Two lines, reported via A & B")
    (item,) = json.loads(citation_files.as_file([odd()], formats.CSL_JSON))
    assert item["author"] == [{"family": "Writer", "given": "Ann"}, {"literal": "Ministry of X"}]
    assert item["issued"] == {"date-parts": [[2031, 5, 14]]}
    assert item["accessed"] == {"date-parts": [[2031, 6, 1]]}
    assert ODD.address in odd().text


def test_files_of_references_say_that_a_date_is_not_printed_in_full(client: Client) -> None:
    for suffix in formats.CITATION_FORMATS:
        assert "date not printed in full" in client.get(f"/cite/article/almaty-2024.{suffix}").text, suffix
        assert "not printed in full" not in client.get(f"/cite/article/dushanbe-2021.{suffix}").text, suffix


@pytest.mark.parametrize("step", STEPS)
def test_every_reference_has_an_address(client: Client, step: str) -> None:
    """That of the article, or of the record where the article's is not known."""
    iri = f"{namespaces.ID}{step}" if step != "dataset" else namespaces.DATASET
    library = parse_string(client.get(f"/cite/{step}.bib").text)
    assert {entry.fields_dict["url"].value for entry in library.entries} == {iri}
    assert all(row["urls"] == [iri] for row in rispy.loads(client.get(f"/cite/{step}.ris").text))
    assert {item["URL"] for item in json.loads(client.get(f"/cite/{step}.json").data)} == {iri}


def test_a_date_that_is_not_certain_is_given_in_words(client: Client) -> None:
    """A style would print “no date” otherwise."""
    (item,) = json.loads(client.get("/cite/meeting/2018-06-11-cfm.json").data)
    assert item["issued"] == {"literal": "11 June 2018 or later"}
    assert "11 June 2018 or later" in bibliography([item])[0]
    (entry,) = parse_string(client.get("/cite/meeting/2018-06-11-cfm.bib").text).entries
    assert "published 11 June 2018 or later" in entry.fields_dict["note"].value
    (item,) = json.loads(client.get("/cite/article/moscow-2011.json").data)
    assert item["issued"] == {"date-parts": [[2011, 12]]}
