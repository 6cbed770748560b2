"""Queries that a server should survive, each with the statuses that are right for it."""

from pools import ENDLESS, HUNGRY

HERE = "<http://here/>"  # stands for the address of a socket that nobody may connect to

MALFORMED, FORBIDDEN, TOO_LARGE, TOO_DEEP = {400}, {403}, {413}, {422}
STOPPED = {503}
ENDED = {422, 503}  # the parser's stack, its time or its memory, whichever ends first


def nested(opening: str, closing: str, count: int) -> str:
    """Return an ASK with nested brackets."""
    return f"ASK {{ {opening * count}{closing * count} }}"


def doubling(function: str) -> str:
    """Return a SELECT that makes a text forty times as long as before, one after the other."""
    steps = " ".join(f"BIND({function.format(f'?a{i}')} AS ?a{i + 1})" for i in range(40))
    return f"SELECT (STRLEN(?a40) AS ?n) {{ BIND('aaaaaaaaaaaaaaaa' AS ?a0) {steps} }}"


PAIRS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"

# Each row: what it is, the query, the statuses that are right.
QUERIES: list[tuple[str, str, set[int]]] = [
    # Syntax.
    ("empty", "", MALFORMED),
    ("blank", " \n\t ", MALFORMED),
    ("comment only", "# nothing", MALFORMED),
    ("one word", "SELECT", MALFORMED),
    ("misspelt", "SELCT * { ?s ?p ?o }", MALFORMED),
    ("not closed", "SELECT * { ?s ?p ?o", MALFORMED),
    ("closed too often", "SELECT * { ?s ?p ?o }}", MALFORMED),
    ("two queries", "ASK {} ASK {}", MALFORMED),
    ("unknown prefix", "ASK { ?s nowhere:p ?o }", MALFORMED),
    ("string not closed", "ASK { ?s ?p 'x }", MALFORMED),
    ("long string not closed", "ASK { ?s ?p '''x }", MALFORMED),
    ("iri not closed", "ASK { ?s <http://x ?o }", MALFORMED),
    ("space in iri", "ASK { ?s <http://x y> ?o }", MALFORMED),
    ("relative dot iri", "ASK { ?s <http://[> ?o }", MALFORMED),
    ("nul", "ASK { ?s ?p \0 }", MALFORMED),
    ("byte order mark", "\ufeffASK {}", {200, 400}),
    ("control characters", "ASK { \x01\x02\x1b }", MALFORMED),
    ("right-to-left override", "ASK { \u202e}", MALFORMED),
    ("html", "<script>alert(1)</script>", MALFORMED),
    ("sql", "SELECT 1; DROP TABLE users; --", MALFORMED),
    ("template", "{{7*7}}${7*7}", MALFORMED),
    ("path traversal", "../../../../etc/passwd", MALFORMED),
    ("aggregate not grouped", "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", MALFORMED),
    ("variable twice", "SELECT (1 AS ?x) (2 AS ?x) {}", MALFORMED),
    ("bind again", "SELECT * { ?s ?p ?o BIND(1 AS ?s) }", MALFORMED),
    ("bnode across groups", "ASK { _:a ?p ?o . { _:a ?q ?r } }", MALFORMED),
    ("values of other length", "ASK { VALUES (?a ?b) { (1) } }", MALFORMED),
    ("negative limit", "SELECT * { ?s ?p ?o } LIMIT -1", MALFORMED),
    ("huge limit", "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999999999", {200, 400}),
    ("huge offset", f"SELECT * {{ ?s ?p ?o }} OFFSET {2**63}", {200, 400}),
    # Depth.
    *[
        (f"{count} nested {opening}", nested(opening, closing, count), TOO_DEEP | TOO_LARGE)
        for count in (1_000, 10_000, 49_000)
        for opening, closing in (("{", "}"), ("(", ")"), ("[", "]"))
    ],
    ("100,000 opened", "ASK {" + "{" * 99_000, TOO_DEEP),
    ("nested lists", nested("(", ")", 99) + " ?p ?o", {400, 422, 503}),
    ("nested blank nodes", "ASK { ?s ?p " + "[ ?p " * 1_000 + "?o" + "]" * 1_000 + "}", TOO_DEEP),
    ("nested subqueries", "SELECT * {" + "{SELECT * {" * 500 + "}}" * 500 + "}", TOO_DEEP),
    ("nested optionals", "ASK {" + "OPTIONAL {" * 5_000 + "}" * 5_000 + "}", TOO_DEEP),
    ("nested filters", "ASK { FILTER(" + "NOT EXISTS { FILTER(" * 200 + "1" + ")}" * 200 + ")}", TOO_DEEP),
    ("nested functions", "ASK { FILTER(" + "STR(" * 5_000 + "1" + ")" * 5_000 + ")}", TOO_DEEP),
    ("depth in a false comment", "ASK { ex:a\\# " + "(" * 10_000, TOO_DEEP),
    ("as many nested nots as may be", "ASK { FILTER(" + "!(" * 96 + "true" + ")" * 97 + " }", {200}),
    ("many nots", "ASK { FILTER(" + "!" * 99_000 + "true) }", ENDED),
    ("many minuses", "ASK { FILTER(" + "- " * 45_000 + "1) }", ENDED | {400}),
    ("many sums", "ASK { FILTER(" + "1+" * 45_000 + "1) }", ENDED),
    ("many ands", "ASK { FILTER(" + "1&&" * 33_000 + "1) }", ENDED | {200}),
    ("many unions", "ASK {" + "{}UNION" * 14_000 + "{}}", ENDED | {200}),
    ("many path steps", "ASK { ?s " + "ckg:x/" * 16_000 + "ckg:x ?o }", ENDED | {200}),
    ("many path carets", "ASK { ?s " + "^" * 99_000 + "ckg:x ?o }", ENDED | {400}),
    ("many triples", "ASK {" + "?s ?p ?o." * 11_000 + "}", {200, *ENDED}),
    ("many semicolons", "ASK { ?s ?p ?o " + ";" * 99_000 + "}", {200, *ENDED}),
    ("many prefixes", "PREFIX a: <http://x/> " * 4_500 + "ASK {}", {200, *ENDED}),
    ("many optionals", "ASK {" + "OPTIONAL{?s ?p ?o}" * 5_500 + "}", {200, *ENDED}),
    ("many variables", "SELECT " + " ".join(f"?v{i}" for i in range(12_000)) + " {}", {200, *ENDED}),
    # Length.
    ("long comment", "ASK {} #" + "x" * 100_000, TOO_LARGE),
    ("long string", f"ASK {{ ?s ?p '{'x' * 100_000}' }}", TOO_LARGE),
    ("long in characters of four bytes", f"ASK {{ ?s ?p '{'😀' * 25_000}' }}", TOO_LARGE),
    ("huge values", "ASK { VALUES ?x {" + "1 " * 60_000 + "} }", TOO_LARGE),
    ("large values", "SELECT * { VALUES ?x {" + "1 " * 40_000 + "} }", {200, 503}),
    (
        "product of values",
        "SELECT * {" + "".join(f"VALUES ?x{i} {{{'1 ' * 99}}}" for i in range(9)) + "}",
        ENDED,
    ),
    # Work.
    ("endless product", ENDLESS, STOPPED),
    ("endless order", HUNGRY, STOPPED),
    ("order over a product", f"SELECT * {{ {PAIRS} }} ORDER BY ?a ?f DESC(?l)", STOPPED),
    ("distinct over a product", f"SELECT DISTINCT * {{ {PAIRS} }}", {422, 503}),
    ("group over a product", f"SELECT ?a ?f ?l (COUNT(*) AS ?n) {{ {PAIRS} }} GROUP BY ?a ?f ?l", STOPPED),
    ("large result", "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", TOO_DEEP | STOPPED),
    ("large graph", "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", {200, 422, 503}),
    ("constructed product", f"CONSTRUCT {{ ?a ?c ?f . ?d ?l ?o }} {{ {PAIRS} }}", {200, 422, 503}),
    ("describe everything", "DESCRIBE * { ?s ?p ?o }", {200, 422, 503}),
    ("doubling concat", doubling("CONCAT({0},{0})"), STOPPED),
    ("doubling replace", doubling("REPLACE({0},'a','aaaa')"), STOPPED),
    ("doubling encode", doubling("ENCODE_FOR_URI(CONCAT({0},'%',{0}))"), STOPPED),
    (
        "group_concat bomb",
        f"SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?a),STR(?d),STR(?g)))) AS ?n) {{ {PAIRS} }}",
        STOPPED,
    ),
    (
        "group_concat separator",
        f"SELECT (GROUP_CONCAT(?a;SEPARATOR='{'x' * 9000}') AS ?n) {{ {PAIRS} }}",
        STOPPED,
    ),
    ("sum over a product", f"SELECT (SUM(?c * ?f * ?i) AS ?n) {{ {PAIRS} }}", STOPPED),
    (
        "regex over a product",
        f"SELECT * {{ {PAIRS} FILTER(REGEX(STR(?a), '(.*)*(.*)*[0-8]$')) }} ORDER BY ?a ?d ?g",
        STOPPED,
    ),
    (
        "regex that backtracks",
        f"SELECT (REGEX('{'a' * 5000}!', '^(a+)+$') AS ?x) {{}}",
        {200},
    ),
    ("regex with large counts", "ASK { FILTER(REGEX('a', '((a{1000}){1000}){1000}')) }", {200, 503}),
    ("regex nested", f"ASK {{ FILTER(REGEX('a', '{'(' * 60}{')' * 60}')) }}", {200}),
    ("regex nested deeper", f"ASK {{ FILTER(REGEX('a', '{'(' * 40_000}{')' * 40_000}')) }}", TOO_DEEP),
    ("regex class nested", f"ASK {{ FILTER(REGEX('a', '{'[a-z-' * 9_000}[b]{']' * 9_000}')) }}", {400, 422}),
    (
        "regex of data nested",
        "SELECT (REGEX('a', REPLACE(?p, 'a', '(a)')) AS ?x) { BIND('" + "a" * 9_000 + "\\\\1' AS ?p) }",
        {200, 503},
    ),
    (
        "regex of data nested deeper",
        "SELECT (REGEX('a', REPLACE(REPLACE(?p, 'a', '(((('), 'b', '))))')) AS ?x) { BIND('"
        + "a" * 9_000
        + "b" * 9_000
        + "\\\\1' AS ?p) }",
        {200, 503},
    ),
    (
        "path over everything",
        "SELECT * { ?a (!ckg:x|!^ckg:x)* ?b . ?c (!ckg:x)* ?d . ?e (!ckg:x)+ ?f }",
        ENDED,
    ),
    ("path of nothing", "SELECT * { ?a !() ?b }", {200, 400}),
    ("path star star", "ASK { ?a ((((ckg:x*)*)*)*)* ?b }", {200, 503}),
    ("exists over a product", f"SELECT * {{ {PAIRS} FILTER NOT EXISTS {{ {PAIRS} }} }}", STOPPED),
    ("minus a product", f"SELECT * {{ {PAIRS} MINUS {{ {PAIRS} }} }}", STOPPED),
    ("random order", f"SELECT * {{ {PAIRS} }} ORDER BY RAND()", STOPPED),
    ("division by zero", "SELECT (1/0 AS ?x) {}", {200}),
    ("huge number", f"SELECT (1{'0' * 5000} * 1{'0' * 5000} AS ?x) {{}}", {200}),
    ("huge exponent", "SELECT (1e999999999 * 1e999999999 AS ?x) {}", {200}),
    ("least date", "SELECT (xsd:date('-999999999-01-01') - xsd:date('999999999-01-01') AS ?x) {}", {200}),
    (
        "negative substring",
        "SELECT (SUBSTR('abc', -9223372036854775808, 9223372036854775807) AS ?x) {}",
        {200},
    ),
    # Updates.
    ("insert", "INSERT DATA { <http://x/> <http://x/> 1 }", FORBIDDEN),
    ("delete", "DELETE WHERE { ?s ?p ?o }", FORBIDDEN),
    ("delete with comments", "#\n#\n deLeTe\n#\n where { ?s ?p ?o }", FORBIDDEN),
    ("with", "WITH <http://x/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", FORBIDDEN),
    ("clear", "PREFIX a: <http://x/> CLEAR ALL", FORBIDDEN),
    ("drop", "DROP SILENT DEFAULT", FORBIDDEN),
    ("create", "CREATE GRAPH <http://x/>", FORBIDDEN),
    ("copy", "COPY DEFAULT TO <http://x/>", FORBIDDEN),
    ("move", "MOVE <http://x/> TO DEFAULT", FORBIDDEN),
    ("add", "ADD <http://x/> TO DEFAULT", FORBIDDEN),
    ("load", f"LOAD {HERE} INTO GRAPH <http://x/>", FORBIDDEN),
    ("load a file", "LOAD <file:///etc/passwd>", FORBIDDEN),
    ("update after query", "ASK {} ; DELETE WHERE { ?s ?p ?o }", MALFORMED),
    ("update in a subquery", "SELECT * { { DELETE WHERE { ?s ?p ?o } } }", MALFORMED),
    ("update in escapes", "\\u0044ELETE WHERE { ?s ?p ?o }", {400, 403}),
    # Calls to others.
    ("service", f"SELECT * {{ SERVICE {HERE} {{ ?s ?p ?o }} }}", FORBIDDEN),
    ("service silent", f"SELECT * {{ SERVICE SILENT {HERE} {{ ?s ?p ?o }} }}", {200}),
    ("service in small letters", f"SELECT * {{ service{HERE}{{}} }}", FORBIDDEN),
    (
        "service by variable",
        f"SELECT * {{ VALUES ?g {{ {HERE} }} SERVICE SILENT ?g {{ ?s ?p ?o }} }}",
        {200},
    ),
    ("service in a filter", f"ASK {{ FILTER EXISTS {{ SERVICE {HERE} {{ ?s ?p ?o }} }} }}", FORBIDDEN),
    (
        "service in a subquery",
        f"ASK {{ {{ SELECT * {{ OPTIONAL {{ SERVICE {HERE} {{ }} }} }} }} }}",
        FORBIDDEN,
    ),
    ("service in minus", f"ASK {{ ?s ?p ?o MINUS {{ SERVICE {HERE} {{ ?s ?p ?o }} }} }}", FORBIDDEN),
    (
        "service behind an escape",
        f"PREFIX e: {HERE} ASK {{ e:a\\# ?p ?o . SERVICE SILENT e: {{}} }}",
        {200},
    ),
    ("service in quotes", f"PREFIX e: {HERE} ASK {{ e:a\\' ?p ?o . SERVICE e: {{}} ?s ?p 'x' }}", FORBIDDEN),
    ("service without a space", f"ASK {{ ?s ?p trueSERVICE{HERE}{{}} }}", FORBIDDEN),
    ("service behind a comparison", f"ASK {{ FILTER(?a<?b)SERVICE{HERE}{{}} FILTER(?a>?b) }}", FORBIDDEN),
    ("service with comments", f"ASK {{ SERVICE#\nSILENT#\n{HERE}#\n{{}} }}", {200}),
    ("service in escapes", f"ASK {{ \\u0053ERVICE SILENT {HERE} {{}} }}", {200, 400, 403}),
    ("service in construct", f"CONSTRUCT {{ ?s ?p ?o }} {{ SERVICE {HERE} {{ ?s ?p ?o }} }}", FORBIDDEN),
    ("service in describe", f"DESCRIBE ?s {{ SERVICE {HERE} {{ ?s ?p ?o }} }}", FORBIDDEN),
    ("from", f"SELECT * FROM {HERE} {{ ?s ?p ?o }}", {200}),
    ("from a file", "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", {200}),
    ("from several", f"SELECT * FROM {HERE} FROM <file:///etc/passwd> {{ ?s ?p ?o }}", {200}),
    ("from named", f"SELECT * FROM NAMED {HERE} {{ GRAPH ?g {{ ?s ?p ?o }} }}", {200}),
    ("graph", f"SELECT * {{ GRAPH {HERE} {{ ?s ?p ?o }} }}", {200}),
    ("describe an address", f"DESCRIBE {HERE}", {200}),
    ("function", f"ASK {{ FILTER({HERE}(1)) }}", {400}),
    ("java function", "SELECT (<java:java.lang.Runtime>(1) AS ?x) {}", {400}),
]
