"""A project with one article, which states facts that can be added to Wikidata and many that may not."""

from collections.abc import Mapping
from pathlib import Path

import planted
from cstokg.build.wikidata import sssom

ITEMS = {
    "body:example-league": "Q6",
    "meeting:2031-05-14-example-council": "Q3",
    "outlet:example-wire": "Q4",
    "person:doe-jane": "Q1",
    "post:foreign-minister-exampleland": "Q2",
    "state:exampleland": "Q5",
}
NO_ITEM = ("person:roe-richard",)

_PREFIXES = """
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX attendance: <https://w3id.org/csto-kg/id/attendance/>
PREFIX basis: <https://w3id.org/csto-kg/id/concept/basis/>
PREFIX body: <https://w3id.org/csto-kg/id/body/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX claim: <https://w3id.org/csto-kg/id/claim/>
PREFIX conflict: <https://w3id.org/csto-kg/id/conflict/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX event: <https://w3id.org/csto-kg/id/event/>
PREFIX event-kind: <https://w3id.org/csto-kg/id/concept/event-kind/>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>
PREFIX membership: <https://w3id.org/csto-kg/id/membership/>
PREFIX modality: <https://w3id.org/csto-kg/id/concept/modality/>
PREFIX outlet: <https://w3id.org/csto-kg/id/outlet/>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX post: <https://w3id.org/csto-kg/id/post/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX span: <https://w3id.org/csto-kg/id/article/exampleville-2031/span/>
PREFIX state: <https://w3id.org/csto-kg/id/state/>
PREFIX statement: <https://w3id.org/csto-kg/id/statement/>
PREFIX tenure: <https://w3id.org/csto-kg/id/tenure/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
_REGISTER = """
person:doe-jane a ckg:Person ; skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru .
person:roe-richard a ckg:Person ; skos:prefLabel "Richard Roe"@en .
post:foreign-minister-exampleland a ckg:Post ; skos:prefLabel "Foreign Minister of Exampleland"@en .
state:exampleland a ckg:State ; skos:prefLabel "Exampleland"@en .
body:example-league a ckg:InternationalBody ; skos:prefLabel "Example League"@en .
outlet:example-wire a ckg:NewsOutlet ; skos:prefLabel "Example Wire"@en .
"""
ARTICLE = """
article:exampleville-2031
    a ckg:Article ;
    dcterms:publisher outlet:example-wire ;
    dcterms:language "en" ;
    dcterms:title "Ministers meet, “all of them”"@en ;
    ckg:address "https://wire.example/a|b"^^xsd:anyURI ;
    ckg:onDate "2031-05-15"^^xsd:date ;
.
"""
MEETING = """
meeting:2031-05-14-example-council
    a ckg:HeldMeeting ;
    ckg:onDate "2031-05-14"^^xsd:date ;
    ckg:hasTestimony [ ckg:evidence span:0-58 ; ckg:basis basis:stated ] ;
.
"""
ATTENDANCE = """
attendance:2031-05-14-example-council-doe-jane
    a ckg:Attendance ;
    ckg:atMeeting meeting:2031-05-14-example-council ;
    ckg:attendee person:doe-jane ;
    ckg:hasTestimony [ ckg:evidence span:60-142 ; ckg:basis basis:stated EXTRA] ;
.
"""
TENURE = """
tenure:doe-jane-foreign-minister-exampleland-2031
    a ckg:Tenure ;
    ckg:holder person:doe-jane ;
    ckg:tenurePost post:foreign-minister-exampleland ;
    ckg:hasTestimony [ ckg:evidence span:60-142 ; ckg:basis basis:stated EXTRA] OTHERS ;
.
"""
MEMBERSHIP = """
membership:exampleland-example-league-2031
    a ckg:Membership ;
    ckg:member state:exampleland ;
    ckg:membershipIn body:example-league ;
    ckg:hasTestimony [ ckg:evidence span:60-142 ; ckg:basis basis:stated EXTRA] ;
.
"""


def write(root: Path, *records: str, items: Mapping[str, str] = ITEMS) -> Path:
    """Write a project whose article has these records, given without prefixes, and return its folder."""
    planted.write(root)
    (root / "data" / "register" / "people.ttl").write_text(_PREFIXES + _REGISTER, encoding="utf-8")
    article = root / "data" / "articles" / "exampleville-2031.ttl"
    article.write_text(_PREFIXES + "".join(records), encoding="utf-8")
    described = "".join((_REGISTER, *records))
    rows = [_row(name, item) for name, item in items.items() if name in described]
    rows += [_row(name, "") for name in NO_ITEM]
    table = "\n".join(["\t".join(sssom.COLUMNS), *sorted(rows), ""])
    (root / sssom.PATH).write_text(table, encoding="utf-8")
    return root


def _row(name: str, item: str) -> str:
    cells = {
        "subject_id": name,
        "subject_label": name,
        "predicate_id": "skos:closeMatch" if name.startswith("state:") else "skos:exactMatch",
        "object_id": f"wd:{item}" if item else sssom.NO_ITEM,
        "object_label": name if item else "",
        "mapping_justification": "semapv:ManualMappingCuration",
        "author_label": "The editors",
        "mapping_date": "2031-05-20",
        "confidence": "0.9" if item else "",
        "comment": "A dataset has it." if item else "Nobody has found it.",
    }
    return "\t".join(cells[column] for column in sssom.COLUMNS)
