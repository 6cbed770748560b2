"""The dataset in the words of schema.org, for search engines that list datasets."""

from markupsafe import Markup

from cstokg import formats, namespaces, release
from cstokg.web.content import facts
from cstokg.web.content.graph import Description, Graph

_CONTEXT = "https://schema.org/"


def markup(graph: Graph) -> Markup:
    """Return the dataset as JSON-LD, safe inside a script element; nothing if the graph describes none."""
    about = graph.about_only(namespaces.DATASET)
    if not about.first(about.iri, "dcterms:title"):
        return Markup()
    publisher = about.text(about.iri, "dcterms:publisher")
    return facts.script(
        {
            "@context": _CONTEXT,
            "@type": "Dataset",
            "@id": about.iri,
            "url": namespaces.BASE,
            "identifier": about.iri,
            "name": _texts(about, "dcterms:title"),
            "description": _texts(about, "dcterms:description"),
            "keywords": _texts(about, "dcat:keyword"),
            "inLanguage": ["en", "ru"],
            "license": about.text(about.iri, "dcterms:license"),
            "isAccessibleForFree": True,
            "creator": {"@type": "Organization", "@id": publisher, "name": graph.catalogue.label(publisher)},
            "version": about.text(about.iri, "dcat:version"),
            "datePublished": about.text(about.iri, "dcterms:issued"),
            "dateModified": about.text(about.iri, "dcterms:modified"),
            "distribution": [
                {
                    "@type": "DataDownload",
                    "@id": namespaces.distribution(name),
                    "name": file.title,
                    "description": file.description,
                    "contentUrl": f"{namespaces.BASE}downloads/{name}",
                    "encodingFormat": formats.of_file(name),
                }
                for name, file in release.FILES.items()
                if file.title
            ],
        }
    )


def _texts(about: Description, name: str) -> list[dict[str, str]]:
    return [
        {"@value": term.value, "@language": term.language}
        for term in about.values(about.iri, name)
        if term.language
    ]
