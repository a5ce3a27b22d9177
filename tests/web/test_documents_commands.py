"""`flask documents` and `flask archive`: filing, reading and checking from the command line."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from portal.core.outbox import OutboxRow
from portal.documents.models import Document, DocumentVersion, Page, ReadingState
from portal.documents.queries import work_left
from tests.web.documents_world import LETTER, World, counts, pdf, picture, trail_of

OLD = time.time() - 100 * 24 * 3600


@pytest.fixture
def run(app: Any) -> Any:
    """Run a command; returns (exit code, standard output, standard error)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        result = app.test_cli_runner().invoke(args=list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def saved(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_files_are_kept_read_and_named_by_their_ids(run: Any, parts: Any, world: World, tmp_path: Path) -> None:
    files = (saved(tmp_path, "a.pdf", pdf()), saved(tmp_path, "b.tif", picture("TIFF", pages=2)))
    code, out, err = run(
        "documents", "add", "--dossier", world.general_number, "--kind", "fax", "--as", "amparo", *files
    )
    assert (code, err) == (0, "")
    ids = [int(line) for line in out.split()]
    with parts.looking() as work:
        rows = [work.session.get(Document, number) for number in ids]
        assert [(row.subject, row.kind, row.current.state) for row in rows] == [
            ("a", "fax", ReadingState.READ),
            ("b", "fax", ReadingState.READ),
        ]
        assert rows[0].dated == work.today
        assert [work_left(work.session, number) for number in ids] == [[], []]


def test_an_error_names_its_file_and_the_others_are_kept(run: Any, parts: Any, world: World, tmp_path: Path) -> None:
    good, bad = saved(tmp_path, "good.pdf", pdf()), saved(tmp_path, "bad.pdf", b"text")
    gone = str(tmp_path / "gone.pdf")
    code, out, err = run(
        "documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "clerk", bad, gone, good
    )
    assert code == 1
    assert len(out.split()) == 1 and counts(parts)[0] == 1
    assert f"Error: {bad}: “bad.pdf” is not a PDF" in err
    assert f"Error: {gone}: No such file" in err


def test_what_cannot_be_read_is_kept_and_said(run: Any, parts: Any, world: World, tmp_path: Path) -> None:
    locked = saved(tmp_path, "locked.pdf", pdf(encrypt=True))
    code, out, err = run(
        "documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "clerk", locked
    )
    assert code == 1 and counts(parts)[0] == 1
    assert f"Error: {out.strip()}: Kept, not readable: The file needs a password to be opened." in err


def test_without_a_person_the_portal_files_in_the_records_managers_name(
    run: Any, parts: Any, world: World, tmp_path: Path
) -> None:
    code, _, _ = run(
        "documents",
        "add",
        "--dossier",
        world.general_number,
        "--kind",
        "letter",
        "--no-wait",
        saved(tmp_path, "a.pdf", pdf()),
    )
    assert code == 0
    with parts.looking() as work:
        document = work.session.scalars(select(Document)).one()
        assert document.current.state == ReadingState.WAITING
        from portal.accounts.models import Person

        assert work.session.get(Person, document.filed_by_id).login == "keeper"
    assert trail_of(parts, "document:add")[0].actor_id is None


@pytest.mark.parametrize("number", ["2099-0001", "core"])
def test_a_dossier_that_may_not_be_known_is_none(
    run: Any, parts: Any, world: World, tmp_path: Path, number: str
) -> None:
    number = world.core_number if number == "core" else number
    file = saved(tmp_path, "a.pdf", pdf())
    code, _, err = run("documents", "add", "--dossier", number, "--kind", "letter", "--as", "clerk", file)
    assert (code, err) == (1, f"Error: There is no dossier with the number {number}.\n")


def test_text_is_printed_for_who_may_read_it(run: Any, parts: Any, world: World, tmp_path: Path) -> None:
    file = saved(tmp_path, "a.pdf", pdf(LETTER, LETTER.replace("forty", "sixty")))
    _, number, _ = run(
        "documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "amparo", file
    )
    code, out, _ = run("documents", "text", number.strip(), "--as", "clerk")
    assert code == 0
    first, second, rest = out.split("\f")
    assert "forty castings" in first and "sixty castings" in second and rest == ""
    _, out, _ = run("documents", "text", number.strip(), "--as", "clerk", "--page", "2")
    assert "sixty castings" in out and "forty" not in out
    assert len(trail_of(parts, "page:look")) == 3
    there, absent = (
        run("documents", "text", number.strip(), "--as", "nobody"),
        run("documents", "text", "9", "--as", "nobody"),
    )
    assert there == absent == (1, "", "Error: There is nothing here, or it is not for you to see.\n")


@pytest.fixture
def filed(run: Any, world: World, tmp_path: Path) -> int:
    """A document that is kept and read."""
    file = saved(tmp_path, "a.pdf", pdf())
    return int(
        run("documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "amparo", file)[1]
    )


def put(parts: Any, content: bytes, *, at: float | None = None) -> str:
    key = parts.store.put(io.BytesIO(content)).key
    if at is not None:
        os.utime(parts.settings.files / key[:2] / key[2:4] / key, (at, at))
    return key


def test_a_sound_archive_is_sound(run: Any, filed: int) -> None:
    code, out, _ = run("archive", "check")
    assert code == 0 and "1 files were read and hashed." in out and "All is well." in out


def test_orphans_older_than_an_hour_are_found_and_removed(run: Any, parts: Any, filed: int) -> None:
    old = put(parts, b"nobody wants this", at=parts.clock.now().timestamp() - 3601)
    young = put(parts, b"this may be wanted in a moment", at=parts.clock.now().timestamp() - 3500)
    code, out, _ = run("archive", "check", "--json")
    report = json.loads(out)
    assert code == 1 and report["orphans"] == [old] and not report["sound"]
    code, out, _ = run("archive", "check", "--repair", "--json")
    assert code == 0 and json.loads(out)["removed_orphans"] == 1
    assert not parts.store.exists(old) and parts.store.exists(young)
    assert trail_of(parts, "archive:remove_orphan")[0].details == {"content": old}


def test_a_file_in_use_is_never_removed(run: Any, parts: Any, filed: int) -> None:
    (key,) = parts.store.keys()
    os.utime(parts.settings.files / key[:2] / key[2:4] / key, (OLD, OLD))
    assert run("archive", "check", "--repair")[0] == 0
    assert parts.store.exists(key)


def test_missing_and_damaged_files_are_named_and_not_repaired(run: Any, parts: Any, filed: int) -> None:
    (key,) = parts.store.keys()
    path = parts.settings.files / key[:2] / key[2:4] / key
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    code, out, _ = run("archive", "check", "--repair")
    assert code == 1 and f"Damaged: {key} of document {filed}" in out
    path.unlink()
    code, out, _ = run("archive", "check", "--json")
    assert code == 1 and json.loads(out)["missing"][0]["document_id"] == filed


@pytest.mark.parametrize("left", ["a page whose work was lost", "a file that nobody opens", "no pages at all"])
def test_what_nobody_reads_is_found_and_read(run: Any, parts: Any, queues: Any, filed: int, left: str) -> None:
    with parts.writing() as work:
        version = work.session.scalars(select(DocumentVersion)).one()
        work.session.execute(delete(OutboxRow))
        if left == "a page whose work was lost":
            version.pages[0].state = version.state = ReadingState.WAITING
        else:
            work.session.execute(delete(Page))
            if left == "a file that nobody opens":
                version.state, version.page_count = ReadingState.WAITING, None
    code, out, _ = run("archive", "check")
    assert code == 1 and f"Not read, and nobody is reading it: document {filed}" in out
    code, out, _ = run("archive", "check", "--repair")
    assert code == 0 and "1 documents will be read again." in out
    queues.work_until_idle()
    assert run("archive", "check")[0] == 0
    assert counts(parts) == (1, 1, 1)


def test_work_under_way_is_no_finding(run: Any, parts: Any, world: World, tmp_path: Path) -> None:
    file = saved(tmp_path, "a.pdf", pdf())
    run("documents", "add", "--dossier", world.general_number, "--kind", "letter", "--as", "amparo", "--no-wait", file)
    assert run("archive", "check")[0] == 0


def test_old_pictures_and_leftovers_are_swept(run: Any, parts: Any, filed: int) -> None:
    folder = parts.settings.page_images / "ab"
    folder.mkdir(parents=True)
    leftover = parts.settings.files / "tmp" / "put-left-by-a-crash"
    for path in (folder / "old.jpg", folder / "new.jpg", leftover):
        path.write_bytes(b"x")
    for path in (folder / "old.jpg", leftover):
        os.utime(path, (OLD, OLD))
    run("archive", "check", "--repair")
    assert [path.name for path in folder.iterdir()] == ["new.jpg"]
    assert not leftover.exists()
