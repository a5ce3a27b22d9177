"""The watched folder on the disk: what is seen, and that nothing but the file that was seen is read or removed."""

from __future__ import annotations

import hashlib
import io
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.arrivals import folder as folders
from portal.arrivals.folder import Seen, WatchedFolder
from portal.arrivals.jobs import ASK_AGAIN, LONGEST_WRITING, SETTLED, SETTLED_IF_EMPTY, FolderWatch
from portal.config import SettingsError, load_settings
from portal.core.outbox import OutboxRow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "arrivals"
    path.mkdir()
    return path


@pytest.fixture
def folder(path: Path) -> WatchedFolder:
    return WatchedFolder(path)


def only(folder: WatchedFolder) -> Seen:
    (seen,) = folder.look()
    return seen


def test_only_regular_files_with_ordinary_names_are_seen(folder: WatchedFolder, path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    (path / "letter.pdf").write_bytes(b"letter")
    (path / "sub").mkdir()
    (path / "sub" / "inner.pdf").write_bytes(b"inner")
    (path / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (path / "linked folder").symlink_to(tmp_path)
    (path / "broken.pdf").symlink_to(tmp_path / "nothing")
    os.mkfifo(path / "pipe.pdf")
    door = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(path)  # A socket's address is short.
    try:
        door.bind("socket.pdf")
    finally:
        os.chdir(here)
    for name in (
        ".hidden.pdf",
        "~$letter.docx",
        "letter.pdf~",
        "a.tmp",
        "a.PART",
        "a.crdownload",
        "Thumbs.db",
        "a.pdf.lck",
    ):
        (path / name).write_bytes(b"x")
    assert [seen.name for seen in folder.look()] == ["letter.pdf"]
    door.close()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("恒达.pdf".encode(), "恒达.pdf"),
        (b"-rf \xff\xfe.pdf", "-rf ��.pdf"),
        (b"new\nline.pdf", "newline.pdf"),
        ("gnp\u202efdp.exe".encode(), "gnpfdp.exe"),
        (b"%s%(name)s{0}.pdf", "%s%(name)s{0}.pdf"),
        (b"a" * 251 + b".pdf", "a" * 196 + ".pdf"),
        (b"..pdf", None),
        (b"C:\\x\\<script>.pdf", "_script_.pdf"),
    ],
)
def test_hostile_names_are_kept_apart_from_what_is_shown(
    folder: WatchedFolder, path: Path, raw: bytes, shown: str | None
) -> None:
    (Path(os.fsdecode(os.fsencode(path) + b"/" + raw))).write_bytes(b"content")
    if shown is None:
        assert folder.look() == []
        return
    seen = only(folder)
    assert (seen.name_bytes, seen.display_name) == (raw, shown)
    assert Seen.from_payload(seen.to_payload()) == seen
    target = io.BytesIO()
    assert folder.copy(seen, target) == hashlib.sha256(b"content").hexdigest()
    assert target.getvalue() == b"content"
    assert folder.remove(seen) and not any(path.iterdir())


def test_a_link_put_in_the_place_of_a_file_is_not_followed(folder: WatchedFolder, path: Path, tmp_path: Path) -> None:
    (path / "letter.pdf").write_bytes(b"letter")
    seen = only(folder)
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(b"secret")
    (path / "letter.pdf").unlink()
    (path / "letter.pdf").symlink_to(secret)
    target = io.BytesIO()
    with pytest.raises(OSError):
        folder.copy(seen, target)
    assert target.getvalue() == b""
    assert not folder.is_there(seen) and not folder.remove(seen)
    assert (path / "letter.pdf").is_symlink() and secret.read_bytes() == b"secret"


def test_a_pipe_put_in_the_place_of_a_file_does_not_stop_anybody(folder: WatchedFolder, path: Path) -> None:
    (path / "letter.pdf").write_bytes(b"letter")
    seen = only(folder)
    (path / "letter.pdf").unlink()
    os.mkfifo(path / "letter.pdf")
    assert folder.copy(seen, io.BytesIO()) is None
    assert not folder.remove(seen)


@pytest.mark.parametrize("change", ["longer", "same length", "another file", "gone"])
def test_a_file_that_is_another_by_now_is_neither_copied_nor_removed(
    folder: WatchedFolder, path: Path, change: str
) -> None:
    letter = path / "letter.pdf"
    letter.write_bytes(b"letter")
    seen = only(folder)
    if change == "longer":
        letter.write_bytes(b"letter and more")
    elif change == "same length":
        letter.write_bytes(b"LETTER")
        os.utime(letter, ns=(seen.changed_ns, seen.changed_ns + 1))
    else:
        letter.rename(path / "letter 2.pdf")
        if change == "another file":
            letter.write_bytes(b"letter")
            os.utime(letter, ns=(seen.changed_ns, seen.changed_ns))
    if change == "gone":
        with pytest.raises(FileNotFoundError):
            folder.copy(seen, io.BytesIO())
    else:
        assert folder.copy(seen, io.BytesIO()) is None
    assert not folder.remove(seen)
    assert letter.exists() == (change != "gone")


def test_a_file_that_grows_while_it_is_copied_is_left_alone(folder: WatchedFolder, path: Path) -> None:
    letter = path / "letter.pdf"
    letter.write_bytes(b"letter")
    seen = only(folder)

    class Slow(io.BytesIO):
        def write(self, block: Any) -> int:
            with letter.open("ab") as scanner:
                scanner.write(b" and more")
            return super().write(block)

    assert folder.copy(seen, Slow()) is None


def test_who_writes_is_noticed(folder: WatchedFolder, path: Path) -> None:
    letter = path / "letter.pdf"
    with letter.open("wb") as scanner:
        scanner.write(b"half of it")
        scanner.flush()
        assert folder.is_being_written(only(folder))
    assert not folder.is_being_written(only(folder))


@pytest.mark.parametrize("place", ["data", ".", "data/files", "data/index/live", "data/../data"])
def test_the_portal_does_not_watch_its_own_folders(tmp_path: Path, place: str) -> None:
    environment = {"PORTAL_DATA": str(tmp_path / "data"), "PORTAL_ARRIVALS": str(tmp_path / place)}
    with pytest.raises(SettingsError, match="PORTAL_ARRIVALS"):
        load_settings(environment)


def test_a_folder_is_watched_only_when_one_is_named(tmp_path: Path) -> None:
    environment = {"PORTAL_DATA": str(tmp_path / "data")}
    assert load_settings(environment).arrivals is None
    scans = tmp_path / "data" / "scans"
    assert load_settings({**environment, "PORTAL_ARRIVALS": str(scans)}).arrivals == scans


def asked(parts: Any) -> list[bytes]:
    """Names of the files for which work is in the outbox."""
    with parts.looking() as work:
        rows = work.session.scalars(select(OutboxRow).where(OutboxRow.kind == "take_arrival").order_by(OutboxRow.id))
        return [bytes.fromhex(row.payload["name"]) for row in rows]


@pytest.fixture
def watch(folder: WatchedFolder) -> FolderWatch:
    return FolderWatch(folder)


def test_work_is_asked_for_when_a_file_stayed_the_same(watch: FolderWatch, path: Path, parts: Any, clock: Any) -> None:
    letter = path / "letter.pdf"
    letter.write_bytes(b"first page")
    watch.look(parts)
    clock.advance(seconds=4)
    watch.look(parts)
    assert asked(parts) == []
    letter.write_bytes(b"first page, second page")
    clock.advance(seconds=4)
    watch.look(parts)
    assert asked(parts) == []
    clock.advance(seconds=SETTLED.total_seconds())
    watch.look(parts)
    assert asked(parts) == [b"letter.pdf"]


def test_an_empty_file_gets_time(watch: FolderWatch, path: Path, parts: Any, clock: Any) -> None:
    (path / "letter.pdf").touch()
    watch.look(parts)
    clock.advance(minutes=9)
    watch.look(parts)
    assert asked(parts) == []
    clock.advance(seconds=SETTLED_IF_EMPTY.total_seconds())
    watch.look(parts)
    assert asked(parts) == [b"letter.pdf"]


def test_a_file_that_is_open_gets_time_but_not_for_ever(watch: FolderWatch, path: Path, parts: Any, clock: Any) -> None:
    with (path / "letter.pdf").open("wb") as scanner:
        scanner.write(b"half of it")
        scanner.flush()
        watch.look(parts)
        clock.advance(minutes=30)
        watch.look(parts)
        assert asked(parts) == []
        clock.advance(seconds=LONGEST_WRITING.total_seconds())
        watch.look(parts)
        assert asked(parts) == [b"letter.pdf"]


def test_work_is_asked_for_once_and_again_after_a_while(watch: FolderWatch, path: Path, parts: Any, clock: Any) -> None:
    (path / "letter.pdf").write_bytes(b"letter")

    def wanted() -> int:
        with parts.looking() as work:
            return work.session.scalars(select(OutboxRow.wanted).where(OutboxRow.kind == "take_arrival")).one()

    watch.look(parts)
    clock.advance(seconds=6)
    watch.look(parts)
    for _ in range(5):
        clock.advance(seconds=3)
        watch.look(parts)
    assert wanted() == 1
    clock.advance(seconds=ASK_AGAIN.total_seconds())
    watch.look(parts)
    assert wanted() == 2


def test_a_folder_that_is_away_stops_nothing(path: Path, parts: Any, clock: Any) -> None:
    watch = FolderWatch(WatchedFolder(path / "not mounted"))
    watch.look(parts)
    (path / "not mounted").mkdir()
    (path / "not mounted" / "letter.pdf").write_bytes(b"letter")
    watch.look(parts)
    clock.advance(seconds=SETTLED.total_seconds() + timedelta(seconds=1).total_seconds())
    watch.look(parts)
    assert asked(parts) == [b"letter.pdf"]


class Raced(WatchedFolder):
    """A folder in which something happens right after one has looked whether the file is still the same."""

    def __init__(self, path: Path, happens: Any) -> None:
        super().__init__(path)
        self._happens = happens

    def is_there(self, seen: Seen) -> bool:
        there = super().is_there(seen)
        self._happens()
        return there


@pytest.mark.parametrize("other", ["file", "link", "folder", "nothing"])
def test_what_takes_the_place_of_a_file_at_the_last_moment_stays(path: Path, tmp_path: Path, other: str) -> None:
    letter = path / "letter.pdf"
    letter.write_bytes(b"letter")
    (tmp_path / "secret.pdf").write_bytes(b"secret")

    def swap() -> None:
        letter.unlink()
        if other == "file":
            letter.write_bytes(b"another")
        elif other == "link":
            letter.symlink_to(tmp_path / "secret.pdf")
        elif other == "folder":
            letter.mkdir()

    assert not Raced(path, swap).remove(only(WatchedFolder(path)))
    assert [item.name for item in path.iterdir()] == ([] if other == "nothing" else ["letter.pdf"])
    if other == "file":
        assert letter.read_bytes() == b"another"
    assert letter.is_symlink() == (other == "link") and letter.is_dir() == (other == "folder")
    assert (tmp_path / "secret.pdf").read_bytes() == b"secret"


def test_of_two_newer_files_of_one_name_both_stay_and_are_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = path / "letter.pdf"
    letter.write_bytes(b"letter")
    seen = only(WatchedFolder(path))
    really = os.rename

    def rename_and_write(*names: Any, **folders: Any) -> None:
        really(*names, **folders)
        letter.write_bytes(b"third")

    monkeypatch.setattr(os, "rename", rename_and_write)
    assert not Raced(path, lambda: letter.write_bytes(b"second")).remove(seen)
    assert letter.read_bytes() == b"third"
    found = WatchedFolder(path).look()
    assert {(path / item.name).read_bytes() for item in found} == {b"second", b"third"}


def test_a_file_with_the_longest_name_is_taken_away(folder: WatchedFolder, path: Path) -> None:
    (path / f"{'a' * 251}.pdf").write_bytes(b"letter")
    assert folder.remove(only(folder)) and not any(path.iterdir())


def test_names_that_are_passed_over_crowd_out_no_file(
    folder: WatchedFolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MOST_FILES", 3)
    for number in range(40):
        (path / f".hidden-{number}").write_bytes(b"x")
    for number in range(5):
        (path / f"letter-{number}.pdf").write_bytes(b"letter")
    assert len(folder.look()) == 3
