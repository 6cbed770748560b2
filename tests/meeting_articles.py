"""A project of two invented articles on one meeting, and any number of articles made of their sentences.

The second states what the first implies, has another bound and another spelling, names one more who
attended, and gives another day of the meeting.
"""

import hashlib
import random
import re
import shutil
from pathlib import Path

from cstokg import article_text, namespaces
from cstokg.build import spans
from cstokg.build.sources import read
from cstokg.build.spans import Span
from cstokg.build.wikidata import wikidata_links

ROOT = Path(__file__).parents[1]
FIRST, SECOND = "exampleville-2031", "samplepost-2031"
MEETING = f"{namespaces.ID}meeting/2031-05-14-example-council"
ATTENDANCE = f"{namespaces.ID}attendance/2031-05-14-example-council-doe-jane"
NEW_ATTENDANCE = f"{namespaces.ID}attendance/2031-05-14-example-council-roe-richard"
TENURE = f"{namespaces.ID}tenure/doe-jane-foreign-minister-exampleland-2031"

# Each sentence of an article, with what it says of which thing: testimonies, as Turtle.
SENTENCES = {
    FIRST: (
        "The Example Council met in Exampleville on 14 May 2031.",
        "“We agreed on nothing,” Foreign Minister Jane Doe of Exampleland told the council.",
        "Doe said that the trade agreement needs another look before the autumn.",
    ),
    SECOND: (
        "Ministers of the Example Council sat in Exampleville on 13 May 2031.",
        "Jayne Doe, foreign minister of Exampleland since January 2031, was in the room.",
        "So was Richard Roe, foreign minister of Norland.",
    ),
}
_BODIES = {
    FIRST: """
meeting:2031-05-14-example-council
    a ckg:HeldMeeting ;
    skos:prefLabel "Example Council, Exampleville, 14 May 2031"@en , "Примерный совет, 14 мая 2031 года"@ru ;
    ckg:meetingOf organ:example-council ;
    ckg:onDate "2031-05-14"^^xsd:date ;
    ckg:heldIn place:exampleville ;
    ckg:hasTestimony [
        ckg:modality modality:reported-fact ;
        ckg:evidence span:«The Example Council met … 14 May 2031» ;
        ckg:basis basis:stated ;
    ] ;
.

# The council can only be told something by somebody who is there.
attendance:2031-05-14-example-council-doe-jane
    a ckg:Attendance ;
    ckg:atMeeting meeting:2031-05-14-example-council ;
    ckg:attendee person:doe-jane ;
    ckg:inCapacityOf post:foreign-minister-exampleland ;
    ckg:hasTestimony [
        ckg:evidence span:«“We agreed … told the council» ;
        ckg:basis basis:implied ;
    ] ;
.

statement:exampleville-2031-doe-jane-review
    a ckg:Statement ;
    dcterms:type statement-form:indirect ;
    ckg:speaker person:doe-jane ;
    ckg:inCapacityOf post:foreign-minister-exampleland ;
    ckg:topic topic:foreign-policy-coordination ;
    ckg:paraphrase "Doe wants the agreement on trade to be looked at again soon."@en ;
    ckg:hasTestimony [
        ckg:modality modality:call ;
        ckg:evidence span:«Doe said … the autumn» ;
        ckg:basis basis:stated ;
    ] ;
.

tenure:doe-jane-foreign-minister-exampleland-2031
    a ckg:Tenure ;
    ckg:holder person:doe-jane ;
    ckg:tenurePost post:foreign-minister-exampleland ;
    ckg:hasTestimony [
        ckg:startNotAfter "2031-05-14"^^xsd:date ;
        ckg:endNotBefore "2031-05-14"^^xsd:date ;
        ckg:evidence span:«The Example Council met … 14 May 2031» , span:«Foreign Minister Jane Doe» ;
        ckg:basis basis:stated ;
    ] ;
.
""",
    SECOND: """
meeting:2031-05-14-example-council
    ckg:hasTestimony [
        ckg:supports rdf:type , ckg:meetingOf , ckg:heldIn ;
        ckg:modality modality:reported-fact ;
        ckg:evidence span:«Ministers of the Example Council sat in Exampleville» ;
        ckg:basis basis:stated ;
    ] ;
.

attendance:2031-05-14-example-council-doe-jane
    ckg:hasTestimony [
        ckg:evidence span:«Jayne Doe … in the room» ;
        ckg:basis basis:stated ;
    ] ;
.

attendance:2031-05-14-example-council-roe-richard
    a ckg:Attendance ;
    ckg:atMeeting meeting:2031-05-14-example-council ;
    ckg:attendee person:roe-richard ;
    ckg:inCapacityOf post:foreign-minister-norland ;
    ckg:hasTestimony [
        ckg:evidence span:«So was Richard Roe … Norland» ;
        ckg:basis basis:stated ;
    ] ;
.

tenure:doe-jane-foreign-minister-exampleland-2031
    ckg:hasTestimony [
        ckg:startNotBefore "2031-01-01"^^xsd:date ;
        ckg:startNotAfter "2031-01-31"^^xsd:date ;
        ckg:evidence span:«Jayne Doe … January 2031» ;
        ckg:basis basis:stated ;
    ] ;
.

tenure:roe-richard-foreign-minister-norland-2031
    a ckg:Tenure ;
    ckg:holder person:roe-richard ;
    ckg:tenurePost post:foreign-minister-norland ;
    ckg:hasTestimony [
        ckg:startNotAfter "2031-05-13"^^xsd:date ;
        ckg:endNotBefore "2031-05-13"^^xsd:date ;
        ckg:evidence span:«on 13 May 2031» , span:«So was Richard Roe … Norland» ;
        ckg:basis basis:stated ;
    ] ;
.

person:doe-jane
    ckg:hasTestimony [
        ckg:printedAs "Jayne Doe"@en ;
        ckg:evidence span:«Jayne Doe» ;
        ckg:basis basis:stated ;
    ] ;
.
""",
}
CONTRADICTION = """
meeting:2031-05-14-example-council
    ckg:onDate "2031-05-13"^^xsd:date ;
    ckg:hasTestimony [
        ckg:supports ckg:onDate ;
        ckg:evidence span:«on 13 May 2031» ;
        ckg:basis basis:stated ;
    ] ;
.
"""
_ARTICLE = """
article:{name}
    a ckg:Article ;
    skos:prefLabel "{title}"@en , "Заметка «{name}»"@ru ;
    dcterms:identifier "{name}" ;
    dcterms:language "en" ;
    dcterms:publisher outlet:example-wire ;
    dcterms:type genre:report ;
    ckg:onDate "2031-05-15"^^xsd:date ;
    ckg:sha256 "{sha256}" ;
    ckg:sentenceStart {starts} ;
    ckg:sentenceEnd {ends} ;
    ckg:hasTestimony [
        ckg:supports ckg:onDate , dcterms:publisher , dcterms:type ;
        ckg:basis basis:background ;
        skos:editorialNote "Known from the page."@en ;
    ] ;
.
"""
_REGISTER = """
body:example-union
    a ckg:InternationalBody ;
    skos:prefLabel "Example Union"@en , "Примерный союз"@ru ;
.

organ:example-council
    a ckg:Organ ;
    skos:prefLabel "Example Council"@en , "Примерный совет"@ru ;
    ckg:organOf body:example-union ;
.

outlet:example-wire
    a ckg:NewsOutlet ;
    skos:prefLabel "Example Wire"@en , "Примерное агентство"@ru ;
.

person:doe-jane
    a ckg:Person ;
    skos:prefLabel "Jane Doe"@en , "Джейн Доу"@ru ;
.

person:roe-richard
    a ckg:Person ;
    skos:prefLabel "Richard Roe"@en , "Ричард Роу"@ru ;
.

place:exampleville
    a ckg:Place ;
    dcterms:type place-kind:city ;
    skos:prefLabel "Exampleville"@en , "Примерск"@ru ;
    ckg:inState state:exampleland ;
    ckg:latitude 50.1 ;
    ckg:longitude 30.2 ;
.

post:foreign-minister-exampleland
    a ckg:Post ;
    skos:prefLabel "Foreign Minister of Exampleland"@en , "Министр иностранных дел Экземплярии"@ru ;
    ckg:postRole role:foreign-minister ;
    ckg:postIn state:exampleland ;
.

post:foreign-minister-norland
    a ckg:Post ;
    skos:prefLabel "Foreign Minister of Norland"@en , "Министр иностранных дел Норландии"@ru ;
    ckg:postRole role:foreign-minister ;
    ckg:postIn state:norland ;
.

state:exampleland
    a ckg:State ;
    skos:prefLabel "Exampleland"@en , "Экземплярия"@ru ;
.

state:norland
    a ckg:State ;
    skos:prefLabel "Norland"@en , "Норландия"@ru ;
.
"""
_DATASET = """
<https://w3id.org/csto-kg/id/dataset>
    a void:Dataset , dcat:Dataset ;
    dcterms:title "Invented"@en , "Вымышленное"@ru ;
    dcterms:modified "2031-05-20"^^xsd:date ;
    dcat:version "0.2.0" ;
    prov:wasDerivedFrom {articles} ;
    void:uriSpace "https://w3id.org/csto-kg/id/" ;
.

group:editors
    a foaf:Group ;
    rdfs:label "Editors"@en , "Редакция"@ru ;
.
"""


def text_of(name: str) -> str:
    """Return the text of an article: its sentences, each on a line."""
    return "\n".join(SENTENCES[name]) + "\n"


def body(name: str) -> str:
    """Return what the file of an article says, without its prefixes and its record of the article."""
    return _BODIES[name]


def write(folder: Path, *names: str) -> tuple[Path, Path]:
    """Write a project with these of the two articles; return its root and the folder of the texts."""
    root, texts = folder / "root", folder / "texts"
    shutil.copytree(ROOT / "ontology", root / "ontology")
    texts.mkdir()
    turtle(root, "data/register/all.ttl", _REGISTER)
    (root / "data" / "articles").mkdir()
    for name in names:
        add(root, texts, name, text_of(name), _BODIES[name])
    return root, texts


def add(root: Path, texts: Path, name: str, text: str, body: str) -> None:
    """Write an article's text, file and table of spans; ``span:«words»`` in the body becomes a span."""
    (texts / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    ranges = list(article_text.split_sentences(text))
    article = _ARTICLE.format(
        name=name,
        title=f"Article {name}",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        starts=" , ".join(str(start) for start, _ in ranges),
        ends=" , ".join(str(end) for _, end in ranges),
    )
    cited: list[Span] = []

    def cite(match: re.Match[str]) -> str:
        start, end = spans.locate(text, match[1])
        cited.append(Span(start, end, article_text.digest(text[start:end])))
        return f"span:{start}-{end}"

    turtle(root, spans.record_path(name).as_posix(), article + re.sub(r"span:«([^»]+)»", cite, body), name)
    spans.write(root, name, cited)
    list_articles(root)


def list_articles(root: Path) -> None:
    """Write the dataset with the articles that are there."""
    names = sorted(path.stem for path in (root / "data" / "articles").glob("*.ttl"))
    turtle(
        root,
        "data/dataset.ttl",
        _DATASET.format(articles=" , ".join(f"article:{name}" for name in names)),
    )


def turtle(root: Path, path: str, body: str, article: str = "") -> None:
    """Write a Turtle file, with the prefixes that it uses."""
    prefixes = spans.prefixes(article) if article else namespaces.PREFIXES
    used = {name: iri for name, iri in prefixes.items() if re.search(rf"(?<![\w-]){name}:(?!/)", body)}
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in used.items())
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(head + body, encoding="utf-8", newline="\n")


def link(root: Path) -> None:
    """Write the table of links to Wikidata: a row without an item for each that needs one."""
    data = read(root).data()
    head = "\n".join(
        line
        for line in (ROOT / "data" / "wikidata.sssom.tsv").read_text(encoding="utf-8").splitlines()
        if line.startswith(("#", "subject_id"))
    )
    rows = [
        wikidata_links.row(entity, data, "2031-05-20") for entity in wikidata_links.without_row(data, set())
    ]
    (root / "data" / "wikidata.sssom.tsv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")


def shuffled(seed: int) -> tuple[str, str, str]:
    """Return the name, the text and the body of an article made of sentences of the two, in another order.

    What the sentences say of a thing becomes a testimony on it, which supports what the sentence supports.
    """
    choice = random.Random(seed)  # noqa: S311 - the same articles in each run
    sentences = [*SENTENCES[FIRST], *SENTENCES[SECOND]]
    chosen = choice.sample(sentences, choice.randint(3, len(sentences)))
    name = f"shuffled-{seed}"
    return name, "\n".join(chosen) + "\n", "".join(_testimonies(sentence) for sentence in chosen)


def _testimonies(sentence: str) -> str:
    """Return what the files of the two articles say from one sentence, without the descriptions."""
    blocks = []
    for article, sentences in SENTENCES.items():
        if sentence not in sentences:
            continue
        for block in re.split(r"\n\.\n", _BODIES[article]):
            for testimony in re.findall(r"\[\n(.*?)\n    \]", block, re.S):
                phrases = re.findall(r"span:«([^»]+)»", testimony)
                subject = re.search(r"(?m)^([a-z-]+:\S+)$", block)
                if (
                    subject
                    and not subject[1].startswith("statement:")
                    and all(_has(sentence, phrase) for phrase in phrases)
                ):
                    blocks.append(f"\n{subject[1]}\n    ckg:hasTestimony [\n{testimony}\n    ] ;\n.\n")
    return "".join(blocks)


def _has(sentence: str, phrase: str) -> bool:
    try:
        return bool(spans.locate(sentence, phrase))
    except spans.PhraseError:
        return False
