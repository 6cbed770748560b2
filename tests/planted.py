"""A project small enough to build in a second, with one of everything that a release contains."""

from pathlib import Path

_FILES = {
    "ontology/ckg.ttl": """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

ckg:Meeting a owl:Class ; rdfs:label "meeting"@en .
ckg:Person a owl:Class ; rdfs:label "person"@en .
ckg:Article a owl:Class .
ckg:EvidenceSpan a owl:Class .
ckg:attended a owl:ObjectProperty ; owl:propertyChainAxiom ( ckg:hasAttendance ckg:atMeeting ) .
ckg:attendee a owl:ObjectProperty ; owl:inverseOf ckg:hasAttendance .
ckg:atMeeting a owl:ObjectProperty .
ckg:hasAttendance a owl:ObjectProperty .
[] a owl:AllDisjointClasses ; owl:members ( ckg:Meeting ckg:Person ) .
""",
    "ontology/shapes.ttl": """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX shape: <https://w3id.org/csto-kg/shapes#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

shape:Person
    a sh:NodeShape ;
    sh:targetClass ckg:Person ;
    sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:message "Give the person a name."@en ] ;
    sh:property [
        sh:path dcterms:description ; sh:maxCount 0 ; sh:severity sh:Warning ; sh:message "Look again."@en
    ] ;
.
""",
    "data/dataset.ttl": """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

<https://w3id.org/csto-kg/id/dataset>
    a dcat:Dataset ;
    dcterms:modified "2031-05-15"^^xsd:date ;
    dcat:version "0.1.0" ;
.
""",
    "data/register/people.ttl": """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

person:doe-jane
    a ckg:Person ;
    skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;
.
""",
    "data/articles/exampleville-2031.ttl": """
PREFIX article: <https://w3id.org/csto-kg/id/article/>
PREFIX attendance: <https://w3id.org/csto-kg/id/attendance/>
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX span: <https://w3id.org/csto-kg/id/article/exampleville-2031/span/>

article:exampleville-2031
    a ckg:Article ;
.

meeting:2031-05-14-example-council
    a ckg:Meeting ;
    ckg:evidence span:0-58 ;
.

attendance:2031-05-14-example-council-doe-jane
    ckg:atMeeting meeting:2031-05-14-example-council ;
    ckg:attendee person:doe-jane ;
    ckg:evidence span:60-142 ;
.
""",
    "data/articles/exampleville-2031.spans.tsv": (
        f"start\tend\tsha256\n0\t58\t{'2c' * 32}\n60\t142\t{'fc' * 32}\n"
    ),
    "queries/attended.rq": """#+ question: Who attended a meeting?
#+ answer: One row per person.
#+ tags: meetings
#+ parameter: meeting ckg:Meeting The meeting asked about.

PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX meeting: <https://w3id.org/csto-kg/id/meeting/>

SELECT ?person
WHERE {
    VALUES ?meeting { meeting:2031-05-14-example-council }
    ?person ckg:attended ?meeting .
}
ORDER BY ?person
""",
}


def write(root: Path) -> Path:
    """Write the project's files into a folder, and return it."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8", newline="")
    return root


def change(root: Path, name: str, old: str, new: str) -> None:
    """Replace a part of one file, which must have it."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8", newline="")
