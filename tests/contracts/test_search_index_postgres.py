"""What only the engine on PostgreSQL can suffer: lost tables, a server that is away, several machines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from psycopg import sql

from search_index import IndexBusy, IndexDamaged, IndexOutdated, IndexState, SearchIndexError
from tests.contracts.search_corpus import CORPUS, ENGINES, HENGDA, document, found, query

pytestmark = pytest.mark.skipif("postgres" not in ENGINES, reason="needs a server: PORTAL_TEST_DATABASE")

if "postgres" in ENGINES:
    from search_index.postgres import PostgresIndex, tables
    from tests.contracts.postgres_indexes import SERVER, make_index, schema_of, server

ROOT = Path(__file__).resolve().parents[2]
ABOUT_CONTRACTS = {"document:1", "document:2"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Stands for an index that holds the corpus."""
    index = make_index(tmp_path / "index")
    index.write(CORPUS[:5])
    index.write(CORPUS[5:])
    index.close()
    return tmp_path / "index"


@pytest.fixture
def connection() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection past the engine."""
    with server() as opened:
        yield opened


def in_schema(connection: psycopg.Connection[tuple[Any, ...]], directory: Path, statement: str) -> list[Any]:
    """Run a statement in the index's schema; {g} is what the current generation's tables begin with."""
    schema = sql.Identifier(schema_of(directory))
    connection.execute(sql.SQL("SET search_path TO {}").format(schema))
    if "{g}" in statement:
        rows = connection.execute("SELECT 'g' || number FROM generation WHERE state = 'current'").fetchall()
        statement = statement.replace("{g}", rows[0][0])
    cursor = connection.execute(statement.encode())
    return cursor.fetchall() if cursor.description else []


def end_connections(connection: psycopg.Connection[tuple[Any, ...]], directory: Path) -> None:
    """End the connections of this index, and no others."""
    query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s"
    ended = connection.execute(query, (schema_of(directory),)).fetchall()
    assert ended
    assert all(each == (True,) for each in ended)


def answers(index: PostgresIndex) -> set[str]:
    return set(found(index, "合同")) & ABOUT_CONTRACTS


class TestDamage:
    @pytest.mark.parametrize("table", ["generation", "{g}_entry", "{g}_passage", "{g}_shared"])
    def test_a_lost_table_is_noticed_told_and_healed_by_a_rebuild(
        self, directory: Path, connection: psycopg.Connection[Any], table: str
    ) -> None:
        in_schema(connection, directory, f"DROP TABLE {table} CASCADE")
        index = make_index(directory)
        assert index.state() is IndexState.DAMAGED
        with pytest.raises(IndexDamaged):
            index.search(query("合同"))
        with pytest.raises(IndexDamaged):
            index.write([document(9, "pump", of=HENGDA)])
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK
        assert answers(index) == answers(make_index(directory)) == ABOUT_CONTRACTS

    @pytest.mark.parametrize(
        "damage",
        [
            "TRUNCATE {g}_entry",
            "TRUNCATE {g}_shared",
            "DELETE FROM {g}_entry WHERE id = 'document:1'",
            "UPDATE {g}_entry SET tokens = 99999",
            "ALTER TABLE {g}_passage DROP COLUMN vector",
            "DELETE FROM generation",
        ],
    )
    def test_lost_rows_are_noticed_by_who_opens_the_index(
        self, directory: Path, connection: psycopg.Connection[Any], damage: str
    ) -> None:
        in_schema(connection, directory, damage)
        index = make_index(directory)
        with pytest.raises(IndexDamaged):
            index.search(query("合同"))
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK
        assert answers(index) == ABOUT_CONTRACTS

    @pytest.mark.parametrize("damage", ["TRUNCATE {g}_passage", "DROP INDEX {g}_lookup", "DROP TABLE {g}_term"])
    def test_what_a_search_does_not_notice_a_check_does(
        self, directory: Path, connection: psycopg.Connection[Any], damage: str
    ) -> None:
        index = make_index(directory)
        assert index.state() is IndexState.OK
        in_schema(connection, directory, damage)
        assert index.state() is IndexState.DAMAGED
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK
        assert answers(index) == ABOUT_CONTRACTS

    def test_a_missing_index_is_made_and_one_that_vanishes_is_told(
        self, directory: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = make_index(directory)
        assert answers(index) == ABOUT_CONTRACTS
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema_of(directory))))
        assert index.state() is IndexState.MISSING
        with pytest.raises(IndexDamaged):
            index.search(query("合同"))
        with pytest.raises(IndexDamaged):
            list(index.ids())
        assert make_index(directory).state() is IndexState.OK
        assert index.search(query("合同")).total == 0

    def test_no_room_on_the_server_s_disk_is_told_and_the_old_state_stays(
        self, directory: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = make_index(directory)
        # What the server answers when its disk is full, at the moment it stores a text.
        in_schema(
            connection,
            directory,
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON {g}_passage FOR EACH ROW EXECUTE FUNCTION no_room()",
        )
        with pytest.raises(SearchIndexError, match="no space left"):
            index.write([document(9, "pump", of=HENGDA)], ["document:1"])
        assert index.state() is IndexState.OK
        assert answers(index) == ABOUT_CONTRACTS
        in_schema(connection, directory, "DROP TRIGGER full_disk ON {g}_passage")
        index.write([document(9, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:9"}

    @pytest.mark.parametrize("name", ["public", "pg_catalog", 'a"b', "", "A", "x" * 60])
    def test_a_schema_that_cannot_be_ours_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="schema"):
            PostgresIndex(SERVER, name)


class TestVersions:
    def test_another_analysis_is_outdated_but_answers_until_the_rebuild(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = make_index(directory)
        monkeypatch.setattr(tables, "analysis_hash", lambda: "another")
        assert index.state() is IndexState.OUTDATED
        assert answers(index) == ABOUT_CONTRACTS
        index.write([document(9, "pump", of=HENGDA)])
        assert index.state() is IndexState.OUTDATED
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK

    def test_another_schema_is_outdated_and_says_so(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
        index = make_index(directory)
        assert index.state() is IndexState.OUTDATED
        for attempt in (lambda: index.search(query("合同")), lambda: index.write(CORPUS), lambda: list(index.ids())):
            with pytest.raises(IndexOutdated):
                attempt()
        index.rebuild(CORPUS)
        assert index.state() is IndexState.OK
        assert answers(index) == ABOUT_CONTRACTS


class TestServer:
    def test_a_server_that_is_away_is_told_and_nothing_else_stops(self) -> None:
        index = PostgresIndex("postgresql+psycopg://nobody@127.0.0.1:1/nothing", "away")
        assert index.state() is IndexState.DAMAGED
        attempts: tuple[Callable[[], object], ...] = (
            lambda: index.search(query("合同")),
            lambda: index.write(CORPUS),
            lambda: list(index.ids()),
            lambda: index.rebuild(CORPUS),
            lambda: index.turn().__enter__(),
        )
        for attempt in attempts:
            with pytest.raises(SearchIndexError):
                attempt()

    def test_a_server_that_was_restarted_is_asked_again(
        self, directory: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = make_index(directory)
        assert answers(index) == ABOUT_CONTRACTS
        end_connections(connection, directory)
        assert answers(index) == ABOUT_CONTRACTS
        index.write([document(9, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:9"}

    def test_a_writer_that_waits_too_long_says_busy_and_readers_do_not_wait(
        self, directory: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = PostgresIndex(SERVER, schema_of(directory), lock_timeout=0.05)
        with connection.transaction():
            in_schema(connection, directory, "SELECT * FROM generation FOR UPDATE")
            with pytest.raises(IndexBusy):
                index.write([document(9, "pump", of=HENGDA)])
            assert answers(index) == ABOUT_CONTRACTS
        index.write([document(9, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:9"}

    def test_a_child_process_does_not_use_its_parent_s_connections(self, directory: Path) -> None:
        index = make_index(directory)
        assert answers(index) == ABOUT_CONTRACTS
        child = os.fork()
        if child == 0:
            os._exit(0 if answers(index) == ABOUT_CONTRACTS else 1)
        assert answers(index) == ABOUT_CONTRACTS
        assert os.waitpid(child, 0)[1] == 0
        assert answers(index) == ABOUT_CONTRACTS


HOLD_THE_TURN = """
import sys, time
from search_index.postgres import PostgresIndex
with PostgresIndex(sys.argv[1], sys.argv[2]).turn():
    print("mine", flush=True)
    time.sleep(60)
"""
WRITE_AND_SEARCH = """
import sys
from search_index.postgres import PostgresIndex
from tests.contracts.search_corpus import HENGDA, document, found
index = PostgresIndex(sys.argv[1], sys.argv[2])
print(sorted(found(index, "pump")), flush=True)
index.write([document(70, "pump from elsewhere", of=HENGDA)], ["document:9"])
"""
REBUILD_FOR_EVER = """
import sys, time
from search_index.postgres import PostgresIndex
from tests.contracts.search_corpus import CORPUS
def source():
    yield from CORPUS
    print("filling", flush=True)
    time.sleep(60)
PostgresIndex(sys.argv[1], sys.argv[2]).rebuild(source(), chunk=2)
"""


@pytest.mark.process
class TestTwoMachines:
    """Processes in folders of their own that share nothing but the database."""

    def start(self, script: str, directory: Path, folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", script, SERVER, schema_of(directory)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def test_each_sees_at_once_what_the_other_wrote(self, directory: Path, tmp_path: Path) -> None:
        index = make_index(directory)
        index.write([document(9, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:9"}
        elsewhere = self.start(WRITE_AND_SEARCH, directory, tmp_path)
        assert elsewhere.communicate()[0] == "['document:9']\n"
        assert set(found(index, "pump")) == {"document:70"}

    def test_only_one_of_all_machines_has_the_turn_and_a_dead_one_lets_go(
        self, directory: Path, tmp_path: Path
    ) -> None:
        index = make_index(directory)
        elsewhere = self.start(HOLD_THE_TURN, directory, tmp_path)
        assert elsewhere.stdout is not None
        assert elsewhere.stdout.readline() == "mine\n"
        with pytest.raises(IndexBusy), index.turn(timeout=0.05):
            pass
        index.write([document(9, "pump", of=HENGDA)])
        elsewhere.send_signal(signal.SIGKILL)
        elsewhere.communicate()
        with index.turn(timeout=10):
            pass

    def test_a_rebuild_whose_machine_dies_is_cleared_away_by_the_next(
        self, directory: Path, tmp_path: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = make_index(directory)
        elsewhere = self.start(REBUILD_FOR_EVER, directory, tmp_path)
        assert elsewhere.stdout is not None
        assert elsewhere.stdout.readline() == "filling\n"
        with pytest.raises(IndexBusy):
            index.rebuild(CORPUS)
        elsewhere.send_signal(signal.SIGKILL)
        elsewhere.communicate()
        index.write([document(9, "pump", of=HENGDA)])
        assert set(found(index, "pump")) == {"document:9"}
        deadline = time.monotonic() + 20
        while True:
            try:
                index.rebuild(CORPUS)
                break
            except IndexBusy:  # the server has not yet noticed that it is dead
                assert time.monotonic() < deadline
        names = in_schema(connection, directory, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        assert {re.sub("_.*", "", name) for (name,) in names} == {"generation", "touched", "g3"}
        assert set(found(index, "pump")) == set()


class TestTurn:
    def test_threads_take_it_one_after_the_other(self, directory: Path) -> None:
        index = make_index(directory)
        inside, go_on, log = Event(), Event(), []

        def first() -> None:
            with index.turn():
                log.append("first begins")
                inside.set()
                go_on.wait(10)
                log.append("first ends")

        thread = Thread(target=first)
        thread.start()
        assert inside.wait(10)
        for timeout in (0.05, 0):
            with pytest.raises(IndexBusy), index.turn(timeout=timeout):
                log.append("never")
        go_on.set()
        with index.turn():
            log.append("second")
        thread.join()
        assert log == ["first begins", "first ends", "second"]

    def test_an_error_inside_passes_and_lets_go_of_it(self, directory: Path) -> None:
        index = make_index(directory)
        with pytest.raises(RuntimeError, match="inside"), index.turn():
            raise RuntimeError("inside")
        with index.turn(timeout=5):
            pass

    def test_who_lost_it_with_its_connection_is_told(
        self, directory: Path, connection: psycopg.Connection[Any]
    ) -> None:
        index = make_index(directory)
        with pytest.raises(SearchIndexError, match="lost"), index.turn():
            end_connections(connection, directory)
