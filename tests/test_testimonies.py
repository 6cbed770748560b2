"""Testimonies get IRIs, say what they support, and give their subject its bounds, wherever they stand."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import RDF, Literal, Namespace, URIRef

from cstokg import namespaces
from cstokg.build.sources import Position, SourceError, Sources, read
from cstokg.build.written_testimonies import BOUNDS, SUPPORTS, TESTIMONY

CKG = Namespace(namespaces.CKG)
TENURE = URIRef(f"{namespaces.ID}tenure/doe-jane")
ONE, TWO = "exampleville-2031", "otherville-2031"
HEAD = """\
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX basis: <https://w3id.org/csto-kg/id/concept/basis/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX post: <https://w3id.org/csto-kg/id/post/>
PREFIX span: <https://w3id.org/csto-kg/id/article/{article}/span/>
PREFIX statement: <https://w3id.org/csto-kg/id/statement/>
PREFIX tenure: <https://w3id.org/csto-kg/id/tenure/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
DESCRIPTION = """
tenure:doe-jane
    a ckg:Tenure ;
    ckg:holder person:doe-jane ;
    ckg:acting true ;
    ckg:hasTestimony [
        ckg:startNotAfter "2031-05-14"^^xsd:date ;
        ckg:endNotBefore "2031-05-14"^^xsd:date ;
        ckg:evidence span:0-58 ;
        ckg:basis basis:stated ;
    ] , [
        ckg:supports ckg:acting ;
        ckg:evidence span:60-70 ;
        ckg:basis basis:implied ;
    ] ;
.
"""
SECOND = """
tenure:doe-jane
    ckg:hasTestimony [
        ckg:startNotAfter "2031-01-31"^^xsd:date ;
        ckg:evidence span:3-9 ;
        ckg:basis basis:implied ;
    ] ;
.
"""

Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Writes articles by name; returns the root."""

    def write(**articles: str) -> Path:
        (tmp_path / "ontology").mkdir()
        (tmp_path / "ontology" / "ckg.ttl").write_text("# empty")
        folder = tmp_path / "data" / "articles"
        folder.mkdir(parents=True)
        for name, body in {ONE: articles.get("one", ""), TWO: articles.get("two", "")}.items():
            (folder / f"{name}.ttl").write_text(HEAD.format(article=name) + body, encoding="utf-8")
            (folder / f"{name}.spans.tsv").write_text("start\tend\tsha256\n")
        return tmp_path

    return write


def supported(sources: Sources, testimony: str) -> set[str]:
    """Return the local names of what a testimony on the tenure supports."""
    subject = URIRef(f"{TENURE}/testimony/{testimony}")
    return {
        str(node).replace("#", "/").rpartition("/")[2]
        for (s, p, node) in sources.triples
        if s == subject and p == SUPPORTS
    }


def bounds(sources: Sources) -> dict[str, str]:
    """Return the bounds of the tenure itself."""
    return {
        str(p).rpartition("#")[2]: str(node)
        for (s, p, node) in sources.triples
        if s == TENURE and p in BOUNDS
    }


def test_each_testimony_has_an_iri_below_its_subject(project: Project) -> None:
    sources = read(project(one=DESCRIPTION, two=SECOND))
    iris = {str(s).removeprefix(f"{TENURE}/testimony/") for s, p, o in sources.triples if o == TESTIMONY}
    assert iris == {ONE, f"{ONE}/acting", TWO}
    assert all(namespaces.is_well_formed(str(s)) for s, _, _ in sources.triples)


def test_testimony_supports_what_no_other_of_its_article_names(project: Project) -> None:
    sources = read(project(one=DESCRIPTION, two=SECOND))
    assert supported(sources, ONE) == {"type", "holder"}
    assert supported(sources, f"{ONE}/acting") == {"acting"}


def test_second_article_supports_the_description_of_the_first(project: Project, tmp_path: Path) -> None:
    """Unless it says which part of it."""
    sources = read(project(one=DESCRIPTION, two=SECOND))
    assert supported(sources, TWO) == {"type", "holder", "acting"}
    less = SECOND.replace("[", "[ ckg:supports ckg:holder ;")
    (tmp_path / "data" / "articles" / f"{TWO}.ttl").write_text(HEAD.format(article=TWO) + less)
    assert supported(read(tmp_path), f"{TWO}/holder") == {"holder"}


def test_bounds_are_the_narrowest_of_all_testimonies(project: Project) -> None:
    sources = read(project(one=DESCRIPTION, two=SECOND))
    assert bounds(sources) == {"startNotAfter": "2031-01-31", "endNotBefore": "2031-05-14"}
    at = sources.triples[(TENURE, CKG.startNotAfter, Literal("2031-01-31", datatype=XSD_DATE))]
    assert at.path == f"data/articles/{TWO}.ttl"


XSD_DATE = URIRef(f"{namespaces.PREFIXES['xsd']}date")


def test_order_of_the_articles_does_not_matter(project: Project) -> None:
    sources = read(project(one=SECOND, two=DESCRIPTION))
    assert bounds(sources) == {"startNotAfter": "2031-01-31", "endNotBefore": "2031-05-14"}
    assert supported(sources, ONE) == {"type", "holder", "acting"}


def test_testimonies_on_several_words_of_speakers_are_told_apart(project: Project) -> None:
    body = DESCRIPTION.replace(
        "    ] , [", "    ] , [ ckg:accordingTo statement:doe ; ckg:evidence span:0-5 ] , ["
    )
    sources = read(project(one=body))
    assert supported(sources, f"{ONE}/doe") == {"type", "holder"}


def test_word_of_a_speaker_takes_nothing_from_the_article(project: Project) -> None:
    body = DESCRIPTION.replace(
        "ckg:supports ckg:acting ;", "ckg:supports ckg:acting , ckg:holder ; ckg:accordingTo statement:doe ;"
    )
    sources = read(project(one=body))
    assert supported(sources, ONE) == {"type", "holder", "acting"}


def test_word_of_a_speaker_supports_nothing_that_the_article_supports_apart(project: Project) -> None:
    body = DESCRIPTION.replace("[", "[ ckg:accordingTo statement:doe ;", 1)
    assert supported(read(project(one=body)), f"{ONE}/doe") == {"type", "holder"}


def test_printed_name_beside_all_the_rest_supports_it_too(project: Project) -> None:
    body = DESCRIPTION.replace("[", '[ ckg:printedAs "Minister Doe"@en ;', 1)
    sources = read(project(one=body))
    assert supported(sources, f"{ONE}/printedAs") == {"type", "holder"}


def test_two_testimonies_from_the_same_words_are_refused(project: Project) -> None:
    body = DESCRIPTION.replace("    ] , [", "    ] , [ ckg:evidence span:0-58 ] , [")
    with pytest.raises(
        SourceError, match=rf"{ONE}\.ttl:\d+: testimonies on the same thing from the same words"
    ):
        read(project(one=body))


def test_brackets_stand_nowhere_else(project: Project) -> None:
    body = DESCRIPTION.replace("ckg:holder person:doe-jane", "ckg:holder [ ckg:acting true ]")
    with pytest.raises(SourceError, match="brackets stand after ckg:hasTestimony only"):
        read(project(one=body))


def test_printed_names_support_nothing_else(project: Project) -> None:
    body = """
tenure:doe-jane
    ckg:hasTestimony [ ckg:printedAs "Doe"@en ; ckg:evidence span:0-5 ; ckg:basis basis:stated ] ;
.
"""
    sources = read(project(one=DESCRIPTION + body.replace("tenure:doe-jane", "person:doe-jane")))
    subject = URIRef(f"{namespaces.ID}person/doe-jane/testimony/{ONE}/printedAs")
    assert (subject, RDF.type, TESTIMONY) in sources.triples
    assert not [triple for triple in sources.triples if triple[:2] == (subject, SUPPORTS)]
    assert isinstance(sources.subjects[subject], Position)
