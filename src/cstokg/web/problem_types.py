"""The kinds of problem that a request can meet; each has a page of its own."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of problem: its HTTP status, its title, and what the one who meets it can do."""

    status: int
    title: str
    remedy: str


# The key is the last step of the type's IRI.
TYPES = MappingProxyType(
    {
        "malformed-query": Type(
            400,
            "The query is not well formed",
            "Correct the query at the line and column that the problem names.",
        ),
        "missing-query": Type(
            400, "There is no query", "Send a SPARQL query in the parameter “query”, or as the body."
        ),
        "bad-parameter": Type(
            400, "A parameter is not right", "Correct the parameter that the problem names."
        ),
        "unreadable-text": Type(
            400, "The text is not UTF-8", "Encode the query and the parameters as UTF-8."
        ),
        "bad-request": Type(400, "The request is not right", "Correct it as the problem says."),
        "update-refused": Type(
            403, "Updates are off", "The data are read-only. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE."
        ),
        "service-refused": Type(
            403,
            "This call to another endpoint is not allowed",
            "Leave SERVICE out, or ask the other endpoint yourself. An operator may allow single endpoints.",
        ),
        "not-found": Type(
            404, "There is nothing here", "Check the address; the front page leads to all there is."
        ),
        "method-not-allowed": Type(
            405, "This method is not allowed here", "Use one of the methods that the header Allow lists."
        ),
        "not-acceptable": Type(
            406,
            "The answer cannot be had in the formats asked for",
            "Ask for one of the formats that the problem lists.",
        ),
        "request-timeout": Type(
            408, "The request came too slowly", "Send it again, over a faster line or with a shorter body."
        ),
        "body-too-large": Type(
            413, "The request is too large", "Send a shorter query; the page /limits lists the limits."
        ),
        "address-too-long": Type(414, "The address is too long", "Send the query as the body, by POST."),
        "head-too-large": Type(
            431, "A header is too large", "Send shorter headers; the page /limits lists the limits."
        ),
        "unsupported-media-type": Type(
            415,
            "The body is in a format that is not understood",
            "Send the query as application/sparql-query in UTF-8, or in a URL-encoded form.",
        ),
        "query-too-deep": Type(
            422, "The query nests too deep", "Write it with fewer brackets inside brackets."
        ),
        "unsupported-query": Type(
            400,
            "This query cannot be answered rightly",
            "Write it otherwise; the page /limits lists what the engine does not answer as SPARQL says.",
        ),
        "result-too-large": Type(
            422,
            "The answer is too large",
            "Ask for less with LIMIT and OFFSET, or fetch a dump. No answer is ever cut short.",
        ),
        "too-much-work": Type(
            429,
            "You have used up your share of work",
            "Wait as many seconds as the header Retry-After says, and send simpler queries.",
        ),
        "failed-query": Type(
            500, "The query could not be evaluated", "Tell the operator the number of the request."
        ),
        "internal-error": Type(
            500, "The server made a mistake", "Tell the operator the number of the request."
        ),
        "service-failed": Type(
            502,
            "Another endpoint did not answer",
            "Ask again later, or write SERVICE SILENT to do without it.",
        ),
        "file-unavailable": Type(
            503, "The file cannot be had", "Ask again later; a new release may have taken its place."
        ),
        "timeout": Type(
            503,
            "The query took too long",
            "Make it more selective. Asking the same again would change nothing.",
        ),
        "memory-exceeded": Type(
            503,
            "The query needs too much memory",
            "Make it more selective. Asking the same again would change nothing.",
        ),
        "overloaded": Type(
            503, "The server is busy", "Ask again after as many seconds as the header Retry-After says."
        ),
        "cancelled": Type(503, "The query was stopped", "Nobody waited for its answer; ask again."),
    }
)
