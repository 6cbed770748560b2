"""Who relays whom: how words came from speakers, through others and outlets, into the articles."""

from collections.abc import Iterator, Sequence

from cstokg.web import facets, records, said
from cstokg.web.figures import bands, choices, passages
from cstokg.web.figures.figure import NARROW, Cell, Chosen, Figure, Filter, Kind
from cstokg.web.figures.flows import DIRECT, RELAYED, VIA, Flow, ways
from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.said import NONE, Statement
from cstokg.web.site import Site

_WIDTH = 1000.0
_NOTE = (
    "A band is as thick, and a bar as long, as the number of statements that took this way. Orange: a "
    "speaker passes on what somebody else said. Blue: the article names an outlet as its source. Grey: the "
    "article names none."
)


def filters(site: Site) -> tuple[Filter, ...]:
    """State, topic and years."""
    return (choices.state(site), choices.topic(site), *choices.years())


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The ways of the statements that are chosen; with each the speakers whose words it passes on."""
    kept, others = _chosen(site, chosen)
    flows = ways(kept)
    drawing = Drawing(
        "relays",
        "Who relays whom",
        "Four columns from left to right: speakers whose words others pass on, speakers, outlets named "
        "as sources, and articles; bands between them, as thick as the number of statements. "
        "The table below lists them.",
        _WIDTH,
        link,
    )
    if flows:
        bands.draw(drawing, site, flows, others)
    return _figure(site, drawing, flows)


def draw_narrow(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The same article by article, for a narrow screen."""
    kept, others = _chosen(site, chosen)
    drawing = Drawing(
        "relays-narrow",
        "Who relays whom",
        "The articles one below the other; under each its speakers with the outlets named as sources and "
        "those whose words they pass on, and bars as long as the number of statements. "
        "The table below lists them.",
        NARROW,
        link,
    )
    passages.draw(drawing, site, kept, others)
    return _figure(site, drawing, ways(kept))


def _figure(site: Site, drawing: Drawing, flows: Sequence[Flow]) -> Figure:
    if not flows:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    return Figure(drawing, _NOTE, ("From", "To", "Way", "Statements"), tuple(_rows(site, flows)))


def _chosen(site: Site, chosen: Chosen) -> tuple[list[Statement], facets.Chosen]:
    """The statements that are chosen, and the same choice for the statements browser."""
    topics = (
        choices.within(records.broader(site.graph), choices.topic_iri(chosen["topic"]))
        if chosen["topic"]
        else set()
    )
    kept = [row for row in said.read(site.graph) if _fits(row, chosen, topics)]
    return kept, _choices(kept, chosen, topics)


def _fits(row: Statement, chosen: Chosen, topics: set[str]) -> bool:
    year = row.of("year")[0]
    if (chosen["from"] or chosen["until"]) and year == NONE:
        return False
    return (
        (not chosen["state"] or choices.state_iri(chosen["state"]) in row.states)
        and (not topics or bool(topics & set(row.of("topic"))))
        and (not chosen["from"] or year >= chosen["from"])
        and (not chosen["until"] or year <= chosen["until"])
    )


def _choices(kept: Sequence[Statement], chosen: Chosen, topics: set[str]) -> facets.Chosen:
    """What is chosen here, as the statements browser has it."""
    found: dict[str, tuple[str, ...]] = {}
    if chosen["state"]:
        found["state"] = (chosen["state"],)
    if topics:
        found["topic"] = tuple(facets.step("topic", topic) for topic in topics)
    if chosen["from"] or chosen["until"]:
        found["year"] = tuple({row.of("year")[0] for row in kept})
    return found


def _rows(site: Site, flows: Sequence[Flow]) -> Iterator[tuple[Cell, ...]]:
    words = {RELAYED: "passed on", VIA: "through the outlet", DIRECT: "no outlet named"}
    for flow in flows:
        ends = [
            Cell(facets.label(site.catalogue, "speaker", iri), "" if iri == NONE else iri)
            for _, iri in (flow.start, flow.end)
        ]
        yield (*ends, Cell(words[flow.sort]), Cell(str(flow.number)))


KIND = Kind(
    "relays",
    "Who relays whom",
    "From whose mouth, through which hands, into which article: the way of every statement.",
    filters,
    draw,
    draw_narrow,
)
