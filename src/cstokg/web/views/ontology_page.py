"""The page of the ontology with its class diagram, and its data; the IRI of a term leads to one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, redirect, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from cstokg import formats, namespaces
from cstokg.web.content.catalogue import Catalogue
from cstokg.web.content.graph import Graph, once
from cstokg.web.figures.svg import Drawing, fit
from cstokg.web.site import at, current
from cstokg.web.views import entity_pages
from cstokg.web.views.ontology_terms import Class, Vocabulary

_GRAPH = f"{namespaces.GRAPH}ontology/ckg"
# The facts about the ontology that the page shows: label and property.
_FACTS = (
    ("Version", "owl:versionInfo"),
    ("Status", "bibo:status"),
    ("Created", "dcterms:created"),
    ("Modified", "dcterms:modified"),
    ("Creator", "dcterms:creator"),
    ("Publisher", "dcterms:publisher"),
    ("Licence", "dcterms:license"),
    ("Built on", "dcterms:source"),
    ("Cite as", "dcterms:bibliographicCitation"),
)

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
def page() -> ResponseReturnValue:
    """Show the page, or redirect programs to the data."""
    suffix = entity_pages.preferred_extension()
    if suffix:
        response = redirect(at(f"/ontology.{suffix}"), 303)
        response.vary.add("Accept")
        return response
    return render_template("vocabulary.html", **_context(current().graph)), {"Vary": "Accept"}


@blueprint.get("/ontology/<version>")
def version(version: str) -> ResponseReturnValue:
    """Redirect from the IRI of any version to the page."""
    return redirect(at("/ontology"), 303)


@blueprint.get("/ontology.<suffix>")
def data(suffix: str) -> ResponseReturnValue:
    """Return the ontology in a format."""
    format_ = formats.ENTITY_FORMATS.get(suffix) or abort(404)
    return entity_pages.data_response(current().graph, _GRAPH, format_.media_type)


@once
def _context(graph: Graph) -> dict[str, object]:
    """Return what the template needs."""
    vocabulary = Vocabulary(graph)
    classes = [class_ for section in vocabulary.sections for class_ in section.classes]
    return {
        "ckg": namespaces.CKG,
        "compact": lambda iri: namespaces.shorten(iri).strip("<>"),
        "diagram": draw_diagram(classes, graph.catalogue),
        "facts": _FACTS,
        "iri": namespaces.ONTOLOGY,
        "representations": formats.ENTITY_FORMATS.values(),
        "vocabulary": vocabulary,
    }


# The class diagram: each class is a box with its properties, and its subclasses are to the right of it.

_WIDTH, _ACROSS, _DOWN = 278.0, 36.0, 12.0  # the width of a box; the gaps between boxes, across and down
_HEAD, _LINE, _FOOT = 28.0, 17.0, 7.0
_SIZE, _INSET, _ARROW = 11.0, 10.0, 9.0
_ROW = 4  # as many boxes as the deepest tree has levels


@dataclass(slots=True)
class _Box:
    """A class in its place; ``elsewhere`` are its subclasses that are placed beside another class."""

    class_: Class
    children: list["_Box"] = field(default_factory=list)
    elsewhere: list["_Box"] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        """The height of the box, without its subclasses."""
        return _HEAD + (_LINE * len(self.class_.properties) + _FOOT if self.class_.properties else 0.0)

    def place(self, x: float, y: float) -> float:
        """Put the box and those of its subclasses in their places; return where the next box may begin."""
        self.x, self.y = x, y
        below = y
        for child in self.children:
            below = child.place(x + _WIDTH + _ACROSS, below)
        return max(below, y + self.height + _DOWN)

    def all(self) -> Iterable["_Box"]:
        """Yield the box and those of its subclasses."""
        yield self
        for child in self.children:
            yield from child.all()


def draw_diagram(classes: Iterable[Class], catalogue: Catalogue) -> Markup:
    """Return the diagram as SVG; its boxes and lines link to the terms on the page."""
    by_iri = {class_.term.iri: class_ for class_ in classes}
    placed: dict[str, _Box] = {}
    roots = [
        _tree(class_, by_iri, placed)
        for class_ in by_iri.values()
        if not set(class_.superclasses) & by_iri.keys()
    ]
    y = _place([root for root in roots if root.children], _place_in_rows(roots, 1.0))
    boxes = [box for root in roots for box in root.all()]
    width = max(box.x for box in boxes) + _WIDTH + 1 if boxes else _WIDTH
    drawing = Drawing(
        "classes",
        "The classes and their properties",
        "Each box is a class with its properties and the classes to which they lead; arrows lead from a "
        "class to the one above it. The text below says the same.",
        width,
        str,
    )
    drawing.height = y
    for box in boxes:
        _join(drawing, box)
    for box in boxes:
        _draw(drawing, box, catalogue)
    return drawing.markup()


def _place_in_rows(roots: Iterable[_Box], y: float) -> float:
    """Put the classes without subclasses side by side; return the height at which the others may begin."""
    single = [root for root in roots if not root.children]
    for start in range(0, len(single), _ROW):
        row = single[start : start + _ROW]
        ends = [box.place(1.0 + number * (_WIDTH + _ACROSS), y) for number, box in enumerate(row)]
        y = max(ends) + _DOWN
    return y


def _place(roots: Iterable[_Box], y: float) -> float:
    for root in roots:
        y = root.place(1.0, y) + _DOWN
    return y


def _tree(class_: Class, by_iri: Mapping[str, Class], placed: dict[str, _Box]) -> _Box:
    """Return the box of a class with those of its subclasses; a class below two others has one box."""
    box = placed[class_.term.iri] = _Box(class_)
    for iri in class_.subclasses:
        if iri in placed:
            box.elsewhere.append(placed[iri])
        elif iri in by_iri:
            box.children.append(_tree(by_iri[iri], by_iri, placed))
    return box


def _join(drawing: Drawing, box: _Box) -> None:
    """Draw the arrows from the subclasses of a class to it."""
    start, middle = box.x + _WIDTH, box.y + _HEAD / 2
    if box.children or box.elsewhere:
        tip = f"M{start} {middle}l{_ARROW} {-_ARROW / 1.8}v{_ARROW / 0.9}z"
        drawing.add("path", class_="generalisation tip", d=tip)
    for children, share, down in ((box.children, 0.6, 0.5), (box.elsewhere, 0.85, 0.75)):
        if children:
            turn, ends = start + _ACROSS * share, [child.y + _HEAD * down for child in children]
            lines = [f"M{start + _ARROW} {middle}H{turn}", f"M{turn} {middle}V{ends[-1]}"]
            lines += [f"M{turn} {end}H{child.x}" for child, end in zip(children, ends, strict=True)]
            drawing.add("path", class_="generalisation", d="".join(lines))


def _draw(drawing: Drawing, box: _Box, catalogue: Catalogue) -> None:
    term, room = box.class_.term, _WIDTH - 2 * _INSET
    with drawing.group("g", class_="class"):
        drawing.add("rect", class_="box", x=box.x, y=box.y, width=_WIDTH, height=box.height, rx=4)
        with drawing.link(f"#{term.anchor}", f"class {term.label}"):
            drawing.text(box.x + _INSET, box.y + 19, fit(term.label, room, 13), "name")
        if box.class_.properties:
            edge = box.y + _HEAD
            drawing.add("path", class_="rule", d=f"M{box.x} {edge}h{_WIDTH}")
        for number, property_ in enumerate(box.class_.properties):
            leads = ", ".join(catalogue.label(iri).removeprefix("xsd:") for iri in property_.ranges)
            words = f"{property_.term.label} → {leads}" if leads else property_.term.label
            with drawing.link(f"#{property_.term.anchor}", f"property {words}"):
                y = box.y + _HEAD + _LINE * (number + 1) - 2
                drawing.text(box.x + _INSET, y, fit(words, room, _SIZE), "property")
