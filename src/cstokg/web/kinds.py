"""Kinds of things: what their lists are called, and in which order they stand."""

from types import MappingProxyType

# Headings of the lists, in the order of a reader's interest.
PARTS = (
    ("What happened", ("meeting", "agenda-item", "document", "change", "incident", "anniversary")),
    ("Who", ("person", "post", "state", "body", "organ", "government-body", "group", "outlet")),
    (
        "Who was what",
        (
            "attendance",
            "expected-attendance",
            "expected-absence",
            "tenure",
            "membership",
            "suspension",
            "presidency",
        ),
    ),
    ("What was said", ("statement", "record", "claim", "conflict")),
    ("Where it stands", ("article", "place")),
    ("Terms", ("concept/topic", "scheme")),
)
TITLES = MappingProxyType(
    {
        "agenda-item": "Agenda items",
        "anniversary": "Anniversaries",
        "article": "Articles",
        "attendance": "Attendances",
        "body": "International bodies",
        "change": "Changes of bodies and memberships",
        "claim": "Claims",
        "concept/topic": "Topics",
        "conflict": "Conflicts",
        "document": "Documents",
        "expected-absence": "Expected absences",
        "expected-attendance": "Expected attendances",
        "government-body": "Government bodies",
        "group": "Groups",
        "incident": "Incidents",
        "meeting": "Meetings",
        "membership": "Memberships",
        "organ": "Organs",
        "outlet": "News outlets",
        "person": "People",
        "place": "Places",
        "post": "Posts",
        "presidency": "Presidencies",
        "record": "Remarks",
        "scheme": "Lists of concepts",
        "state": "States",
        "statement": "Statements",
        "suspension": "Suspensions",
        "tenure": "Tenures",
    }
)
