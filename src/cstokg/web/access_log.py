"""The access log: one JSON object a line for each request."""

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from cstokg.errors import CstokgError
from cstokg.web.record import Record

STANDARD_OUTPUT = "-"


class AccessLogError(CstokgError):
    """The log cannot be written; the message names the file."""


class AccessLog:
    """Writes lines to a file or to standard output, for several threads."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream that is open."""
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, record: Record, method: str, path: str, client: str, seconds: float) -> None:
        """Note a request that has been answered; of its query only the hash."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request": record.id,
            "client": client,
            "method": method,
            "path": path,
            "status": record.status,
            "ms": round(seconds * 1000, 3),
        }
        if record.query_hash:
            line["query"] = record.query_hash
            line["cached"] = record.cached
        if record.rows >= 0:
            line["rows"] = record.rows
        if record.cause:
            line["cause"] = record.cause
        text = json.dumps(line) + "\n"
        with self._lock:
            self._stream.write(text)
            self._stream.flush()

    def close(self) -> None:
        """Write no more; standard output stays open."""
        if self._stream is not sys.stdout:
            self._stream.close()


def to(path: str) -> AccessLog:
    """The log in a file, after what it holds already, or on standard output for ``-``.

    Raises:
        AccessLogError: the file cannot be written.
    """
    if path == STANDARD_OUTPUT:
        return AccessLog(sys.stdout)
    try:
        return AccessLog(Path(path).open("a", encoding="utf-8"))
    except OSError as error:
        raise AccessLogError(f"{path}: the access log cannot be written: {error.strerror or error}") from None
