"""Requests of clients that cannot be installed here, as they send them, with the source for each."""

from dataclasses import dataclass, field

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
PLAIN_JSON = "application/json"
TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
RDF_XML = "application/rdf+xml"
JSON_LD = "application/ld+json"
HTML = "text/html"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
QUERY = "application/sparql-query"


@dataclass(frozen=True)
class ClientRequest:
    """What a client sends beside the query, and the media type that it has to get.

    Attributes:
        client: its name.
        source: where the request is documented: a repository and file, an issue, or a trace.
        form: SELECT, ASK or CONSTRUCT.
        headers: the headers that matter here.
        expected: the media type of the answer.
        method: GET, or POST with a form, or POST with the query as the body.
        parameters: those beside the query.
    """

    client: str
    source: str
    form: str
    headers: dict[str, str]
    expected: str
    method: str = "GET"
    parameters: dict[str, str] = field(default_factory=dict)


_JENA = "apache/jena, jena-arq, riot/WebContent.java"
_JENA_HEADERS = {
    "SELECT": f"{JSON}, {XML};q=0.9, text/tab-separated-values;q=0.7, "
    "text/csv;q=0.5,application/json;q=0.2,application/xml;q=0.2,*/*;q=0.1",
    "ASK": f"{JSON}, {XML};q=0.9,application/json;q=0.2,application/xml;q=0.2,*/*;q=0.1",
    "CONSTRUCT": "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
    "application/rdf+xml;q=0.7,*/*;q=0.3",
}
_RDF4J = "eclipse-rdf4j/rdf4j, SPARQLProtocolSession; as traced from SPARQLRepository"
_RDF4J_SELECT = (
    f"application/x-binary-rdf-results-table, {XML};q=0.8, {JSON};q=0.8, text/csv;q=0.8, "
    "text/tab-separated-values;q=0.8, application/x-sparqlstar-results+json;q=0.8"
)
_RDF4J_GRAPH = (
    "application/x-binary-rdf, application/n-triples;q=0.8, text/turtle;q=0.8, application/rdf+xml;q=0.5, "
    "application/trig;q=0.8, application/n-quads;q=0.8"
)
_RDF4J_OLD = (
    f"text/csv;q=0.8, {JSON};q=0.8, application/json;q=0.8, {XML}, application/xml, "
    "text/tab-separated-values;q=0.8, application/x-binary-rdf-results-table;q=0.8"
)
_RUBY = "ruby-rdf/sparql-client, lib/sparql/client.rb"
_RUBY_SELECT = f"{JSON}, {XML}, text/boolean, text/tab-separated-values;q=0.8, text/csv;q=0.2, */*;q=0.1"
_PERL = "perlrdf, RDF::Query and RDF::Trine::Store::SPARQL"
_PERL_HEADER = f"{XML};q=0.9,{RDF_XML};q=0.5,{TURTLE};q=0.7,text/xml"
_PROLOG = "SWI-Prolog/packages-semweb issue 91"
_PROLOG_HEADER = (
    f"{XML}, {NTRIPLES}, application/x-turtle; q=0.9, application/turtle; q=0.9, {TURTLE}, {JSON}, "
    f"{RDF_XML}, text/rdf+xml; q=0.8, */*; q=0.1"
)
_JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
_MASHUP = "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)"
_ODATA = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)
_YASQE = "zazuko/yasgui and TriplyDB/Yasgui, packages/yasqe/src/defaults.ts"
_SAME_ORIGIN = {"X-Requested-With": "XMLHttpRequest", "Origin": "https://client.example"}
_DOTNET = "dotnetrdf/dotnetrdf, MIMETypesHelper.cs"
_BLAZEGRAPH = "blazegraph/database, bigdata-client, ConnectOptions"

REQUESTS = (
    *(
        ClientRequest("Jena", _JENA, form, {"Accept": header, "Accept-Encoding": "gzip"}, expected, method)
        for (form, header), expected in zip(_JENA_HEADERS.items(), (JSON, JSON, TURTLE), strict=True)
        for method in ("GET", "FORM", "BODY")
    ),
    ClientRequest("RDF4J", _RDF4J, "SELECT", {"Accept": _RDF4J_SELECT}, JSON, "FORM", {"infer": "true"}),
    ClientRequest(
        "RDF4J", _RDF4J, "ASK", {"Accept": f"text/boolean, {JSON};q=0.8, {XML};q=0.8"}, JSON, "FORM"
    ),
    ClientRequest("RDF4J", _RDF4J, "CONSTRUCT", {"Accept": _RDF4J_GRAPH}, TURTLE, "FORM"),
    ClientRequest(
        "RDF4J 2, as in GraphDB's federation", _RDF4J, "SELECT", {"Accept": _RDF4J_OLD}, XML, "FORM"
    ),
    ClientRequest("R, package SPARQL", "r-cran-sparql, SPARQL.R", "SELECT", {"Accept": XML}, XML),
    ClientRequest(
        "R, CSV", "r-cran-sparql, SPARQL.R", "SELECT", {"Accept": "*/*"}, "text/csv", "GET", {"format": "csv"}
    ),
    ClientRequest("Ruby", _RUBY, "SELECT", {"Accept": _RUBY_SELECT}, JSON, "FORM"),
    ClientRequest("Ruby", _RUBY, "ASK", {"Accept": _RUBY_SELECT}, JSON),
    ClientRequest(
        "Ruby", _RUBY, "CONSTRUCT", {"Accept": "application/n-triples, text/plain, */*;q=0.1"}, NTRIPLES
    ),
    ClientRequest("Perl", _PERL, "SELECT", {"Accept": _PERL_HEADER, "TE": "deflate,gzip;q=0.3"}, "text/xml"),
    ClientRequest("Perl", _PERL, "CONSTRUCT", {"Accept": _PERL_HEADER}, TURTLE),
    ClientRequest("SWI-Prolog", _PROLOG, "SELECT", {"Accept": _PROLOG_HEADER}, JSON),
    ClientRequest("SWI-Prolog", _PROLOG, "CONSTRUCT", {"Accept": _PROLOG_HEADER}, TURTLE),
    ClientRequest(
        "Java, HttpURLConnection", "its default", "SELECT", {"Accept": _JAVA}, JSON, "GET", {"format": "json"}
    ),
    ClientRequest("Java, HttpURLConnection", "its default", "SELECT", {"Accept": _JAVA}, HTML),
    ClientRequest("Java, HttpClient", "sends no Accept", "SELECT", {}, JSON, "BODY"),
    ClientRequest(
        "Excel, Power Query",
        "learn.microsoft.com, trace of Web.Contents: no Accept",
        "SELECT",
        {"User-Agent": _MASHUP, "Accept-Encoding": "gzip, deflate", "Connection": "Keep-Alive"},
        "text/csv",
        "GET",
        {"format": "csv"},
    ),
    ClientRequest(
        "Excel, Power Query with a header",
        "Web.Contents with Headers=[Accept=…]",
        "SELECT",
        {"User-Agent": _MASHUP, "Accept": "text/csv"},
        "text/csv",
    ),
    ClientRequest(
        "Excel, OData feed",
        "traces of the OData connector",
        "SELECT",
        {
            "User-Agent": _MASHUP,
            "Accept": _ODATA,
            "OData-MaxVersion": "4.0",
            "MaxDataServiceVersion": "3.0",
            "Prefer": "odata.include-annotations=*",
        },
        PLAIN_JSON,
    ),
    ClientRequest(
        "Excel, text import",
        "WinInet",
        "SELECT",
        {"Accept": "*/*"},
        "text/csv",
        "GET",
        {"format": "csv-excel"},
    ),
    ClientRequest(
        "Tableau",
        "web data connector: jQuery",
        "SELECT",
        {"Accept": f"{PLAIN_JSON}, text/javascript, */*; q=0.01", **_SAME_ORIGIN},
        PLAIN_JSON,
    ),
    ClientRequest(
        "LibreOffice, link to data",
        "libcurl through UCB",
        "SELECT",
        {"Accept": "*/*"},
        "text/csv",
        "GET",
        {"format": "csv"},
    ),
    ClientRequest(
        "Google Sheets, IMPORTDATA",
        "its user agent; no Accept that matters",
        "SELECT",
        {"User-Agent": "Mozilla/5.0 (compatible; GoogleDocs; apps-spreadsheets; +http://docs.google.com)"},
        "text/csv",
        "GET",
        {"format": "csv"},
    ),
    ClientRequest(
        "PowerShell, Invoke-RestMethod",
        "its default",
        "SELECT",
        {"User-Agent": "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.963"},
        JSON,
        "FORM",
    ),
    ClientRequest(
        "graph-explorer",
        "aws/graph-explorer, connector/sparql/sparqlExplorer.ts",
        "SELECT",
        {"Accept": JSON, "queryId": "b3f1", "Origin": "https://client.example"},
        JSON,
        "FORM",
    ),
    ClientRequest("YASGUI", _YASQE, "SELECT", {"Accept": f"{JSON},*/*;q=0.9", **_SAME_ORIGIN}, JSON, "FORM"),
    ClientRequest("YASGUI", _YASQE, "CONSTRUCT", {"Accept": f"{NTRIPLES},*/*;q=0.9"}, NTRIPLES, "FORM"),
    ClientRequest(
        "Wikidata Query Service's page",
        "wikimedia/wikidata-query-gui, wikibase/queryService/api/Sparql.js",
        "SELECT",
        {"Accept": JSON, **_SAME_ORIGIN},
        JSON,
        "GET",
        {"format": "json"},
    ),
    ClientRequest(
        "Protégé",
        "OWL API, AbstractOWLParser",
        "CONSTRUCT",
        {"Accept": f"{RDF_XML}, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09"},
        RDF_XML,
    ),
    ClientRequest(
        "Virtuoso, SPONGE",
        "openlink/virtuoso-opensource, rdf_mappers; SERVICE",
        "SELECT",
        {
            "Accept": f"{XML}, text/rdf+n3, text/rdf+ttl, text/rdf+turtle, text/turtle, "
            f"{RDF_XML}, application/xml"
        },
        XML,
        "GET",
        {"default-graph-uri": "", "maxrows": "10", "should-sponge": "soft", "timeout": "0", "debug": "on"},
    ),
    ClientRequest(
        "Virtuoso's form",
        "openlink/virtuoso-opensource issue 715",
        "SELECT",
        {},
        JSON,
        "GET",
        {"format": "auto"},
    ),
    ClientRequest(
        "Virtuoso's links",
        "openlink/virtuoso-opensource issue 715",
        "SELECT",
        {"Accept": "text/tab-separated-values"},
        "text/tab-separated-values",
        "GET",
        {"format": "tsv", "timeout": "0"},
    ),
    ClientRequest(
        "Virtuoso's links",
        "links to DBpedia",
        "SELECT",
        {"Accept": "*/*"},
        JSON,
        "GET",
        {"format": "application/sparql-results+json"},
    ),
    ClientRequest(
        "Blazegraph",
        _BLAZEGRAPH,
        "SELECT",
        {"Accept": f"application/x-binary-rdf-results-table;q=1,{XML};q=1"},
        XML,
        "FORM",
    ),
    ClientRequest(
        "dotNetRDF",
        _DOTNET,
        "SELECT",
        {
            "Accept": f"{XML},{JSON},text/boolean,text/csv,text/comma-separated-values,"
            "text/tab-separated-values"
        },
        JSON,
    ),
    ClientRequest(
        "dotNetRDF",
        _DOTNET,
        "CONSTRUCT",
        {
            "Accept": f"{NTRIPLES},text/plain,text/ntriples,{TURTLE},application/x-turtle,"
            f"{RDF_XML},text/xml,{JSON_LD},application/json,*/*;q=0.5"
        },
        TURTLE,
    ),
    ClientRequest(
        "grlc",
        "CLARIAH/grlc issue 58",
        "SELECT",
        {"Accept": f"application/json; q=1.0, {JSON}; q=0.8, text/csv; q=0.1, */*; q=0.1"},
        PLAIN_JSON,
    ),
    ClientRequest(
        "vscode-sparql-notebook",
        "zazuko/vscode-sparql-notebook issue 56",
        "CONSTRUCT",
        {"Accept": f"{JSON},{TURTLE}"},
        TURTLE,
    ),
    ClientRequest(
        "devcsi",
        "benosteen/devcsi-linked-data, dataquery/fuseki/curl1.sh",
        "CONSTRUCT",
        {"Accept": "text/plain"},
        "text/plain",
    ),
    ClientRequest(
        "PHP",
        "a client in PHP, by its Accept",
        "SELECT",
        {
            "Accept": f"{JSON}, application/json;q=0.9, {XML};q=0.8, application/xml;q=0.7, "
            "text/xml;q=0.6, text/csv;q=0.5, */*;q=0.1"
        },
        JSON,
    ),
    ClientRequest(
        "with a charset",
        "ad-freiburg/qlever issue 1489",
        "SELECT",
        {"Accept": f"{JSON}; charset=utf-8"},
        JSON,
    ),
    ClientRequest(
        "with a header row", "RFC 4180", "SELECT", {"Accept": "text/csv; header=present"}, "text/csv"
    ),
    ClientRequest(
        "with a profile",
        "JSON-LD 1.1",
        "CONSTRUCT",
        {"Accept": 'application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded"'},
        JSON_LD,
    ),
    ClientRequest(
        "GET with a content type",
        "Wimmics/zoomathia, backend/routes/utils.js",
        "SELECT",
        {"Accept": JSON, "Content-Type": "text/plain"},
        JSON,
        "GET",
        {"format": "json"},
    ),
)

# The headers that a script of another origin asks to send.
PREFLIGHTS = (
    ("aws/graph-explorer issue 393", "POST", "queryid"),
    ("aws/graph-explorer, sparqlExplorer.ts", "POST", "accept,content-type,queryid"),
    ("YASGUI", "POST", "x-requested-with"),
    ("comunica/comunica issue 373", "POST", "content-type"),
    ("a browser without cache", "GET", "cache-control,pragma"),
    ("OpenTelemetry", "GET", "traceparent,tracestate"),
    ("a client that sends a token to everybody", "POST", "authorization,content-type"),
)
