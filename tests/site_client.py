"""What the tests of pages share."""

import re
from html import unescape

from werkzeug.test import TestResponse

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def links(response: TestResponse) -> list[str]:
    """The addresses to which a page links, in its order."""
    return [unescape(address) for address in re.findall(r'<a\s[^>]*?href="([^"]*)"', response.text)]


def words(response: TestResponse) -> str:
    """What a page says, without markup and with single blanks."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
