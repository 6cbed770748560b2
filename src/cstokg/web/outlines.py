"""Outlines: what the page of each kind of thing shows besides its facts, and in which order."""

from dataclasses import dataclass
from types import MappingProxyType

THIS = "@this"  # the record itself, as a link
WHEN = "@when"  # its day or period
ACTING = "@acting"  # whether the holder only stands in
TABLE, STATEMENTS, LIST = "table", "statements", "list"

Column = tuple[str, str]  # heading; predicates joined by "|", of which the first with a value counts


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: the records that point at the entity by some property.

    Attributes:
        title: the heading.
        links: the properties, as ``prefix:name``, or two as ``prefix:name/prefix:name``: what points
            at something that points at the entity.
        columns: of a table.
        style: how to show the records: as a table, as statements, or as a list of links.
        classes: only records of these classes; all if empty.
    """

    title: str
    links: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    style: str = TABLE
    classes: tuple[str, ...] = ()


def _expected(link: str, *columns: Column) -> tuple[Section, Section]:
    return (
        Section("Expected", (link,), columns, classes=("ckg:ExpectedAttendance",)),
        Section("Expected to stay away", (link,), columns, classes=("ckg:ExpectedAbsence",)),
    )


_SAID = Section("Statements", ("ckg:speaker",), style=STATEMENTS)
_SAID_ABOUT = Section(
    "What is said about it", ("ckg:refersTo",), style=STATEMENTS, classes=("ckg:Statement", "ckg:Remark")
)
_ATTENDANCES = Section(
    "Attendances",
    ("ckg:attendee",),
    (
        ("Meeting", "ckg:atMeeting"),
        ("As", "ckg:inCapacityOf"),
        ("For", "ckg:onBehalfOf"),
        ("Basis", "ckg:basis"),
    ),
)
_WHO, _AS = ("Who", "ckg:participant"), ("As", "ckg:inCapacityOf")
_FOR, _AT = ("For", "ckg:onBehalfOf"), ("Meeting", "ckg:atMeeting")
_POSTS = Section("Posts", ("ckg:postIn",), (("Post", THIS), ("Function", "ckg:postRole")))
_MEETINGS = Section(
    "Meetings",
    ("ckg:meetingOf", "ckg:heldIn", "ckg:hostState"),
    (("Meeting", THIS), ("When", WHEN), ("Place", "ckg:heldIn")),
    classes=("ckg:Meeting",),
)
_ORGANISATION = (
    Section("Members", ("ckg:membershipIn",), (("State", "ckg:member"), ("When", WHEN))),
    Section("Presidencies", ("ckg:presidencyOf",), (("State", "ckg:presidingState"), ("When", WHEN))),
    Section("Changes", ("ckg:originalBody", "ckg:resultingBody"), (("Change", THIS), ("When", WHEN))),
    Section("Organs", ("ckg:organOf",), style=LIST),
    _POSTS,
    _MEETINGS,
    Section(
        "Statements on its behalf",
        ("ckg:speaker", "ckg:onBehalfOf"),
        style=STATEMENTS,
        classes=("ckg:Statement",),
    ),
    _SAID_ABOUT,
)
_TOPIC = (
    Section("Narrower topics", ("skos:broader",), style=LIST),
    Section("Meetings that discussed it", ("ckg:discussed",), (("Meeting", THIS), ("When", WHEN))),
    Section(
        "Agenda items",
        ("ckg:topic",),
        (
            ("Item", THIS),
            ("Meeting", "ckg:agendaItemOf|ckg:expectedAgendaItemOf"),
            ("Outcome", "dcterms:type"),
        ),
        classes=("ckg:AgendaItem",),
    ),
    Section(
        "Documents",
        ("ckg:topic",),
        (("Document", THIS), ("Adopted at", "ckg:adoptedAt"), ("Kind", "dcterms:type")),
        classes=("ckg:Document",),
    ),
    Section("Statements", ("ckg:topic",), style=STATEMENTS, classes=("ckg:Statement",)),
    Section("Remarks", ("ckg:topic",), style=STATEMENTS, classes=("ckg:Remark",)),
)

OF_KIND = MappingProxyType(
    {
        "person": (
            Section("Tenures", ("ckg:holder",), (("Post", "ckg:tenurePost"), ("As", ACTING), ("When", WHEN))),
            _ATTENDANCES,
            *_expected("ckg:participant", _AT, _AS),
            Section("Meetings chaired", ("ckg:chairedBy",), (("Meeting", THIS), ("When", WHEN))),
            _SAID,
            _SAID_ABOUT,
        ),
        "state": (
            Section("Memberships", ("ckg:member",), (("Body", "ckg:membershipIn"), ("When", WHEN))),
            Section(
                "Changes of membership",
                ("ckg:affectsMembership/ckg:member",),
                (("Change", THIS), ("When", WHEN), ("According to", "ckg:accordingTo")),
            ),
            Section(
                "Suspensions",
                ("ckg:suspends/ckg:member",),
                (("Suspension", THIS), ("When", WHEN), ("According to", "ckg:accordingTo")),
            ),
            Section("Presidencies", ("ckg:presidingState",), (("Body", "ckg:presidencyOf"), ("When", WHEN))),
            Section(
                "Attendances on its behalf",
                ("ckg:onBehalfOf",),
                (
                    ("Who", "ckg:attendee"),
                    ("As", "ckg:inCapacityOf"),
                    ("Meeting", "ckg:atMeeting"),
                ),
                classes=("ckg:Attendance",),
            ),
            *_expected("ckg:onBehalfOf", _WHO, _AS, _AT),
            Section(
                "Who spoke for it",
                ("ckg:onBehalfOf", "ckg:speaker"),
                style=STATEMENTS,
                classes=("ckg:Statement",),
            ),
            Section(
                "Meetings on its territory",
                ("ckg:hostState",),
                (("Meeting", THIS), ("When", WHEN), ("Place", "ckg:heldIn")),
                classes=("ckg:Meeting",),
            ),
            Section(
                "Other events on its territory",
                ("ckg:hostState",),
                (("Event", THIS), ("When", WHEN), ("Place", "ckg:heldIn")),
            ),
            _POSTS,
            _SAID_ABOUT,
        ),
        "body": _ORGANISATION,
        "organ": _ORGANISATION,
        "government-body": _ORGANISATION,
        "group": (_ATTENDANCES, _SAID, _SAID_ABOUT),
        "outlet": (
            Section("Articles", ("dcterms:publisher",), (("Article", THIS), ("Published", WHEN))),
            Section(
                "Reported through it",
                ("ckg:reportedVia",),
                style=STATEMENTS,
                classes=("ckg:Statement", "ckg:Remark"),
            ),
            _SAID,
            _SAID_ABOUT,
        ),
        "post": (
            Section(
                "Holders", ("ckg:tenurePost",), (("Holder", "ckg:holder"), ("As", ACTING), ("When", WHEN))
            ),
            Section(
                "Attendances in this post",
                ("ckg:inCapacityOf",),
                (("Who", "ckg:attendee"), ("Meeting", "ckg:atMeeting")),
                classes=("ckg:Attendance",),
            ),
            *_expected("ckg:inCapacityOf", _WHO, _AT),
            Section(
                "Statements in this post", ("ckg:inCapacityOf",), style=STATEMENTS, classes=("ckg:Statement",)
            ),
        ),
        "place": (_MEETINGS, Section("Places within", ("ckg:locatedIn",), style=LIST), _SAID_ABOUT),
        "meeting": (
            Section(
                "Who was there",
                ("ckg:atMeeting",),
                (
                    ("Who", "ckg:attendee"),
                    ("As", "ckg:inCapacityOf"),
                    ("For", "ckg:onBehalfOf"),
                    ("Basis", "ckg:basis"),
                ),
                classes=("ckg:Attendance",),
            ),
            *_expected("ckg:atMeeting", _WHO, _AS, _FOR),
            Section(
                "Agenda",
                ("ckg:agendaItemOf",),
                (("Item", THIS), ("Outcome", "dcterms:type"), ("Topics", "ckg:topic")),
            ),
            Section(
                "Expected agenda",
                ("ckg:expectedAgendaItemOf",),
                (("Item", THIS), ("Outcome", "dcterms:type"), ("Topics", "ckg:topic")),
            ),
            Section(
                "Documents",
                ("ckg:adoptedAt", "ckg:toBeConsideredAt"),
                (("Document", THIS), ("Kind", "dcterms:type"), ("Topics", "ckg:topic")),
            ),
            Section("Statements", ("ckg:statedAt",), style=STATEMENTS),
            Section(
                "Other meetings", ("ckg:preparesFor", "ckg:realisesPlan"), (("Meeting", THIS), ("When", WHEN))
            ),
            _SAID_ABOUT,
        ),
        "statement": (
            Section("Relayed by", ("ckg:relays",), style=STATEMENTS),
            Section("Commented on by", ("ckg:respondsTo",), style=STATEMENTS),
            Section(
                "What stands on its word alone",
                ("ckg:accordingTo",),
                (("Record", THIS), ("Basis", "ckg:basis")),
            ),
        ),
        "document": (
            Section("Bodies founded on it", ("ckg:foundedOn",), style=LIST),
            Section(
                "Agenda items",
                ("ckg:refersTo",),
                (
                    ("Item", THIS),
                    ("Meeting", "ckg:agendaItemOf|ckg:expectedAgendaItemOf"),
                    ("Outcome", "dcterms:type"),
                ),
                classes=("ckg:AgendaItem",),
            ),
            Section("Anniversaries", ("ckg:anniversaryOf",), style=LIST),
            _SAID_ABOUT,
        ),
        "incident": (_SAID_ABOUT,),
        "membership": (
            Section(
                "Suspensions",
                ("ckg:suspends",),
                (("Suspension", THIS), ("When", WHEN), ("According to", "ckg:accordingTo")),
            ),
            Section("Changes", ("ckg:affectsMembership",), (("Change", THIS), ("When", WHEN))),
        ),
        "concept/topic": _TOPIC,
    }
)
OTHERS = (_SAID_ABOUT,)
