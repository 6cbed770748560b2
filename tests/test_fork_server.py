"""The process that loads the data ends when its pool does, and prints no error."""

import json
import os
import select
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from cstokg.engine.loading.store import Source
from cstokg.settings import Limits
from pools import PATIENCE, write_data

PROGRAM = "from cstokg.engine.workers import worker; worker.load_and_fork()"


def test_pool_that_goes_unread_is_no_error(tmp_path: Path) -> None:
    """Such as that of a server whose port is taken: it closes the socket before the data are loaded."""
    source = Source(tmp_path, (write_data(tmp_path),))
    order = json.dumps({"source": source.to_json(), "limits": asdict(Limits()), "parent": os.getpid()})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno()), order],
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
            text=True,
        )
    with ours:
        assert select.select([ours], [], [], PATIENCE)[0]
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")
