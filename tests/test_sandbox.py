"""A worker can compute and answer; code that has taken it over can do none of the things tested here."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cstokg.engine.workers import sandbox

needs_landlock = pytest.mark.skipif(sandbox.landlock_version() < 6, reason="needs Landlock 6 (Linux 6.12)")

# A process with the restrictions of a worker closes its standard input, so that it may open something
# else, and tries; what came of it is written to standard output, which it has already.
PROGRAM = """
import ctypes, mmap, os, resource, shutil, signal, socket, sys, threading, time
from pathlib import Path
from cstokg.engine.workers import sandbox
memory, port = int(sys.argv[1]), int(sys.argv[2]) or None
action, folder, parent = sys.argv[3], Path(sys.argv[4]), os.getpid()
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
code = compile(action, "action", "exec")
child = os.fork()
if child == 0:
    os.dup2(os.open(os.devnull, os.O_RDWR), 3)
    os.closerange(4, 100)
    sandbox.tie_to_parent(parent)
    sandbox.restrict(memory, port)
    os.close(0)
    try:
        exec(code)
        os.write(1, b"done")
    except BaseException as error:
        os.write(1, f"{type(error).__name__} {getattr(error, 'errno', '')} {error}".encode())
    os._exit(0)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(0 if status == 0 else 70)
"""
REFUSED = re.compile(r"PermissionError|OSError (1|13) |RuntimeError .*thread|ValueError .*limit")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder with a file, a folder, and sockets that listen."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    with socket.socket(socket.AF_UNIX) as by_path, socket.socket(socket.AF_UNIX) as abstract:
        by_path.bind(str(tmp_path / "socket"))
        by_path.listen()
        abstract.bind(f"\0{tmp_path}")
        abstract.listen()
        yield tmp_path


@pytest.fixture
def port() -> Iterator[int]:
    """Yield a port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def outcome(action: str, folder: Path, *, memory: int = 200, port: int = 0) -> str:
    """Return what a restricted process says after an action: done, or the error; or how it died."""
    command = [sys.executable, "-c", PROGRAM, str(memory), str(port), action, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return run.stdout or f"died: {run.returncode} {run.stderr}"


# What Landlock forbids by itself.
BY_LANDLOCK = {
    "open": "os.open('/etc/passwd', os.O_RDONLY)",
    "open in the folder": "os.open(folder / 'file', os.O_RDONLY)",
    "open for writing": "os.open(folder / 'file', os.O_WRONLY)",
    "create": "os.open(folder / 'new', os.O_CREAT | os.O_WRONLY)",
    "open below an open folder": "os.open('../' * 20 + 'etc/passwd', os.O_RDONLY)",
    "read its own memory by name": "os.open('/proc/self/mem', os.O_RDWR)",
    "list": "os.listdir(folder)",
    "mkdir": "os.mkdir(folder / 'new')",
    "rmdir": "os.rmdir(folder / 'empty')",
    "remove": "os.unlink(folder / 'file')",
    "rename": "os.rename(folder / 'file', folder / 'new')",
    "link": "os.link(folder / 'file', folder / 'empty' / 'new')",
    "symlink": "os.symlink('file', folder / 'new')",
    "fifo": "os.mkfifo(folder / 'new')",
    "truncate": "os.truncate(folder / 'file', 0)",
    "run": "os.execv('/bin/true', ['true'])",
    "run from memory": "os.execv('/proc/self/exe', ['python', '-c', ''])",
    "connect": "socket.socket().connect(('127.0.0.1', PORT))",
    "bind": "socket.socket().bind(('127.0.0.1', 0)); ",
    "bind a path": "socket.socket(socket.AF_UNIX).bind(str(folder / 'new'))",
    "connect to an abstract socket": "socket.socket(socket.AF_UNIX).connect(chr(0) + str(folder))",
    "signal the parent": "os.kill(parent, signal.SIGTERM)",
    "look for the parent": "os.kill(parent, 0)",
    "signal by descriptor": "signal.pidfd_send_signal(os.pidfd_open(parent), signal.SIGTERM)",
    "trace": "call('ptrace', 16, parent, 0, 0)",
    "read the memory of another": (
        "b = ctypes.create_string_buffer(8); v = (ctypes.c_size_t * 2)(ctypes.addressof(b), 8); "
        "call('process_vm_readv', parent, v, 1, v, 1, 0)"
    ),
}


@needs_landlock
@pytest.mark.parametrize("action", BY_LANDLOCK)
def test_a_worker_cannot(action: str, folder: Path, port: int) -> None:
    before = sorted(path.name for path in folder.iterdir())
    said = outcome(BY_LANDLOCK[action].replace("PORT", str(port)), folder)
    assert REFUSED.match(said), said
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    "action",
    [
        "x = bytearray(300 << 20)",
        "x = [bytearray(1 << 20) for _ in range(300)]",
        "x = [mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(300)]",
        "x = [b'x' * i for i in range(100_000)]",
    ],
)
def test_memory_is_limited(action: str, folder: Path) -> None:
    said = outcome(action, folder)
    assert said.startswith("MemoryError") or "Cannot allocate memory" in said


def test_memory_that_is_allowed_can_be_used(folder: Path) -> None:
    assert outcome("x = [bytearray(1 << 20) for _ in range(185)]", folder) == "done"
    # The parent's memory does not count.
    assert outcome("x = [bytearray(1 << 20) for _ in range(60)]", folder, memory=70) == "done"


def test_a_file_that_a_worker_has_is_written_so_far_and_no_farther(folder: Path) -> None:
    path = folder / "messages"
    program = PROGRAM.replace("os.devnull, os.O_RDWR), 3", f"{str(path)!r}, os.O_CREAT | os.O_RDWR), 3")
    action = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwhile os.write(3, b'x' * 10_000): pass"
    command = [sys.executable, "-c", program, "200", "0", action, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "File too large" in run.stdout
    assert path.stat().st_size == 65_536


@needs_landlock
def test_a_worker_with_a_port_connects_there_and_nowhere_else(folder: Path, port: int) -> None:
    there = f"socket.socket().connect(('127.0.0.1', {port}))"
    assert outcome(there, folder, port=port) == "done"
    with socket.create_server(("127.0.0.1", 0)) as other:
        elsewhere = there.replace(str(port), str(other.getsockname()[1]))
        assert REFUSED.match(outcome(elsewhere, folder, port=port))
    for action in ("bind", "open", "create", "signal the parent", "run"):
        assert REFUSED.match(outcome(BY_LANDLOCK[action], folder, port=port))


def test_a_worker_can_abort(folder: Path) -> None:
    """The engine aborts where it finds no memory, and the message must come through."""
    assert "died" in outcome("os.abort()", folder)


def test_process_that_has_lost_its_parent_ends() -> None:
    program = "from cstokg.engine.workers import sandbox; sandbox.tie_to_parent(1); print('goes on')"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


def test_cpu_clock_tells_the_time_that_another_process_computes() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        clock = sandbox.cpu_clock(busy.pid)
        start = time.clock_gettime(clock)
        time.sleep(0.3)
        used = time.clock_gettime(clock) - start
        busy.kill()
        busy.wait()
    assert 0.02 < used < 0.5
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"]) as idle:
        time.sleep(0.3)
        clock = sandbox.cpu_clock(idle.pid)
        start = time.clock_gettime(clock)
        time.sleep(0.2)
        assert time.clock_gettime(clock) - start < 0.02
        idle.kill()
        idle.wait()
    with pytest.raises(OSError, match="Errno"):
        time.clock_gettime(clock)
    with pytest.raises(ProcessLookupError):
        sandbox.cpu_clock(idle.pid)


def test_threads_of_libraries_are_noticed() -> None:
    program = """
import threading
from cstokg.engine.workers import sandbox
print(sandbox.is_single_threaded())
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(sandbox.is_single_threaded(), flush=True)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("version", "user", "words"),
    [
        (7, 1000, ["restricted by Landlock"]),
        (7, 0, ["as root"]),
        (0, 1000, ["no Landlock"]),
        (1, 1000, ["network"]),
        (4, 1000, ["signals"]),
        (0, 0, ["as root", "no Landlock"]),
    ],
)
def test_warning_names_what_the_sandbox_lacks(
    monkeypatch: pytest.MonkeyPatch, version: int, user: int, words: list[str]
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: version)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert all(word in sandbox.describe() for word in words)
    assert (
        sandbox.describe().count(".") - sandbox.describe().count("6.") - sandbox.describe().count("5.") == 1
    )
    assert sandbox.is_complete() == (words[0].startswith("restricted"))


@pytest.mark.skipif(sandbox.landlock_version() < 6, reason="needs a kernel that knows the later rights")
@pytest.mark.parametrize("version", range(1, 8))
def test_older_versions_of_landlock_are_asked_for_what_they_have(version: int, folder: Path) -> None:
    action = "os.mkdir(folder / 'new')"
    program = PROGRAM.replace(
        "child = os.fork()", f"sandbox.landlock_version = lambda: {version}\nchild = os.fork()"
    )
    command = [sys.executable, "-c", program, "200", "0", action, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert REFUSED.match(run.stdout)


def test_without_landlock_a_worker_gets_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 3)
    with pytest.raises(sandbox.SandboxError, match=re.escape("Linux 6.7")):
        sandbox.restrict(100, 80)
