"""How a server is run: the options that have nothing to do with the data."""

from dataclasses import dataclass

from cstokg.web.answering import CACHE_BYTES


@dataclass(frozen=True, slots=True)
class Conduct:
    """How to serve.

    Attributes:
        base_path: the path under which a proxy offers the site, such as ``/kg``; empty for the root.
        proxies: how many proxies stand before the server and say in X-Forwarded headers for whom they
            ask; 0 believes nobody.
        work: the seconds of work that one client may ask for in a minute; 0 sets no limit.
        access_log: the file of the access log, ``-`` for standard output, empty for none.
        cache_bytes: how much the answers may hold that are kept for the next who asks.
    """

    base_path: str = ""
    proxies: int = 0
    work: float = 0.0
    access_log: str = ""
    cache_bytes: int = CACHE_BYTES
