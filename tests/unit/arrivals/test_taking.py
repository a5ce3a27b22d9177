"""Files of the watched folder: filed, divided, put into the tray; taken once, whatever happens between the lines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Person
from portal.arrivals import states
from portal.arrivals.folder import WatchedFolder
from portal.arrivals.models import Arrival
from portal.arrivals.rules import Sheet, sheet_code
from portal.arrivals.services import Taken, take_in
from portal.arrivals.states import ArrivalState
from portal.arrivals.taking import take_file
from portal.core.permissions import Level, Role
from portal.core.trail import TrailEntry
from portal.documents.checking import check_archive, repair_archive
from portal.documents.models import Direction, Document
from portal.dossiers.models import Dossier
from tests.arrivals_world import Folder, filed, joined, rows, sheet_page, sheet_pdf, tiff, waiting
from tests.web.documents_world import LETTER, World, pdf, picture, png


def test_a_file_named_after_a_dossier_files_itself(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number} fax from Hengda.pdf", pdf())
    folder.sweep()
    assert folder.names() == []
    assert filed(parts) == [(world.general, "other", "fax from Hengda", 1)]
    (row,) = rows(parts)
    assert (row.state, row.to_check, row.closed_by_id, row.reason) == (ArrivalState.FILED, True, None, None)
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert (document.direction, document.dated) == (Direction.INCOMING, work.today)
        assert document.current.file_name == f"{world.general_number} fax from Hengda.pdf"
        entries = work.session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all()
        assert [(entry.action, entry.actor_id, entry.dossier_id) for entry in entries] == [
            ("document:add", None, world.general),
            ("arrival:file", None, world.general),
        ]


def test_name_and_sheet_must_agree(parts: Any, world: World, folder: Folder) -> None:
    code = folder.code(world.general_number)
    folder.put(f"{world.core_number} letter.pdf", joined(sheet_pdf(code), pdf("one")))
    folder.put(f"{world.general_number} letter.pdf", joined(sheet_pdf(code), pdf("two")))
    folder.sweep()
    assert waiting(parts) == [(f"{world.core_number} letter.pdf", states.DISAGREEMENT)]
    assert filed(parts) == [(world.general, "other", "letter", 1)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("scan0001.pdf", pdf(), states.NO_NUMBER),
        ("2031-0001 letter.pdf", pdf(), states.UNKNOWN_NUMBER),
        ("letter.exe", b"MZ" * 100, states.WRONG_TYPE),
        ("letter.pdf", b"%PDF-1.4 broken", states.DAMAGED),
        ("photo.png", png(200_000, 200_000), states.TOO_MANY_PIXELS),
    ],
    ids=["no number", "unknown number", "wrong type", "damaged", "pixels"],
)
def test_what_cannot_be_placed_waits_with_its_reason(
    parts: Any, world: World, folder: Folder, name: str, content: bytes, reason: str
) -> None:
    folder.put(name, content)
    folder.sweep()
    assert waiting(parts) == [(name, reason)]
    assert folder.names() == []
    (row,) = rows(parts)
    with parts.store.open(row.content_key) as kept:
        assert kept.read() == content
    assert row.can_be_filed == (reason in (states.NO_NUMBER, states.UNKNOWN_NUMBER))
    assert check_archive(parts).sound


def test_a_refused_file_waits_though_its_name_is_right(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number} tool.exe", b"MZ" * 100)
    folder.sweep()
    assert waiting(parts) == [(f"{world.general_number} tool.exe", states.WRONG_TYPE)]
    assert rows(parts)[0].dossier_id == world.general


def test_two_numbers_in_a_name_wait(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number} {world.core_number}.pdf", pdf())
    folder.sweep()
    assert [reason for _, reason in waiting(parts)] == [states.SEVERAL_NUMBERS]


def test_a_dossier_that_is_not_open_takes_nothing(parts: Any, world: World, folder: Folder) -> None:
    with parts.writing() as work:
        work.session.get_one(Dossier, world.draft).number = "2026-8888"
    folder.put("2026-8888 letter.pdf", pdf())
    folder.sweep()
    assert [reason for _, reason in waiting(parts)] == [states.NOT_OPEN]


def test_the_same_content_twice_in_a_dossier_waits(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number} a.pdf", pdf())
    folder.sweep()
    folder.put(f"{world.general_number} b.pdf", pdf())
    folder.sweep()
    (_, row) = rows(parts)
    assert (row.reason, row.reason_values["subject"]) == (states.ALREADY_THERE, "a")
    assert len(filed(parts)) == 1


def test_a_file_with_a_password_is_kept_by_its_name(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number} sealed.pdf", pdf(encrypt=True))
    folder.sweep()
    with parts.looking() as work:
        assert work.session.scalars(select(Document.subject)).all() == ["sealed"]


def test_foreign_codes_lead_nowhere(parts: Any, world: World, folder: Folder) -> None:
    foreign = sheet_code(Sheet(world.general_number), b"the key of another portal")
    folder.put("a.pdf", joined(sheet_pdf("https://example.com/pay"), pdf("one")))
    folder.put("b.pdf", joined(sheet_pdf(foreign), pdf("two")))
    folder.sweep()
    assert {reason for _, reason in waiting(parts)} == {states.NO_NUMBER}


def test_two_sheets_on_one_page_lead_nowhere(parts: Any, world: World, folder: Folder) -> None:
    page = sheet_page(folder.code(world.general_number), (1600, 2400))
    page.paste(sheet_page(folder.code(world.core_number), (1000, 1000)), (300, 1200))
    folder.put("a.tif", tiff(page, Image.new("L", (300, 300), 255)))
    folder.sweep()
    assert waiting(parts) == [("a.tif", states.NOT_ALL_SEEN)]


def test_a_file_too_large_stays_in_the_folder_and_the_tray_says_so(parts: Any, world: World, folder: Folder) -> None:
    path = folder.put("large.pdf", b"%PDF-1.4")
    os.truncate(path, parts.settings.max_upload_bytes + 1)  # Sparse: takes no room.
    for _ in range(3):
        folder.sweep()
        folder.clock.advance(minutes=11)
    assert waiting(parts) == [("large.pdf", states.TOO_LARGE)]
    assert folder.names() == ["large.pdf"]
    assert list(parts.store.keys()) == []


def test_nothing_is_taken_while_nobody_could_be_named(parts: Any, folder: Folder) -> None:
    folder.put("2026-0001.pdf", pdf())
    folder.sweep()
    assert rows(parts) == [] and folder.names() == ["2026-0001.pdf"]


def test_a_name_that_is_no_text_is_taken_like_any_other(parts: Any, world: World, folder: Folder) -> None:
    raw = os.fsencode(folder.path) + b"/" + world.general_number.encode() + b" \xff\n%s.pdf"
    Path(os.fsdecode(raw)).write_bytes(pdf())
    folder.sweep()
    assert folder.names() == []
    assert filed(parts) == [(world.general, "other", "�%s", 1)]


def test_a_child_that_crashes_on_a_file_ends_in_the_tray(parts: Any, world: World, folder: Folder) -> None:
    """Deeply nested objects exhaust the stack of PDF readers: the child ends, the portal does not."""
    bomb = b"%PDF-1.4\n1 0 obj" + b"[" * 200_000 + b"]" * 200_000 + b"endobj\ntrailer<</Root 1 0 R>>"
    folder.put(f"{world.general_number} bomb.pdf", bomb)
    folder.put(f"{world.general_number} good.pdf", pdf())
    folder.sweep()
    assert [reason for _, reason in waiting(parts)] == [states.DAMAGED]
    assert [subject for _, _, subject, _ in filed(parts)] == ["good"]


def test_a_leftover_of_a_crash_is_removed_and_filed_once(parts: Any, world: World, folder: Folder) -> None:
    """The rows were committed, the file was not yet removed."""
    path = folder.put(f"{world.general_number} a.pdf", pdf())
    kept = folder.path / ".kept"
    shutil.copy2(path, kept)
    folder.sweep()
    kept.rename(path)
    folder.sweep()
    assert folder.names() == []
    assert len(rows(parts)) == 1 and len(filed(parts)) == 1


def test_what_was_discarded_and_comes_again_waits_again(parts: Any, world: World, folder: Folder) -> None:
    path = folder.put("scan.pdf", pdf())
    kept = folder.path / ".kept"
    shutil.copy2(path, kept)
    folder.sweep()
    with parts.writing() as work:
        row = work.session.scalars(select(Arrival)).one()
        row.state, row.closed_at = ArrivalState.DISCARDED, work.now
    kept.rename(path)
    folder.sweep()
    assert [row.state for row in rows(parts)] == [ArrivalState.DISCARDED, ArrivalState.WAITING]
    assert folder.names() == []


def test_two_takers_of_one_file_file_it_once(parts: Any, world: World, folder: Folder) -> None:
    """The second one has examined the file when the first one commits: the unique rows decide."""
    path = folder.put(f"{world.general_number} a.pdf", pdf())
    disk = WatchedFolder(folder.path)
    (seen,) = disk.look()

    @contextmanager
    def slow() -> Iterator[Any]:
        take_file(folder.parts, disk, seen, parts.writing)
        shutil.copy2(kept, path)
        with parts.writing() as work:
            yield work

    kept = folder.path / ".kept"
    shutil.copy2(path, kept)
    take_file(folder.parts, disk, seen, slow)
    assert len(rows(parts)) == 1 and len(filed(parts)) == 1


def test_the_second_of_two_commits_at_the_same_moment_changes_nothing(parts: Any, world: World, folder: Folder) -> None:
    """As on PostgreSQL, where neither sees the other's rows before it commits."""
    part = Taken("a.pdf", 3, "0" * 64, "pdf")
    with parts.writing() as work:
        take_in(work, "s" * 64, [part], 1)
    with pytest.raises(IntegrityError), parts.writing() as work:
        take_in(work, "s" * 64, [part], 1)
    assert len(rows(parts)) == 1


def test_a_file_that_changed_while_it_was_taken_is_taken_once_more(parts: Any, world: World, folder: Folder) -> None:
    path = folder.put(f"{world.general_number} a.pdf", pdf("first"))
    disk = WatchedFolder(folder.path)
    (seen,) = disk.look()

    @contextmanager
    def meanwhile() -> Iterator[Any]:
        with parts.writing() as work:
            yield work
        path.write_bytes(pdf("first", "second"))

    take_file(folder.parts, disk, seen, meanwhile)
    assert folder.names() == [path.name]
    folder.sweep()
    assert folder.names() == []
    assert [pages for _, _, _, pages in filed(parts)] == [1, 2]


def test_the_check_of_the_archive_leaves_the_tray_alone(parts: Any, world: World, folder: Folder) -> None:
    folder.put("scan.pdf", pdf())
    folder.sweep()
    (key,) = parts.store.keys()
    path = parts.settings.files / key[:2] / key[2:4] / key
    folder.clock.advance(days=60)
    os.utime(path, (folder.clock.now().timestamp() - 7200,) * 2)
    report = check_archive(parts)
    assert report.sound and report.orphans == []
    repair_archive(parts, report)
    assert list(parts.store.keys()) == [key]
    with parts.writing() as work:
        row = work.session.scalars(select(Arrival)).one()
        row.state, row.closed_at = ArrivalState.DISCARDED, work.now
    assert check_archive(parts).orphans == []
    folder.clock.advance(days=31)
    report = check_archive(parts)
    assert report.orphans == [key]
    repair_archive(parts, report)
    assert list(parts.store.keys()) == [] and check_archive(parts).sound


def test_a_file_of_the_tray_that_is_missing_is_reported(parts: Any, world: World, folder: Folder) -> None:
    folder.put("scan.pdf", pdf())
    folder.sweep()
    (key,) = parts.store.keys()
    (parts.settings.files / key[:2] / key[2:4] / key).unlink()
    report = check_archive(parts)
    assert report.lost_papers == [key] and not report.sound


def test_a_dossier_made_core_takes_what_comes_for_it_all_the_same(parts: Any, world: World, folder: Folder) -> None:
    with parts.writing() as work:
        work.session.get_one(Dossier, world.general).level = Level.CORE
    folder.put(f"{world.general_number} a.pdf", pdf(LETTER))
    folder.sweep()
    assert len(filed(parts)) == 1


def test_pictures_file_themselves_by_name(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number}.png", picture())
    folder.put(f"{world.general_number} fax.tif", picture("TIFF", pages=3))
    folder.sweep()
    expected = [(world.general, "other", world.general_number, 1), (world.general, "other", "fax", 3)]
    assert sorted(filed(parts)) == sorted(expected)


def test_the_keeper_is_the_records_manager(parts: Any, world: World, folder: Folder) -> None:
    folder.put(f"{world.general_number}.pdf", pdf())
    folder.sweep()
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert Role.RECORDS_MANAGER in work.session.get_one(Person, document.filed_by_id).role_set
