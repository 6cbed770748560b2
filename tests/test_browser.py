"""Pages in a real browser: with script and without, wide and narrow, accessible, no foreign requests."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from werkzeug.serving import make_server

import remote_endpoints
from cstokg.engine.engine import Engine
from cstokg.questions import from_json
from cstokg.release import Release
from site_client import BROWSER, create_app

WIDTHS = (360, 1280)
# One page of each kind.
PAGES = (
    "/",
    "/about",
    "/about/changes",
    "/about/downloads",
    "/about/licence",
    "/about/limits",
    "/about/reconciliation",
    "/about/sources",
    "/announced",
    "/browse",
    "/browse/statement",
    "/cite/body/csto",
    "/cite/concept/topic/afghanistan",
    "/cite/meeting/2021-05-19-cfm?property=ckg:onDate",
    "/cite/statement/almaty-2018-lavrov-helicopters",
    "/conflicts",
    "/embed/figures/timeline",
    "/explore",
    "/explore?iri=person:lavrov-sergey",
    "/figures",
    "/figures/map",
    "/figures/neighbourhood?entity=person/lavrov-sergey",
    "/figures/relays",
    "/figures/timeline",
    "/figures/topics",
    "/limits",
    "/nowhere",
    "/ontology",
    "/page/action/almaty-2018-agreements-confirmed",
    "/page/agenda-item/dushanbe-2021-afghanistan",
    "/page/anniversary/dushanbe-2021-csto",
    "/page/article/almaty-2024",
    "/page/article/almaty-2024/span/1179-1293",
    "/page/attendance/2021-05-19-cfm-lavrov-sergey",
    "/page/body/csto",
    "/page/claim/almaty-2024-armenia-suspended",
    "/page/concept/topic/afghanistan",
    "/page/conflict/founding-year",
    "/page/dataset",
    "/page/document/csc-decisions-action-plan",
    "/page/event/armenia-csto-2024",
    "/page/expected-absence/2024-06-21-cfm-mirzoyan-ararat",
    "/page/expected-attendance/2024-06-21-cfm-lavrov-sergey",
    "/page/government-body/foreign-ministry-kazakhstan",
    "/page/graph/conflicts",
    "/page/group/ministers-almaty-2018",
    "/page/meeting/2021-05-19-cfm",
    "/page/membership/armenia-csto-2011",
    "/page/organ/cfm",
    "/page/outlet/tass",
    "/page/person/lavrov-sergey",
    "/page/person/nobody",
    "/page/place/almaty",
    "/page/post/foreign-minister-russia",
    "/page/presidency/belarus-csto-2011",
    "/page/record/almaty-2024-first-without-armenia",
    "/page/rule/almaty-2018-csto-session",
    "/page/scheme/topic",
    "/page/standing/csto-alliance-2011",
    "/page/state/armenia",
    "/page/statement/almaty-2018-lavrov-helicopters",
    "/page/suspension/armenia-csto-2024",
    "/page/suspension/armenia-csto-2024/testimony/almaty-2024/suspends/almaty-2024-pashinyan-suspension",
    "/page/tenure/lavrov-sergey-foreign-minister-russia-2021",
    "/problems/malformed-query",
    "/questions",
    "/questions/claims-about",
    "/questions/holder-on-day",
    "/questions/holder-on-day?day=yesterday",
    "/questions/records-by-article?sort=-records&contains=2018",
    "/questions/statements",
    "/search?q=Lavroff",
    "/sparql",
    "/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%203",
    "/statements",
    "/statements?topic=afghanistan",
)
_RULES: dict[str, object] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # other results are many, and take long to transfer
    "selectors": False,  # finding a selector for each element takes a quarter of the time
    "preload": False,  # none of these rules reads the style sheets
}
# Three quarters of axe's work is to find the contrast of all texts. It depends on the styles of an element
# and of those around it, so where these are the same for many texts, only some of the texts are checked.
_FIND_VIOLATIONS = """async options => {
    const page = window.opened
    if (!page.axe) addAxe(page)
    const names = ['background', 'clip', 'clip-path', 'color', 'display', 'filter', 'font-size',
        'font-weight', 'mix-blend-mode', 'opacity', 'overflow', 'position', 'text-shadow', 'visibility']
    const kinds = new Map()
    const mark = (element, around) => {
        const styles = [null, '::before', '::after'].map(part => page.getComputedStyle(element, part))
            .filter(style => style.content !== 'none')  // of a part that is not there nothing is seen
        const own = styles.flatMap(style => names.map(name => style.getPropertyValue(name)))
        const key = [around, element.localName, ...own].join()
        if (!kinds.has(key)) kinds.set(key, { number: kinds.size, texts: 0 })
        const kind = kinds.get(key)
        const isText = [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim()
        )
        const isField = element.matches('button, input, select, textarea')
        element.toggleAttribute('data-looked-at', isField || isText && kind.texts++ < 3)
        for (const child of element.children) mark(child, kind.number)
    }
    mark(page.document.documentElement, '')
    page.axe.configure({ rules: [{ id: 'color-contrast', selector: '[data-looked-at]' }] })
    return (await page.axe.run(page.document, options)).violations
}"""
_ADD_AXE = f"() => {{ window.addAxe = window => {{ {AXE_SCRIPT} }} }}"
# All headings in one script: a locator for each takes longer than loading the page.
_SHOWN = """() => [
    [...document.querySelectorAll('h1')].map(
        heading => heading.checkVisibility({ visibilityProperty: true }) && heading.offsetHeight > 0
    ),
    [...document.querySelectorAll('main')].map(main => main.innerText),
    document.querySelectorAll('button.copy').length,
]"""
# In a frame a page is laid out for the width of the frame, which changes in less time than that of a window.
_FIND_WIDE_CONTENT = """async ([addresses, widths]) => {
    const frame = document.body.appendChild(document.createElement('iframe'))
    frame.style.border = 0
    const found = []
    for (const address of addresses) {
        frame.srcdoc = await (await fetch(address)).text()
        await new Promise(loaded => { frame.onload = loaded })
        const page = frame.contentDocument
        for (const width of widths) {
            frame.width = width
            const boxes = [page.scrollingElement, ...page.querySelectorAll('.scroll')]
            if (boxes.some(box => box.scrollWidth > box.clientWidth)) found.push([address, width])
        }
        widths.reverse()  // the next page is laid out for the width that the frame has
    }
    return found
}"""
_MISSING = {"/nowhere": 404, "/page/person/nobody": 404, "/questions/holder-on-day?day=yesterday": 400}


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[str]:
    """Yield the address of a server of the release."""
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    app = create_app(Engine.from_release(release.folder), questions, release=release)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with remote_endpoints.answering(server):
        yield f"http://127.0.0.1:{server.server_port}"
    server.server_close()


@pytest.fixture(scope="module")
def wide(browser: Browser, site: str) -> Iterator[tuple[Page, list[str]]]:
    """Yield a wide page that all tests share, since each page is a process, and a list of its messages."""
    with browser.new_context(viewport=_viewport(max(WIDTHS)), base_url=site) as context:
        page = _opened(context, "/about/limits")
        yield page, _listen(page, site)


def _opened(context: BrowserContext, path: str) -> Page:
    """Return a page that was opened by another one, which holds axe.

    So axe need not be compiled anew for each page of the site.
    """
    opener = context.new_page()
    opener.goto(path)
    with opener.expect_popup() as opening:
        opener.evaluate("() => { window.opened = window.open() }")
    opener.evaluate(_ADD_AXE)
    return opening.value


@pytest.fixture
def open_page(wide: tuple[Page, list[str]]) -> Iterator[Page]:
    """Yield the page, as wide as the test before left it; it must have no messages at the end of the test."""
    page, heard = wide
    yield page
    complaints = _complaints(heard)
    heard.clear()
    assert not complaints


@pytest.fixture
def wide_page(open_page: Page) -> Iterator[Page]:
    """Yield the same page, wide."""
    open_page.set_viewport_size(_viewport(max(WIDTHS)))
    yield open_page
    open_page.emulate_media(media="null", color_scheme="null")


@pytest.fixture(params=WIDTHS)
def page(wide_page: Page, request: pytest.FixtureRequest) -> Page:
    """Return the same page at each width."""
    wide_page.set_viewport_size(_viewport(request.param))
    return wide_page


@pytest.fixture(scope="module")
def scriptless_page(browser: Browser, site: str) -> Iterator[Page]:
    """Yield a narrow page without scripts, which all tests share."""
    window = _viewport(min(WIDTHS))
    with browser.new_context(viewport=window, base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/about/limits")
        yield page


def _viewport(width: int) -> ViewportSize:
    return {"width": width, "height": 900}


def _listen(page: Page, site: str) -> list[str]:
    """Return a list to which the page adds its requests to other sites, its errors and its warnings."""
    heard: list[str] = []
    page.on(
        "request", lambda asked: heard.append(f"asked {asked.url}") if not _own(asked.url, site) else None
    )
    page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def _complaints(heard: list[str]) -> list[str]:
    return [message for message in heard if "status of 40" not in message]


def _own(url: str, site: str) -> bool:
    return url.startswith((site, "data:"))


def _violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return what a page violates of WCAG 2.2 AA, with the elements."""
    opener = page.opener()
    assert opener
    found: list[dict[str, Any]] = opener.evaluate(_FIND_VIOLATIONS, _RULES)
    return [(row["id"], [node["html"][:200] for node in row["nodes"]]) for row in found]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_and_asks_nobody_else(open_page: Page, path: str) -> None:
    """No violation of WCAG 2.2 AA or of the policy, no request elsewhere, nothing wider than the window."""
    response = open_page.goto(path)
    assert response is not None
    assert response.status == _MISSING.get(path, 200)
    headings, laid_out = open_page.evaluate("[document.querySelectorAll('h1').length, window.innerWidth]")
    assert headings == 1
    for width in sorted(WIDTHS, key=lambda width: width != laid_out):  # each change of width costs a layout
        open_page.set_viewport_size(_viewport(width))
        assert _violations(open_page) == []
        assert open_page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_violations_of_accessibility_are_found(browser: Browser) -> None:
    """Also a text that follows many of the same look, and differs only in the colour behind it."""
    context = browser.new_context()
    page = _opened(context, "about:blank")  # which allows styles of its own
    alike = "<section><p>plain</p></section>" * 9
    page.set_content(f"""<html lang=en><title>x</title><p style="color: #ccc">pale</p><img src=x>
        <style>p, section {{ color: #444; background: #fff }}</style><section><p></p></section>{alike}
        <section style="background: #555"><p style="background: none">dark</p></section></html>""")
    found = dict(_violations(page))
    context.close()
    assert {name: len(elements) for name, elements in found.items()} == {"color-contrast": 2, "image-alt": 1}
    pale, dark = found["color-contrast"]
    assert "pale" in pale
    assert "dark" in dark


@pytest.mark.parametrize("path", PAGES)
def test_page_works_without_script(scriptless_page: Page, path: str) -> None:
    """All of its text is there."""
    # To go to the page takes twice as long, and its address and its headers are tried with script.
    page = scriptless_page.request.get(path, headers=BROWSER)
    scriptless_page.set_content(page.text())
    headings, texts, buttons = scriptless_page.evaluate(_SHOWN)
    assert headings == [True]
    assert [bool(text.strip()) for text in texts] == [True]
    assert buttons == 0


def test_dark_pages_have_contrast(wide_page: Page) -> None:
    """Dark pages have colours of their own."""
    wide_page.emulate_media(color_scheme="dark")
    for path in (
        "/",
        "/page/person/lavrov-sergey",
        "/page/conflict/founding-year",
        "/questions/holder-on-day",
    ):
        wide_page.goto(path)
        assert _violations(wide_page) == []


def test_script_adds_copy_buttons(browser: Browser, site: str) -> None:
    """They copy the text before them."""
    with browser.new_context(base_url=site, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto("/page/person/lavrov-sergey")
        page.get_by_role("button", name="Copy").first.click()
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "https://w3id.org/csto-kg/id/person/lavrov-sergey"


def test_editor_shows_the_answer(page: Page) -> None:
    """In a table, and without a violation of the policy."""
    page.goto("/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%203")
    page.locator("#editor[data-ready] .yasqe_queryButton").click()
    page.locator("#editor .dataTable tbody tr").first.wait_for()


def test_editor_shows_literals_without_their_datatypes(page: Page) -> None:
    page.goto(
        "/sparql?query=SELECT%20%3Fd%20%7B%20%3Fm%20a%20ckg%3AHeldMeeting%20%3B%20ckg%3AonDate%20%3Fd%20%7D"
    )
    page.locator("#editor[data-ready] .yasqe_queryButton").click()
    literal = page.locator("#editor .dataTable td .nonIri[data-plain]").first
    literal.wait_for()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", literal.inner_text())
    assert literal.get_attribute("title") == "xsd:date"


def test_shared_link_opens_the_query_in_the_editor(page: Page) -> None:
    """Not the last query that was sent, whose answer is below. A long query is after the # of the link."""
    for number in range(2):
        page.goto("/sparql")
        page.locator("#editor[data-ready] .yasqe_queryButton").click()
        page.wait_for_url("**/sparql?query=*")
        written = f"ASK {{ ?s ckg:chair+ 'ж & # {'ж' * number * 2000}' }}"
        _write(page, written)
        page.locator("#editor .yasqe_share").click()
        link = page.locator("#editor .yasqe_sharePopup input").input_value()
        assert ("#" in link) == bool(number)
        page.goto("about:blank")
        page.goto(link)
        assert _written(page, written)


def test_link_of_the_editor_itself_opens_its_query(page: Page) -> None:
    """Such links have been shared: on a fresh page, over another query, and on the page that is open."""
    written = "ASK { ?s ckg:chair+ 'ж & #' }"
    for start in ("/sparql", "/sparql?query=ASK%7B%7D"):
        page.goto(start)
        page.locator("#editor[data-ready]").wait_for()
        _write(page, written)
        link = page.evaluate("document.querySelector('#editor').yasgui.getTab().getShareableLink()")
        assert link.startswith(page.url + "#query=")
        for elsewhere in ("about:blank", start):
            page.goto(elsewhere)
            page.goto(link)
            assert _written(page, written)
            page.wait_for_url("**/sparql?query=ASK+*")
            assert page.locator(".columns > .answer").count() == 0


def _write(page: Page, query: str) -> None:
    """Put a query into the editor."""
    page.evaluate(
        "query => { document.querySelector('#editor').yasgui.getTab().setQuery(query); }",
        query,
    )


def _written(page: Page, query: str) -> bool:
    """Return whether the editor comes to hold the query."""
    page.locator("#editor[data-ready]").wait_for()
    held = "query => document.querySelector('#editor').yasgui.getTab().getQuery() === query"
    return bool(page.wait_for_function(held, arg=query))


def test_editor_says_that_a_name_is_misspelt(page: Page) -> None:
    """The message stays until the next answer."""
    misspelt = "SELECT * { ?meeting ckg:chairdBy ?state }"
    page.goto("/sparql")
    page.locator("#editor[data-ready]").wait_for()
    _write(page, misspelt)
    status = page.locator("#editor .note[role=status]")
    assert status.inner_text() == ""
    page.locator("#editor .yasqe_queryButton").click()
    link = status.get_by_role("link")
    link.wait_for()
    assert status.inner_text() == "The data have no ckg:chairdBy. Did you mean ckg:chairedBy? Details"
    assert _violations(page) == []
    assert (
        page.request.get(link.evaluate("link => link.href")).json()["names"][0]["nearest"] == "ckg:chairedBy"
    )
    _write(page, "ASK {}")
    page.locator("#editor .yasqe_queryButton").click()
    page.locator("#editor .booleanResult").wait_for()
    assert status.inner_text() == ""


@pytest.mark.parametrize("path", ["/figures/timeline", "/figures/neighbourhood", "/figures/map"])
@pytest.mark.parametrize("sheet", [(794, 1123), (1123, 794)])
def test_a_figure_fits_on_a_printed_sheet(wide_page: Page, path: str, sheet: tuple[int, int]) -> None:
    """Upright and across, with its finding above it, even from a narrow window."""
    wide_page.set_viewport_size({"width": sheet[0], "height": sheet[1]})
    wide_page.emulate_media(media="print")
    wide_page.goto(path)
    assert wide_page.locator(".finding").is_visible()
    box = wide_page.locator("svg.drawing").bounding_box()
    assert box
    assert box["x"] + box["width"] <= sheet[0]
    assert box["y"] + box["height"] <= sheet[1]


@pytest.mark.parametrize("name", ["timeline", "map", "topics", "relays", "neighbourhood"])
def test_a_figure_is_on_the_first_printed_sheet(wide_page: Page, name: str) -> None:
    """With its finding and its note, also on a sheet of Letter, which is shorter than A4."""
    wide_page.set_viewport_size({"width": 740, "height": 980})
    wide_page.emulate_media(media="print")
    wide_page.goto(f"/figures/{name}")
    plate = wide_page.locator(".plate").bounding_box()
    assert plate
    assert plate["y"] + plate["height"] <= 980


@pytest.mark.parametrize("name", ["statements", "actions", "still-ahead"])
def test_an_answer_fits_on_a_printed_sheet(wide_page: Page, name: str) -> None:
    """With its evidence, which is the last of its columns, and without the form and the query.

    A wide table is printed in landscape, and what stands below does not overlap it.
    """
    wide_page.set_viewport_size({"width": 718, "height": 1000})  # A4 with margins of a centimetre
    wide_page.goto(f"/questions/{name}")
    wide_page.emulate_media(media="print")
    width = 718
    if wide_page.locator(".answer thead th").count() >= 9:
        assert wide_page.evaluate("getComputedStyle(document.body).page") == "wide"
        width = 1047
        wide_page.set_viewport_size({"width": width, "height": 718})
    if wide_page.locator(".footnotes").count():
        table, footnotes = (
            wide_page.locator(each).bounding_box() for each in (".answer table", ".footnotes")
        )
        assert table
        assert footnotes
        assert table["y"] + table["height"] <= footnotes["y"]
    right = wide_page.evaluate(
        "document.querySelector('.answer thead th:last-child').getBoundingClientRect().right"
    )
    assert right <= width
    assert wide_page.locator(".arrange, .query-text").evaluate_all(
        "rows => rows.every(row => !row.offsetHeight)"
    )


def test_no_answer_scrolls_sideways(wide_page: Page) -> None:
    """In a window of 1280 pixels every column is in sight, and on a phone a row is a card."""
    wide_page.goto("/questions")
    addresses = wide_page.locator("main a[href*='/questions/']").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert addresses
    assert wide_page.evaluate(_FIND_WIDE_CONTENT, [sorted(set(addresses)), WIDTHS]) == []


@pytest.mark.parametrize(("path", "shown"), [("/announced", False), ("/conflicts", True)])
def test_a_printed_number_has_its_footnote(wide_page: Page, path: str, shown: bool) -> None:
    """A page without a list of footnotes prints no numbers."""
    wide_page.goto(path)
    numbers = wide_page.locator(".mark:not(.cite-this)").first
    assert numbers.is_visible()
    wide_page.emulate_media(media="print")
    assert numbers.is_visible() == shown
    assert (wide_page.locator(".footnotes").count() == 1) == shown


def test_statements_begin_on_the_first_printed_sheet(wide_page: Page) -> None:
    """Their section is longer than a sheet, and would begin on the next one if it might not be broken."""
    wide_page.emulate_media(media="print")
    wide_page.goto("/statements")
    assert wide_page.evaluate("getComputedStyle(document.querySelector('.found')).breakInside") == "auto"


def test_the_first_rows_of_a_table_are_printed_together(wide_page: Page) -> None:
    """A table that begins at the foot of a sheet goes to the next one with its heading."""
    wide_page.emulate_media(media="print")
    wide_page.goto("/page/meeting/2021-05-19-cfm")
    rows = wide_page.locator("section:has(> h2#who-attended) tbody > tr")
    breaks = rows.evaluate_all("rows => rows.map(row => getComputedStyle(row).breakAfter)")
    assert breaks[:3] == ["avoid", "avoid", "auto"]


def test_other_sites_may_frame_figures_and_nothing_else(browser: Browser, site: str) -> None:
    """Another host name of this machine counts as another site."""
    other = site.replace("127.0.0.1", "localhost") + "/"
    body = "".join(f'<iframe src="{site}{path}"></iframe>' for path in ("/embed/figures/map", "/figures/map"))
    with browser.new_context(permissions=["local-network-access"]) as context:
        page = context.new_page()
        page.route(other, lambda route: route.fulfill(content_type="text/html", body=body))
        page.goto(other)
        page.wait_for_load_state("networkidle")
        frames = [page.frame_locator("iframe").nth(number) for number in range(2)]
        assert [frame.locator(".finding").count() for frame in frames] == [1, 0]


@pytest.mark.parametrize("name", ["map", "neighbourhood", "relays", "timeline", "topics"])
def test_the_source_of_a_figure_is_inside_its_frame(wide_page: Page, name: str) -> None:
    """At any width of a column: a drawing is no higher than the frame, and a list stands below the source."""
    wide_page.goto(f"/figures/{name}")
    height = int(re.findall(r'height="(\d+)"', wide_page.locator("#frame").inner_text())[0])
    wide_page.goto(f"/embed/figures/{name}")
    for width in (360, 620, 700, 985, 1400):
        wide_page.set_viewport_size({"width": width, "height": height})
        caption = wide_page.locator("figcaption").bounding_box()
        assert caption
        assert caption["y"] + caption["height"] <= height


def test_what_follows_below_the_side_column_has_the_whole_width(wide_page: Page) -> None:
    """The text of an article and the list of evidence; nothing lies under the column."""
    for path in ("/page/article/moscow-2011", "/page/meeting/2021-05-19-cfm"):
        wide_page.goto(path)
        whole, column, facts, evidence = (
            wide_page.locator(selector).first.bounding_box()
            for selector in (".page", ".beside", ".facts", ".footnotes")
        )
        assert whole
        assert column
        assert facts
        assert evidence
        assert facts["y"] < column["y"] + column["height"]
        assert facts["x"] + facts["width"] <= column["x"]
        last = wide_page.locator(".body section").last.bounding_box()
        assert last
        assert last["y"] > column["y"] + column["height"]
        assert last["width"] == whole["width"]
        assert evidence["width"] == whole["width"]


def test_form_is_filled_by_keyboard(scriptless_page: Page) -> None:
    """The day of a question is changed, and the answer follows."""
    scriptless_page.goto("/questions/presiding-state-on-day")
    scriptless_page.get_by_label("The day asked about").fill("2011-06-15")
    scriptless_page.get_by_label("The day asked about").press("Enter")
    scriptless_page.wait_for_url("**day=2011-06-15*")
    assert scriptless_page.get_by_role("link", name="Belarus", exact=True).is_visible()
