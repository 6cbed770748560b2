"""Random queries from a grammar of SPARQL 1.1, over the words of this project's data."""

from collections.abc import Sequence

from hypothesis import strategies as st

VARIABLES = ("?a", "?b", "?c", "?d")
_CLASSES = (
    *(
        "ckg:EvidencedRecord",
        "ckg:EvidenceSpan",
        "ckg:Claim",
        "ckg:Agent",
        "ckg:Statement",
        "ckg:HeldMeeting",
    ),
    *("skos:Concept", "ckg:NoSuchClass"),
)
_PREDICATES = (
    *("rdf:type", "skos:prefLabel", "rdfs:label", "ckg:evidence", "ckg:reportedIn", "ckg:basis", "ckg:topic"),
    *("ckg:refersTo", "ckg:spanOf", "ckg:charStart", "rdf:subject", "rdf:object", "ckg:rank", "ckg:attended"),
    *("skos:exactMatch", "ckg:noSuchProperty"),
)
_THINGS = (
    "meeting:2021-05-19-cfm",
    "person:lavrov-sergey",
    "state:armenia",
    "article:dushanbe-2021",
    "<x:y>",
)
_LITERALS = (
    *("1", "-2.5", "1e3", "true", '"x"', "'it\\'s'", '"слово"@ru', '"2021-05-19"^^xsd:date', '"""a\n"b"""'),
    *('"ill"^^xsd:integer', '""'),
)
_GRAPHS = (
    "graph:wikidata",
    "graph:inferred",
    "graph:articles/x",
    "<https://w3id.org/csto-kg/graph/conflicts>",
)

_OPERATORS = ("=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "&&", "||")
_OF_ONE = (
    *("STR", "LANG", "DATATYPE", "isIRI", "isBlank", "isLiteral", "isNumeric", "STRLEN", "UCASE", "LCASE"),
    *("ABS", "CEIL", "FLOOR", "ROUND", "YEAR", "MONTH", "DAY", "MD5", "SHA1", "ENCODE_FOR_URI", "IRI"),
)
_OF_TWO = (
    *("CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "CONCAT", "sameTerm", "LANGMATCHES"),
    *("STRLANG", "COALESCE", "REGEX"),
)

variable = st.sampled_from(VARIABLES)
literal = st.sampled_from(_LITERALS)
iri = st.sampled_from((*_CLASSES, *_THINGS, *_PREDICATES))
graph = st.sampled_from(_GRAPHS)
term = st.one_of(variable, variable, iri, literal)
number = st.integers(0, 20).map(str)


def _join(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def _bracket(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map(lambda text: f"({text})")


path = st.recursive(
    st.sampled_from(_PREDICATES),
    lambda inner: st.one_of(
        inner.map(lambda text: f"^({text})"),
        st.tuples(_bracket(inner), st.sampled_from("*+?")).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]})/({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.lists(st.sampled_from(_PREDICATES), min_size=1, max_size=3).map(
            lambda names: f"!({'|'.join(names)})"
        ),
    ),
    max_leaves=3,
)

expression = st.recursive(
    st.one_of(variable, literal, iri),
    lambda inner: st.one_of(
        _bracket(_join(inner, st.sampled_from(_OPERATORS), inner)),
        inner.map(lambda text: f"!({text})"),
        st.tuples(
            st.sampled_from(_OF_ONE),
            inner,
        ).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(
            st.sampled_from(_OF_TWO),
            inner,
            inner,
        ).map(lambda three: f"{three[0]}({three[1]}, {three[2]})"),
        st.tuples(inner, inner, inner).map(lambda three: "IF({}, {}, {})".format(*three)),
        st.tuples(inner, st.lists(inner, max_size=3)).map(
            lambda pair: f"({pair[0]} IN ({', '.join(pair[1])}))"
        ),
        variable.map(lambda name: f"BOUND({name})"),
    ),
    max_leaves=4,
)

triple = st.one_of(
    _join(term.filter(lambda text: text not in _LITERALS), st.one_of(path, variable, path), term),
    _join(variable, st.just("rdf:type"), st.sampled_from(_CLASSES)),
    _join(variable, st.sampled_from(_PREDICATES), variable),
)
triples = st.lists(triple, min_size=1, max_size=3).map(" . ".join)


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map(lambda text: f"{{ {text} }}")


def _pattern(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = _block(inner)
    return st.one_of(
        st.tuples(triples, inner).map(lambda pair: f"{pair[0]} . {pair[1]}"),
        _join(triples, st.just("OPTIONAL"), block),
        _join(block, st.just("UNION"), block),
        _join(triples, st.just("MINUS"), block),
        _join(triples, st.just("FILTER"), _bracket(expression)),
        _join(triples, st.sampled_from(("FILTER EXISTS", "FILTER NOT EXISTS")), block),
        st.tuples(triples, expression).map(lambda pair: f"{pair[0]} BIND ({pair[1]} AS ?new)"),
        _join(st.just("GRAPH"), st.one_of(graph, variable), block),
        st.tuples(variable, st.lists(st.one_of(iri, literal, st.just("UNDEF")), max_size=4), inner).map(
            lambda three: f"VALUES {three[0]} {{ {' '.join(three[1])} }} {three[2]}"
        ),
        st.tuples(variable, inner).map(lambda pair: f"{{ SELECT DISTINCT {pair[0]} WHERE {{ {pair[1]} }} }}"),
    )


pattern = st.recursive(triples, _pattern, max_leaves=4)

_aggregate = st.tuples(
    st.sampled_from(("COUNT", "SUM", "MIN", "MAX", "AVG", "COUNT")),
    st.sampled_from(("", "DISTINCT ")),
    variable,
).map(lambda three: f"({three[0]}({three[1]}{three[2]}) AS ?total)")


def _ordered(names: Sequence[str]) -> str:
    # Over all variables, so that LIMIT cuts in one place only.
    return "ORDER BY " + " ".join(names)


@st.composite
def select(draw: st.DrawFn) -> str:
    """Return a SELECT query whose answer is one multiset of rows."""
    body = draw(pattern)
    dataset = draw(st.one_of(st.just(""), st.just(""), graph.map(lambda name: f" FROM {name}")))
    kind = draw(st.sampled_from(("star", "some", "group", "count", "limit")))
    if kind == "star":
        return f"SELECT *{dataset} WHERE {{ {body} }}"
    if kind == "count":
        return f"SELECT (COUNT(*) AS ?total){dataset} WHERE {{ {body} }}"
    if kind == "group":
        key = draw(variable)
        having = draw(st.sampled_from(("", f" HAVING (COUNT({key}) > 1)")))
        return f"SELECT {key} {draw(_aggregate)}{dataset} WHERE {{ {body} }} GROUP BY {key}{having}"
    chosen = sorted(draw(st.sets(variable, min_size=1, max_size=3)))
    distinct = draw(st.sampled_from(("", "DISTINCT ")))
    text = f"SELECT {distinct}{' '.join(chosen)}{dataset} WHERE {{ {body} }}"
    if kind == "limit":
        # Distinct rows, or the order of rows that compare as equal would decide.
        text = text.replace("SELECT DISTINCT", "SELECT").replace("SELECT", "SELECT DISTINCT", 1)
        text += f" {_ordered(chosen)} OFFSET {draw(number)}"
    return text


@st.composite
def query(draw: st.DrawFn) -> str:
    """Return a query of any form."""
    kind = draw(st.sampled_from(("SELECT",) * 6 + ("ASK", "CONSTRUCT", "DESCRIBE")))
    if kind == "SELECT":
        return draw(select())
    if kind == "ASK":
        return f"ASK {{ {draw(pattern)} }}"
    if kind == "DESCRIBE":
        return f"DESCRIBE {draw(iri)}"
    return f"CONSTRUCT {{ ?a ?b ?c . ?c rdfs:seeAlso {draw(term)} }} WHERE {{ {draw(pattern)} }}"


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a query with a piece missing, doubled or exchanged; most of these are not well formed."""
    words = draw(query()).split(" ")
    place = draw(st.integers(0, len(words) - 1))
    other = draw(st.integers(0, len(words) - 1))
    kind = draw(st.sampled_from(("drop", "double", "swap", "cut")))
    if kind == "drop":
        del words[place]
    elif kind == "double":
        words.insert(place, words[place])
    elif kind == "swap":
        words[place], words[other] = words[other], words[place]
    else:
        return " ".join(words)[: -draw(st.integers(1, 20))]
    return " ".join(words)


anything = st.one_of(query(), query(), query(), damaged())
