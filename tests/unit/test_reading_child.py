"""The child may be killed, hang, run out of memory or print: the portal goes on, and it never lingers."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from portal.documents.reading.kinds import FileKind
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.reader import PageReader, ReaderNotStarted, ReadingFailed
from portal.documents.reading.results import Failure

pytestmark = pytest.mark.process

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30.0
"""How long a test waits for something that has to happen; it fails after that."""


@pytest.fixture
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    Image.new("L", (100, 140), "white").save(path)
    return path


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def has_ended(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except FileNotFoundError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def started(reader: PageReader, picture: Path) -> int:
    assert reader.inspect(picture, FileKind.PNG).pages == 1
    assert reader.process_id is not None
    return reader.process_id


def test_a_child_killed_in_mid_read_gives_a_clean_error_and_the_next_call_works(
    reader: PageReader, picture: Path
) -> None:
    child = started(reader, picture)
    os.kill(child, signal.SIGSTOP)  # it takes the request and never answers
    failures: list[ReadingFailed] = []

    def read() -> None:
        try:
            reader.read_page(picture, FileKind.PNG, 1)
        except ReadingFailed as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    until(reader._lock.locked, "the request begins")
    os.kill(child, signal.SIGKILL)
    thread.join(PATIENCE)
    assert [error.failure for error in failures] == [Failure.CRASHED]
    assert reader.read_page(picture, FileKind.PNG, 1).source == "none"
    assert reader.process_id != child


def test_a_child_killed_between_calls_is_replaced_without_an_error(reader: PageReader, picture: Path) -> None:
    child = started(reader, picture)
    os.kill(child, signal.SIGKILL)
    until(lambda: has_ended(child), "the child ends")
    assert reader.inspect(picture, FileKind.PNG).pages == 1


def test_a_call_that_takes_too_long_ends_the_child(picture: Path) -> None:
    with PageReader(ChildLimits(inspect_seconds=0.3)) as reader:
        child = started(reader, picture)
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(ReadingFailed) as error:
            reader.inspect(picture, FileKind.PNG)
        assert error.value.failure is Failure.TIMEOUT
        assert has_ended(child)
        assert reader.inspect(picture, FileKind.PNG, seconds=PATIENCE).pages == 1


def test_a_picture_that_needs_more_memory_than_allowed_fails_alone(tmp_path: Path, picture: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    large = tmp_path / "large.png"
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 99))
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b""))
    limits = ChildLimits(memory_bytes=1024**3, max_pixels=10**9)
    with PageReader(limits) as reader:
        child = started(reader, picture)
        with pytest.raises(ReadingFailed) as error:
            reader.render_page(large, FileKind.PNG, 1, 100)
        assert error.value.failure is Failure.MEMORY
        assert has_ended(child)
        assert reader.inspect(picture, FileKind.PNG).pages == 1


def test_a_child_that_cannot_start_is_an_error_of_its_own(picture: Path) -> None:
    with PageReader(ChildLimits(memory_bytes=20 * 1024**2)) as reader, pytest.raises(ReaderNotStarted):
        reader.inspect(picture, FileKind.PNG)


def test_close_ends_the_child(picture: Path) -> None:
    reader = PageReader()
    child = started(reader, picture)
    reader.close()
    assert has_ended(child)
    assert reader.process_id is None


def test_the_child_ends_when_its_parent_is_killed(picture: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import sys, time
            from pathlib import Path
            from portal.documents.reading.kinds import FileKind
            from portal.documents.reading.reader import PageReader
            reader = PageReader()
            reader.inspect(Path({str(picture)!r}), FileKind.PNG)
            print(reader.process_id, flush=True)
            time.sleep(600)
        """),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert not has_ended(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: has_ended(child), "the child ends")


def test_a_busy_child_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    """The process below sleeps in C with the interpreter locked: no Python code of its own could end it."""
    lifeline_end, lifeline = os.pipe()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import ctypes
            from portal.documents.reading.child import end_with_parent
            end_with_parent({lifeline_end})
            print("armed", flush=True)
            ctypes.PyDLL(None).sleep(600)
        """),
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        pass_fds=(lifeline_end,),
    )
    os.close(lifeline_end)
    assert process.stdout
    assert process.stdout.readline() == b"armed\n"
    assert process.poll() is None
    os.close(lifeline)
    assert process.wait(PATIENCE) == -signal.SIGIO
    process.stdout.close()


def test_what_libraries_print_does_not_get_between_the_answers(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
        import os
        import PIL.Image
        quiet = PIL.Image.open

        def noisy(*arguments, **options):
            os.write(1, b"library noise " * 1000)
            print("more noise", flush=True)
            return quiet(*arguments, **options)

        PIL.Image.open = noisy
    """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with PageReader() as reader:
        for _ in range(3):
            assert reader.inspect(picture, FileKind.PNG).pages == 1


def test_calls_from_several_threads_get_their_own_answers(reader: PageReader, tmp_path: Path) -> None:
    wrong: list[str] = []
    paths = []
    for number in range(1, 5):
        path = tmp_path / f"{number}.tif"
        sheets = [Image.new("L", (30, 30))] * number
        sheets[0].save(path, "TIFF", save_all=True, append_images=sheets[1:])
        paths.append((number, path))

    def ask(number: int, path: Path) -> None:
        for _ in range(10):
            if reader.inspect(path, FileKind.TIFF).pages != number:
                wrong.append(path.name)

    threads = [threading.Thread(target=ask, args=pair) for pair in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert wrong == []


def test_the_child_sees_no_secrets_and_reaches_no_network(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent(f"""
        import os, socket
        import PIL.Image
        quiet = PIL.Image.open

        def curious(*arguments, **options):
            with open({str(seen)!r}, "w") as report:
                print(sorted(os.environ), file=report)
                try:
                    socket.create_connection(("127.0.0.1", 9), timeout=1)
                except PermissionError as error:
                    print("refused", file=report)
                try:
                    os.system("true")
                except PermissionError as error:
                    print("refused", file=report)
            return quiet(*arguments, **options)

        PIL.Image.open = curious
    """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PORTAL_SECRET_KEY", "not for the child")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    with PageReader() as reader:
        assert reader.inspect(picture, FileKind.PNG).pages == 1
    variables, *refusals = seen.read_text().splitlines()
    assert "PORTAL_SECRET_KEY" not in variables
    assert "PROXY" not in variables
    assert refusals == ["refused", "refused"]
