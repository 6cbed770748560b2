"""What a process that evaluates strangers' queries may do: compute, and answer on one socket.

Linux only. The numbers are from the kernel's headers and are the same on every architecture.
"""

import ctypes
import os
import resource
import signal
import struct
from pathlib import Path

from cstokg.errors import CstokgError

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION, _LANDLOCK_RULE_NET_PORT = 1, 2
_NET_BIND, _NET_CONNECT = 1, 2
_ALL_FILE_RIGHTS = (1 << 15) - 1  # those of the version of Landlock that brought the network
_NETWORK_SINCE = 4

_STDERR_BYTES = 65_536
_STACK_BYTES = 64 << 20
_FIRST_FREE = 4  # below are standard input, output and error, and the socket

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(CstokgError):
    """The kernel cannot restrict a process as it has to be."""


def tie_to_parent(parent: int) -> None:
    """Die with the process that forked this one, and stand by no handler of its."""
    _call(_libc.prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it had died before
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everyone; the parent decides


def limit(memory_mib: int, *, descriptors: int = _FIRST_FREE) -> None:
    """Limit memory to so much above what is used now, and open files to those below a number.

    A process that may open no descriptor can reach neither file nor network.
    """
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, _STDERR_BYTES)
    _set(resource.RLIMIT_STACK, _STACK_BYTES)
    _set(resource.RLIMIT_AS, _virtual_size() + (memory_mib << 20))
    _set(resource.RLIMIT_NOFILE, descriptors)
    _call(_libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def can_restrict_network() -> bool:
    """Whether this kernel can allow a process one port and no other (Landlock 4, Linux 6.7)."""
    version = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION)
    return int(version) >= _NETWORK_SINCE


def only_port(port: int) -> None:
    """Allow connections by TCP to one port, no listening, and no file to be opened.

    Without files there is no resolver's configuration either, so names are not looked up.

    Raises:
        SandboxError: the kernel cannot.
    """
    _call(_libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    rights = struct.pack("=QQ", _ALL_FILE_RIGHTS, _NET_BIND | _NET_CONNECT)
    ruleset = _call(_libc.syscall, _LANDLOCK_CREATE_RULESET, rights, len(rights), 0)
    rule = struct.pack("=QQ", _NET_CONNECT, port)
    _call(_libc.syscall, _LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_NET_PORT, rule, 0)
    _call(_libc.syscall, _LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def threads() -> int:
    """How many threads this process has, those of libraries too."""
    return len(list(Path("/proc/self/task").iterdir()))


def _set(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def _virtual_size() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _call(function: "ctypes._FuncPointer", *arguments: object) -> int:
    result = int(function(*(_as_c(argument) for argument in arguments)))
    if result < 0:
        number = ctypes.get_errno()
        raise SandboxError(os.strerror(number))
    return result


def _as_c(argument: object) -> object:
    return ctypes.c_ulong(argument) if isinstance(argument, int) else argument


def cpu_clock(pid: int) -> int:
    clock = ctypes.c_int()
    _libc.clock_getcpuclockid(pid, ctypes.byref(clock))
    return clock.value


def restrict(memory: int, port: int | None) -> None:
    if port is None:
        limit(memory)
    else:
        limit(memory, descriptors=32)
        only_port(port)
