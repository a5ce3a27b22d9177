"""The index in step with the database: jobs, rebuilding, comparing, mending, and what happens in between."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core.outbox import MAX_ATTEMPTS, OutboxRow
from portal.core.permissions import Level, Role
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.search import maintenance
from portal.search.entries import refresh_of
from portal.search.services import INDEX, REBUILD_INDEX, want_rebuild
from search_index import IndexBusy, IndexDamaged, IndexState
from tests import factories
from tests.unit.search_world import SearchWorld


@pytest.fixture
def world(parts: Any, queues: Any) -> SearchWorld:
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    world.add_person("manager", Role.RECORDS_MANAGER, clearance=Level.CORE)
    for number in range(1, 5):
        world.add_dossier(
            f"2026-000{number}",
            f"Client {number}",
            {f"Letter {number}": (f"harbour pier{number}",), f"Fax {number}": ("harbour",)},
        )
    world.index_now()
    return world


def rights(world: SearchWorld, number: str) -> tuple[int, int]:
    """Version of the dossier's rights, and the version it is indexed under."""
    with world.parts.looking() as work:
        dossier = world.dossier(work.session, number)
        return dossier.rights_version, dossier.indexed_rights


def outbox(world: SearchWorld, kind: str) -> list[OutboxRow]:
    with world.parts.looking() as work:
        return list(work.session.scalars(select(OutboxRow).where(OutboxRow.kind == kind)))


def content(world: SearchWorld) -> dict[str, str]:
    return dict(world.parts.index.ids())


def test_indexing_notes_the_rights_it_read_and_that_it_is_done(world: SearchWorld) -> None:
    assert rights(world, "2026-0001") == (1, 1)
    assert all(row.done == row.wanted for row in outbox(world, INDEX))
    assert len(content(world)) == 4 + 8


def test_the_same_work_twice_changes_nothing(world: SearchWorld) -> None:
    before = content(world)
    with world.parts.writing() as work:
        for key in before:
            work.want(INDEX, key)
    world.index_now()
    assert content(world) == before


def test_a_document_job_refreshes_one_entry(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        document = world.document(work.session, "Letter 1")
        document.subject = "Lighthouse"
        work.want(INDEX, f"document:{document.id}")
    world.index_now()
    assert world.found("manager", "lighthouse") == ["Lighthouse"]
    assert rights(world, "2026-0001") == (1, 1)


def test_a_document_job_does_not_end_the_waiting_for_the_dossier(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        dossier = world.dossier(work.session, "2026-0001")
        dossier.rights_version = 2
        work.want(INDEX, f"document:{world.document(work.session, 'Letter 1').id}")
    world.index_now()
    assert rights(world, "2026-0001") == (2, 1), "its other entries still tell of the old rights"


def test_rights_that_change_while_the_index_is_written_keep_the_dossier_hidden(
    world: SearchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = world.parts.index.write

    def change_then_write(updates: Any, removals: Any = ()) -> None:
        write(updates, removals)
        monkeypatch.setattr(world.parts.index, "write", write)
        world.change_level("2026-0001", Level.IMPORTANT)

    monkeypatch.setattr(world.parts.index, "write", change_then_write)
    with world.parts.writing() as work:
        key = f"dossier:{world.dossier(work.session, '2026-0001').id}"
        work.want(INDEX, key)
    assert world.queues._work_one(INDEX)
    assert rights(world, "2026-0001") == (2, 1)
    assert world.found("employee", "pier1") == []
    world.index_now()
    assert rights(world, "2026-0001") == (2, 2)
    assert world.found("manager", "pier1") == ["Letter 1"]


def test_a_dossier_that_is_no_longer_official_leaves_the_index(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        dossier = world.dossier(work.session, "2026-0001")
        dossier.state = DossierState.DRAFT
        work.want(INDEX, f"dossier:{dossier.id}")
    assert world.found("manager", "2026-0001") == []
    world.index_now()
    assert rights(world, "2026-0001")[1] == 0
    assert len(content(world)) == 3 + 6


def test_a_busy_index_is_tried_again_later(world: SearchWorld, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(updates: Any, removals: Any = ()) -> None:
        raise IndexBusy("somebody writes")

    world.change_level("2026-0001", Level.IMPORTANT)
    with monkeypatch.context() as patched:
        patched.setattr(world.parts.index, "write", busy)
        world.index_now()
    assert rights(world, "2026-0001") == (2, 1)
    assert outbox(world, REBUILD_INDEX) == []
    clock.advance(minutes=1)
    world.index_now()
    assert rights(world, "2026-0001") == (2, 2)


def test_refreshing_waits_for_its_turn(world: SearchWorld) -> None:
    """While somebody else reads and writes, a refresh begins neither."""
    world.change_level("2026-0001", Level.IMPORTANT)
    worker = threading.Thread(target=world.index_now)
    with world.parts.index.turn():
        worker.start()
        worker.join(0.3)
        assert worker.is_alive()
        assert rights(world, "2026-0001") == (2, 1)
    worker.join(60)
    assert rights(world, "2026-0001") == (2, 2)


def damage(world: SearchWorld) -> None:
    """Throw the index away while the portal runs."""
    shutil.rmtree(world.parts.settings.index)


def test_a_deleted_index_is_made_anew_by_the_work_that_finds_it_so(world: SearchWorld, clock: Any) -> None:
    before = content(world)
    damage(world)
    with pytest.raises(IndexDamaged):
        world.ask("manager", "harbour")
    world.change_level("2026-0001", Level.IMPORTANT)
    world.index_now()
    clock.advance(minutes=1)
    world.index_now()
    assert rights(world, "2026-0001") == (2, 2)
    assert content(world).keys() == before.keys()
    assert world.found("manager", "pier2") == ["Letter 2"]
    assert maintenance.compare(world.parts).agrees


def test_a_rebuild_is_asked_for_once_while_it_waits(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        assert want_rebuild(work)
        assert not want_rebuild(work)
    (row,) = outbox(world, REBUILD_INDEX)
    assert (row.key, row.wanted) == ("index", 1)
    world.index_now()
    with world.parts.writing() as work:
        assert want_rebuild(work)


def test_a_rebuild_fills_the_index_and_notes_the_rights(world: SearchWorld) -> None:
    before = content(world)
    with world.parts.writing() as work:
        work.session.execute(update(Dossier).values(indexed_rights=0))
    assert world.found("manager", "harbour") == []
    assert maintenance.rebuild(world.parts) == 12
    assert content(world) == before
    assert rights(world, "2026-0001") == (1, 1)
    assert len(world.found("manager", "harbour")) == 8


def test_more_entries_than_a_rebuild_reads_at_a_time(world: SearchWorld) -> None:
    with world.parts.writing() as work:
        keeper, dossier = world.person(work.session, "keeper"), world.dossier(work.session, "2026-0001")
        for number in range(130):
            factories.make_document(work.session, keeper, dossier, f"text {number}", subject=f"No {number}")
        for _ in range(210):
            factories.make_dossier(work.session, keeper, dossier.client)
    assert maintenance.rebuild(world.parts) == 12 + 130 + 210
    assert maintenance.compare(world.parts).agrees


@pytest.mark.parametrize("entry", ["dossier", "document"])
def test_a_rebuild_does_not_note_rights_that_changed_meanwhile(
    world: SearchWorld, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    """Whether the change comes before or after the entry was read, its dossier stays hidden until its own work
    is done."""
    entries = maintenance.all_entries

    def change_on_the_way(new_session: Any) -> Iterator[Any]:
        changed = False
        for dossier, made in entries(new_session):
            if not changed and dossier.number == "2026-0002" and made.type == entry:
                changed = True
                world.change_level("2026-0002", Level.CORE)
            yield dossier, made

    monkeypatch.setattr(maintenance, "all_entries", change_on_the_way)
    maintenance.rebuild(world.parts)
    assert rights(world, "2026-0002") == (2, 1)
    assert world.found("employee", "pier2") == []
    world.index_now()
    assert rights(world, "2026-0002") == (2, 2)
    assert world.found("manager", "pier2") == ["Letter 2"]


def test_a_rebuild_gives_new_attempts_to_work_that_had_failed_too_often(world: SearchWorld) -> None:
    world.change_level("2026-0001", Level.IMPORTANT)
    with world.parts.writing() as work:
        work.session.execute(update(OutboxRow).where(OutboxRow.wanted > OutboxRow.done).values(attempts=MAX_ATTEMPTS))
    maintenance.rebuild(world.parts)
    assert {row.attempts for row in outbox(world, INDEX)} == {0}


def test_comparing_finds_what_is_missing_stale_surplus_and_hidden(world: SearchWorld) -> None:
    assert maintenance.compare(world.parts).agrees
    with world.parts.writing() as work:
        letter, fax = world.document(work.session, "Letter 1"), world.document(work.session, "Fax 2")
        letter.subject = "Changed behind the index"
        keys = f"document:{letter.id}", f"document:{fax.id}"
        dossier = world.dossier(work.session, "2026-0004")
        dossier.rights_version = 7
        hidden = f"dossier:{dossier.id}"
    with world.parts.looking() as work:
        (entry,) = next(refresh_of(work.session, keys[0]).batches)
    world.parts.index.write([replace(entry, id="document:999")], [keys[1]])
    found = maintenance.compare(world.parts)
    assert not found.agrees
    assert (found.missing, found.stale, found.surplus) == ((keys[1],), (keys[0],), ("document:999",))
    assert found.hidden == (hidden,)
    assert maintenance.mend(world.parts, found) == 4
    assert maintenance.compare(world.parts).agrees
    assert rights(world, "2026-0004") == (7, 7)
    assert world.found("manager", "behind") == ["Changed behind the index"]


def test_comparing_looks_twice_before_it_calls_work_in_progress_a_difference(
    world: SearchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = maintenance.all_entries

    def indexed_meanwhile(new_session: Any) -> Iterator[Any]:
        with world.parts.writing() as work:
            document = world.document(work.session, "Letter 1")
            document.subject = "New subject"
            work.want(INDEX, f"document:{document.id}")
        world.index_now()
        yield from entries(new_session)

    monkeypatch.setattr(maintenance, "all_entries", indexed_meanwhile)
    assert maintenance.compare(world.parts).agrees


def test_mending_an_index_that_lost_most_of_its_entries_rebuilds_it(world: SearchWorld) -> None:
    world.parts.index.write([], list(content(world))[1:])
    found = maintenance.compare(world.parts)
    assert found.wants_rebuild
    assert maintenance.mend(world.parts, found) == 12
    assert maintenance.compare(world.parts).agrees


def test_mending_a_deleted_index_rebuilds_it(world: SearchWorld) -> None:
    damage(world)
    found = maintenance.compare(world.parts)
    assert (found.state, found.agrees) == (IndexState.MISSING, False)
    maintenance.mend(world.parts, found)
    assert maintenance.compare(world.parts).agrees


def test_a_server_that_starts_asks_for_what_is_lacking(world: SearchWorld, settings: Any, clock: Any) -> None:
    from portal.application import create_app

    assert not maintenance.heal(world.parts), "nothing is wrong"
    damage(world)
    restarted = create_app(settings, clock=clock)
    parts, queues = restarted.extensions["legajo"], restarted.extensions["legajo_queues"]
    try:
        assert parts.index.state() == IndexState.OK, "an empty index was made: it must not pass for the archive's"
        assert maintenance.heal(parts)
        queues.work_until_idle()
        assert maintenance.compare(parts).agrees
        assert not maintenance.heal(parts)
    finally:
        parts.close()


def test_a_new_portal_needs_no_rebuild(parts: Any) -> None:
    assert not maintenance.heal(parts)
