"""The system calls that a worker may make (seccomp, Linux 3.5 and later).

The list holds what computing takes, and reading, writing and closing what is open already. Any
other call fails with EPERM, so that a library can go on without it. For a processor that is not in
the table there is no filter.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _MODE_FILTER = 21, 22, 2

# By processor: what the kernel calls it, and which of the numbers below are its own.
_PROCESSORS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_PROCESSOR = _PROCESSORS.get(os.uname().machine) if sys.maxsize > 1 << 32 else None
_NUMBERS = {
    "brk": (12, 214),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "close": (3, 57),
    "connect": (42, 203),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "fcntl": (72, 25),
    "fstat": (5, 80),
    "futex": (202, 98),
    "getpeername": (52, 205),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "getsockname": (51, 204),
    "getsockopt": (55, 209),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "ioctl": (16, 29),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "poll": (7, None),
    "ppoll": (271, 73),
    "read": (0, 63),
    "readv": (19, 65),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "sendmsg": (46, 211),
    "sendto": (44, 206),
    "setsockopt": (54, 208),
    "shutdown": (48, 210),
    "sigaltstack": (131, 132),
    "socket": (41, 198),
    "tgkill": (234, 131),
    "write": (1, 64),
    "writev": (20, 66),
}
_NETWORK = frozenset({"connect", "getpeername", "setsockopt", "socket"})
_ALL_BITS = 0xFFFFFFFF
_MAP_TYPE, _MAP_PRIVATE = 0x0F, 0x02  # memory that is shared would not count as this process's
_FIONBIO = 0x5421
_AF_INET, _SOCK_STREAM, _SOCK_TYPE = 2, 1, 0x0F
_CONDITIONS = {
    "mmap": [(3, _MAP_TYPE, _MAP_PRIVATE)],
    "ioctl": [(1, _ALL_BITS, _FIONBIO)],
    "socket": [(0, _ALL_BITS, _AF_INET), (1, _SOCK_TYPE, _SOCK_STREAM), (2, _ALL_BITS, 0)],
}

# Instructions of the filter: linux/bpf_common.h and linux/seccomp.h.
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_available() -> bool:
    """Whether this kernel filters, and the processor is in the table."""
    return _PROCESSOR is not None and int(_libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)) >= 0


def apply(*, network: bool) -> None:
    """Filter the calls of this process from now on; with ``network`` it may make connections by TCP.

    The process must have set no_new_privs, or be root.

    Raises:
        OSError: the kernel refuses the filter.
    """
    head = _HEADS[network]
    # abort() sends itself a signal, and nobody else may get one.
    tail = _rule("tgkill", [(0, _ALL_BITS, os.getpid())]) + _instruction(_RETURN, _REFUSE)
    program = _Program((len(head) + len(tail)) // 8, head + tail)
    if _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _head(*, network: bool) -> bytes:
    """The filter but for its end, which is another in each process."""
    if _PROCESSOR is None:
        return b""
    start = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, _PROCESSOR[0], 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
    ]
    names = [name for name in _NUMBERS if name != "tgkill" and (network or name not in _NETWORK)]
    return b"".join([*start, *(_rule(name, _CONDITIONS.get(name, ())) for name in names)])


def _rule(name: str, conditions: Iterable[tuple[int, int, int]]) -> bytes:
    """Instructions that allow a call under conditions: position of an argument, bits that count, value."""
    number = _NUMBERS[name][_PROCESSOR[1]] if _PROCESSOR else None
    if number is None:
        return b""
    body = []
    for position, bits, value in conditions:
        body += [
            _instruction(_LOAD, _ARGUMENTS + 8 * position),  # the low half: both processors store it first
            _instruction(_AND, bits),
            _instruction(_EQUAL, value, 1, 0),
            _instruction(_RETURN, _REFUSE),
        ]
    body.append(_instruction(_RETURN, _ALLOW))
    return b"".join([_instruction(_EQUAL, number, 0, len(body)), *body])


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


# Made before forking, because in a worker it would take longer than the rest of the sandbox.
_HEADS = {network: _head(network=network) for network in (False, True)}
