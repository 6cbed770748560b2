"""What a worker, which evaluates queries of unknown users, may do: compute, and answer on one socket.

The engine lets a query do nothing else. The sandbox is for the case that an attacker takes over
the engine: it applies to any code that runs in the worker, and cannot be removed.

- Limits of resources: memory, open descriptors, size of files, stack, no processes, no core files.
- Landlock (Linux 5.13 and later; no path is allowed): open, create, remove or run no file. From
  version 4 (Linux 6.7) no TCP connection but to the one port that federation needs, and no listening;
  from version 6 (Linux 6.12) no signals to other processes and no connections to their abstract
  sockets.
- No capabilities and no new privileges, also where the server runs as root.

What remains, since there is no filter of system calls: code in a worker can use a processor until its
time is up, take the memory that it may, answer its query wrongly, and read the data that it was forked
with. It can change the modes, owners and times of its user's files, send by UDP, and connect to sockets
with a path of its user's programs. Where it serves a query that calls endpoints, it can ask these. So the
server should run as a separate user.

The numbers are from the kernel's headers and are the same for every processor.
"""

import ctypes
import os
import resource
import signal
import struct

from cstokg.errors import CstokgError

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_THREAD = 0x00010000
_CAPABILITY_VERSION_3 = 0x20080522
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION, _RULE_NET_PORT, _NET_CONNECT = 1, 2, 2

# What a version of Landlock can forbid: rights to files, rights to the network, scopes.
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
_NETWORK_RIGHTS = {4: 0b11}
_SCOPES = {6: 0b11}
_NETWORK_VERSION, _SCOPE_VERSION = min(_NETWORK_RIGHTS), min(_SCOPES)

_STDERR_BYTES = 65_536
_STACK_BYTES = 64 << 20
_DESCRIPTORS = 4  # standard input, output and error, and the socket
_DESCRIPTORS_OF_CALLS = 32

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(CstokgError):
    """The kernel cannot restrict a process as required."""


def tie_to_parent(parent: int) -> None:
    """Die with the process that forked this one, and drop its signal handlers."""
    _call(_libc.prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it had died before
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everyone; the parent decides


def restrict(memory: int, port: int | None = None) -> None:
    """Restrict this process, for good, to what a worker may do; it must have been forked just now.

    Args:
        memory: how much it may allocate beside what it has, in MiB.
        port: the only port to which it may connect; None for none.

    Raises:
        SandboxError: there is a port, and the kernel cannot keep the process from others; or a restriction
            that the kernel offers fails.
    """
    if port is not None and not can_restrict_network():
        raise SandboxError("calls to other endpoints need Linux 6.7 or later, with Landlock")
    descriptors = _DESCRIPTORS if port is None else _DESCRIPTORS_OF_CALLS
    _call(_libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if version := landlock_version():
        _apply_landlock(version, port)
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, _STDERR_BYTES),
        (resource.RLIMIT_STACK, _STACK_BYTES),
        (resource.RLIMIT_DATA, data_limit(memory)),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
    _call(_libc.capset, struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24))


def data_limit(memory: int) -> int:
    """Return the value of RLIMIT_DATA with which this process may allocate so many MiB beside what it has.

    The limit counts memory that belongs to the process alone. The memory in use, libraries included, is
    taken for what the process has of it: right to a few MiB as long as nothing is swapped out.
    """
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10) + (memory << 20)


def landlock_version() -> int:
    """Return the version of this kernel's Landlock; 0 if it has none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)))


def can_restrict_network() -> bool:
    """Return whether this kernel can allow a process one port and no other."""
    return landlock_version() >= _NETWORK_VERSION


def describe() -> str:
    """Return in one sentence whether workers are restricted as far as possible, and if not, why."""
    lacking = _lacking()
    if not lacking:
        return "Workers are restricted by Landlock."
    return f"Workers are less restricted than they could be: {'; '.join(lacking)}."


def is_complete() -> bool:
    """Return whether this machine has all that the sandbox can use, and the server is not run as root."""
    return not _lacking()


def is_single_threaded() -> bool:
    """Return whether this process has one thread, those of libraries counted."""
    # The kernel ignores the flag where there is one thread, and refuses it where there are more.
    return int(_libc.unshare(_CLONE_THREAD)) == 0


def cpu_clock(pid: int) -> int:
    """Return the clock of the processor time that a process has used, for `time.clock_gettime`.

    Raises:
        ProcessLookupError: there is no such process.
    """
    clock = ctypes.c_int()
    # Unlike other functions it returns the number of the error.
    if number := int(_libc.clock_getcpuclockid(pid, ctypes.byref(clock))):
        raise ProcessLookupError(number, os.strerror(number))
    return clock.value


def _apply_landlock(version: int, port: int | None) -> None:
    rights = struct.pack(
        "=QQQ", *(_rights(version, table) for table in (_FILE_RIGHTS, _NETWORK_RIGHTS, _SCOPES))
    )
    # Older versions refuse a longer structure unless the rest of it is zero, which it is.
    ruleset = _call(_libc.syscall, _CREATE_RULESET, rights, len(rights), 0)
    if port is not None:
        rule = struct.pack("=QQ", _NET_CONNECT, port)
        _call(_libc.syscall, _ADD_RULE, ruleset, _RULE_NET_PORT, rule, 0)
    _call(_libc.syscall, _RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _rights(version: int, table: dict[int, int]) -> int:
    """Return the rights or scopes of a version of Landlock, from a table by the version that added them."""
    return max((value for since, value in table.items() if since <= version), default=0)


def _lacking() -> list[str]:
    version = landlock_version()
    lacking = []
    if os.geteuid() == 0:
        lacking.append("the server runs as root")
    if version == 0:
        lacking.append(
            "this kernel has no Landlock (Linux 5.13), so only the limit on open files keeps them from files"
        )
    elif version < _NETWORK_VERSION:
        lacking.append("this kernel's Landlock cannot restrict the network (Linux 6.7)")
    elif version < _SCOPE_VERSION:
        lacking.append("this kernel's Landlock cannot restrict signals (Linux 6.12)")
    return lacking


def _call(function: "ctypes._FuncPointer", *arguments: object) -> int:
    result = int(function(*(_as_c(argument) for argument in arguments)))
    if result < 0:
        raise SandboxError(os.strerror(ctypes.get_errno()))
    return result


def _as_c(argument: object) -> object:
    return ctypes.c_ulong(argument) if isinstance(argument, int) else argument
