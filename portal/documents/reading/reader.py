"""The parent's side of reading: `PageReader` starts the child process, asks it, and ends it when it must."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.core.errors import PortalError
from portal.core.messages import N_
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.protocol import Closed, Garbled, TooLate, read_frame, write_frame
from portal.documents.reading.results import Failure, Inspection, PageText, TextBox

log = logging.getLogger(__name__)

REASONS: dict[Failure, str] = {
    Failure.DAMAGED: N_("The file is damaged or incomplete and cannot be read."),
    Failure.PASSWORD: N_("The file needs a password to be opened."),
    Failure.TOO_MANY_PIXELS: N_("The page is too large to be read."),
    Failure.TOO_MANY_PAGES: N_("The file has too many pages to be read."),
    Failure.NO_SUCH_PAGE: N_("The file has no such page."),
    Failure.MEMORY: N_("Reading the file needs more memory than is allowed."),
    Failure.TIMEOUT: N_("Reading the file takes more time than is allowed."),
    Failure.CRASHED: N_("The file could not be read: the program that opens it failed on it."),
    Failure.UNEXPECTED: N_("The file could not be read because of an unexpected error."),
}
_LONGEST_WAIT_FOR_END = 5.0
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")


class ReadingFailed(PortalError):
    """A file or page could not be read. The message id is one of `REASONS`; `failure` says which."""

    status = 422

    def __init__(self, failure: Failure) -> None:
        super().__init__(REASONS[failure])
        self.failure = failure


class ReaderNotStarted(PortalError):
    """The child process does not start: the installation is at fault, not the file."""

    message_id = N_("The part that reads files cannot be started. Please tell the administrator.")
    status = 503


class ReaderBusy(PortalError):
    """Others' files are being opened; this request would have waited too long."""

    message_id = N_("Other pages are being drawn at the moment. Please try again in a minute.")
    status = 503


class PageReader:
    """Reads files in a child process. One request at a time; safe to use from several threads.

    The child starts with the first request. A file that makes it crash, hang or eat memory ends that child
    only: the request raises `ReadingFailed` and the next request gets a new child.
    """

    def __init__(self, limits: ChildLimits | None = None) -> None:
        self.limits = limits or ChildLimits()
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def inspect(self, path: Path, kind: FileKind, seconds: float | None = None) -> Inspection:
        """Open `path` and count its pages. A PDF that needs a password is an answer (`reason`), not an error.

        Raises `ReadingFailed`.
        """
        # The pages of a PDF are counted at once; an office file has to be read to its end first.
        usual = self.limits.inspect_seconds if kind.has_page_images else self.limits.read_seconds
        try:
            head, _ = self._ask(seconds or usual, do="inspect", path=str(path), kind=kind)
        except ReadingFailed as error:
            if error.failure is not Failure.PASSWORD:
                raise
            return Inspection(pages=0, encrypted=True, reason=REASONS[Failure.PASSWORD])
        return Inspection(**head)

    def read_page(self, path: Path, kind: FileKind, page_number: int, seconds: float | None = None) -> PageText:
        """The text of page `page_number` (from 1): embedded where there is real text, else recognised.

        Raises `ReadingFailed`.
        """
        head, _ = self._ask(seconds or self.limits.read_seconds, do="read", path=str(path), kind=kind, page=page_number)
        return PageText(**{**head, "boxes": [TextBox(*box) for box in head["boxes"]]})

    def render_page(self, path: Path, kind: FileKind, page_number: int, width_px: int) -> bytes:
        """A JPEG of page `page_number` (from 1), at most `width_px` wide, without a watermark.

        Raises `ReadingFailed`.
        """
        if width_px < 1:
            raise ValueError("a picture has a width")
        _, body = self._ask(
            self.limits.render_seconds,
            do="render",
            path=str(path),
            kind=kind,
            page=page_number,
            width=width_px,
        )
        return body

    def read_codes(self, path: Path, kind: FileKind, page_number: int) -> list[str]:
        """What the QR codes on page `page_number` (from 1) say. Raises `ReadingFailed`."""
        head, _ = self._ask(self.limits.render_seconds, do="codes", path=str(path), kind=kind, page=page_number)
        return [str(code) for code in head["codes"]]

    def pages_alone(self, path: Path, kind: FileKind, first: int, last: int) -> bytes | None:
        """A file of pages `first` to `last` (from 1), with nothing of the others; None where that would lose
        something (`cover_sheets.pages_alone`). Raises `ReadingFailed`.
        """
        head, body = self._ask(self.limits.read_seconds, do="part", path=str(path), kind=kind, first=first, last=last)
        return body if head["whole"] else None

    def close(self) -> None:
        """End the child. The reader can be used again: the next request starts another."""
        with self._lock:
            if self._child:
                self._child.end()
                self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The child's process id while it runs."""
        child = self._child
        return child.process.pid if child else None

    def _ask(self, seconds: float, **request: Any) -> tuple[dict[str, Any], bytes]:
        if not self._lock.acquire(timeout=self.limits.wait_seconds):
            raise ReaderBusy
        try:
            head, body = self._answered(seconds, request)
        finally:
            self._lock.release()
        if "failure" in head:
            failure = Failure(head["failure"])
            log.info("not read: %s page %s: %s", request["path"], request.get("page"), head.get("detail"))
            raise ReadingFailed(failure)
        return head, body

    def _answered(self, seconds: float, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        child = self._running_child()
        try:
            head, body = child.ask({**request, "seconds": seconds}, seconds)
        except TooLate:
            self._drop()
            return {"failure": Failure.TIMEOUT, "detail": f"no answer after {seconds} seconds"}, b""
        except (Closed, Garbled) as error:
            status = self._drop()
            return {
                "failure": Failure.CRASHED,
                "detail": f"{type(error).__name__} {error}, status {status}",
            }, b""
        except BaseException:
            self._drop()  # an interrupted request leaves half an answer in the pipe
            raise
        if head.pop("last", False):
            self._drop()
        return head, body

    def _running_child(self) -> _Child:
        child = self._child
        if child and child.owner != os.getpid():
            child = None  # this process was forked from the one that owns the child
        if child and child.process.poll() is not None:
            child.end()
            child = None
        if child is None:
            child = self._child = _Child(self.limits)
        return child

    def _drop(self) -> int | None:
        child, self._child = self._child, None
        return child.end() if child else None


class _Child:
    """A running child process and the pipes to it."""

    def __init__(self, limits: ChildLimits) -> None:
        self.owner = os.getpid()
        self._folder = tempfile.TemporaryDirectory(prefix="reading-")
        lifeline_end, self._lifeline = os.pipe()
        try:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-s",
                    "-m",
                    __package__ + ".child",
                    str(lifeline_end),
                    limits.to_json(),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd=self._folder.name,
                env=_environment(self._folder.name),
                pass_fds=(lifeline_end,),
                start_new_session=True,
            )
        finally:
            os.close(lifeline_end)
        assert self.process.stdin and self.process.stdout
        self._requests, self._answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        try:
            read_frame(self._answers, limits.start_seconds)
        except (Closed, TooLate, Garbled) as error:
            status = self.end()
            log.error("the child that reads files does not start: %r, status %s", error, status)
            raise ReaderNotStarted from error

    def ask(self, request: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
        write_frame(self._requests, request)
        return read_frame(self._answers, seconds)

    def end(self) -> int | None:
        """Kill the process and whatever it started, and remove its folder. Returns its exit status."""
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("the child had ended by itself")
        status = self.process.wait(_LONGEST_WAIT_FOR_END)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        os.close(self._lifeline)
        self._folder.cleanup()
        return status


def _environment(folder: str) -> dict[str, str]:
    """Nothing of the parent's secrets and proxies; the module path, and threads and memory kept small."""
    return {
        **{name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
        "PYTHONPATH": os.pathsep.join(str(Path(entry or ".").absolute()) for entry in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "HOME": folder,
        "TMPDIR": folder,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
