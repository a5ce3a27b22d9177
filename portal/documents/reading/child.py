"""The child process that opens files: `python -m portal.documents.reading.child LIFELINE LIMITS`.

It answers requests on standard input with frames on what was standard output. Files may be hostile: the
process has limits on memory, file size and processor time, no network, and ends with its parent.
"""

from __future__ import annotations

import ctypes
import fcntl
import math
import os
import resource
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.protocol import Closed, read_frame, write_frame
from portal.documents.reading.results import Failure, Unreadable

if TYPE_CHECKING:
    from portal.documents.reading.opened import OpenedFiles

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.system", "os.fork", "os.posix_spawn", "os.spawn")


def main() -> None:
    """Set the limits, load the libraries, then answer until the parent closes the pipe."""
    lifeline, limits = int(sys.argv[1]), ChildLimits.from_json(sys.argv[2])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get between the frames
    end_with_parent(lifeline)
    set_limits(limits)
    leave_network()
    # Only now, so that the libraries load under the limits.
    from portal.documents.reading.opened import OpenedFiles  # noqa: PLC0415

    files = OpenedFiles(limits)
    write_frame(answers, {"ready": True})
    while True:
        try:
            request, _ = read_frame(0)
        except Closed:
            return
        allow_processor_time(limits, float(request["seconds"]))
        head, body = _answer(files, request)
        try:
            write_frame(answers, head, body)
        except Closed:
            return
        if head.get("last"):
            return


def _answer(files: OpenedFiles, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return files.answer(request)
    except Unreadable as error:
        return {"failure": error.failure, "detail": str(error)}, b""
    except MemoryError as error:
        # What a library holds after this is unknown: the next request gets a new process.
        return {"failure": Failure.MEMORY, "detail": str(error), "last": True}, b""
    except Exception as error:  # whatever a hostile file provokes must become an answer
        failure = Failure.MEMORY if _is_memory(error) else Failure.UNEXPECTED
        return {"failure": failure, "detail": f"{type(error).__name__}: {error}"[:2000], "last": True}, b""


def _is_memory(error: Exception) -> bool:
    """Whether a native library ran out of memory; each says so in its own words."""
    words = str(error).lower()
    return any(sign in words for sign in ("bad_alloc", "insufficient memory", "failed to allocate", "out of memory"))


def end_with_parent(lifeline: int) -> None:
    """Have the kernel end this process when the parent's end of the pipe `lifeline` closes.

    The signal comes even while a library is busy. (`PR_SET_PDEATHSIG` would fire when the parent's *thread*
    ends that happened to start the child.)
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    if poll.poll(0):  # the parent was gone before the signal was armed
        sys.exit(0)


def set_limits(limits: ChildLimits) -> None:
    """Limit memory, files written and core dumps for good."""
    for which, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write that is too long fails instead of killing
    os.nice(5)


def allow_processor_time(limits: ChildLimits, seconds: float) -> None:
    """Allow one request the processor time that `seconds` on the clock can amount to, and no more."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = math.ceil(usage.ru_utime + usage.ru_stime + (seconds + 5) * max(2, limits.threads))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))


def leave_network() -> None:
    """Go without network: an empty network namespace where the kernel allows it, and a refusal in Python.

    No other program is started from here either.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"{event} is not for the process that reads files")

    sys.addaudithook(refuse)


if __name__ == "__main__":
    main()
