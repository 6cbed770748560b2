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
    known = os.uname().machine in _PROCESSORS and sys.maxsize > _ALL_BITS
    return known and int(_libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)) >= 0


def apply(*, network: bool) -> None:
    """Filter the calls of this process from now on; with ``network`` it may make connections by TCP.

    The process must have set no_new_privs, or be root.

    Raises:
        OSError: the kernel refuses the filter.
    """
    architecture, column = _PROCESSORS[os.uname().machine]
    instructions = _filter(architecture, column, network=network)
    program = _Program(len(instructions) // 8, instructions)
    if _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _filter(architecture: int, column: int, *, network: bool) -> bytes:
    # What some calls must have as arguments: position, bits that count, value.
    conditions = {
        "mmap": [(3, _MAP_TYPE, _MAP_PRIVATE)],
        "tgkill": [(0, _ALL_BITS, os.getpid())],  # abort() sends itself a signal
        "ioctl": [(1, _ALL_BITS, _FIONBIO)],
        "socket": [(0, _ALL_BITS, _AF_INET), (1, _SOCK_TYPE, _SOCK_STREAM), (2, _ALL_BITS, 0)],
    }
    parts = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
    ]
    for name, numbers in _NUMBERS.items():
        number = numbers[column]
        if number is None or (name in _NETWORK and not network):
            continue
        body = [*_conditions(conditions.get(name, ())), _instruction(_RETURN, _ALLOW)]
        parts += [_instruction(_EQUAL, number, 0, len(body)), *body]
    return b"".join([*parts, _instruction(_RETURN, _REFUSE)])


def _conditions(conditions: Iterable[tuple[int, int, int]]) -> Iterable[bytes]:
    for position, bits, value in conditions:
        yield _instruction(
            _LOAD, _ARGUMENTS + 8 * position
        )  # the low half, as both processors store it first
        yield _instruction(_AND, bits)
        yield _instruction(_EQUAL, value, 1, 0)
        yield _instruction(_RETURN, _REFUSE)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
