"""The schema: every migration up and down, models equal to what the migrations make, and the start refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, inspect, text

from portal.migrations import alembic_config, newest_revision, present_revision
from portal.migrations.change import downgrade, upgrade
from portal.tables import METADATA

REVISIONS = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


def _written(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Reflected things as text that can be compared (the WHERE of an index is an object of SQLAlchemy's)."""

    def write(value: object) -> str:
        if isinstance(value, Mapping):
            return str(sorted((name, write(inner)) for name, inner in value.items()))
        return str(value)

    return sorted(write(item) for item in items)


def _objects(engine: Engine) -> dict[str, object]:
    """Everything the catalogue knows: tables with columns, keys and indexes, and triggers with their text."""
    found: dict[str, object] = {}
    catalogue = inspect(engine)
    for table in sorted(set(catalogue.get_table_names()) - {"alembic_version"}):
        found[table] = (
            sorted(
                (column["name"], str(column["type"]), column["nullable"]) for column in catalogue.get_columns(table)
            ),
            _written(catalogue.get_indexes(table)),
            _written(catalogue.get_foreign_keys(table)),
            _written(catalogue.get_check_constraints(table)),
            _written(catalogue.get_unique_constraints(table)),
        )
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        else:
            query = (
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION ALL "
                "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public' "
                "ORDER BY 1"
            )
        found["triggers"] = list(connection.scalars(text(query)))
    return found


@pytest.mark.parametrize("place", range(len(REVISIONS)), ids=REVISIONS)
def test_every_migration_goes_up_and_down(place: int, empty: Engine) -> None:
    if place:
        upgrade(empty, REVISIONS[place - 1])
    before = _objects(empty)
    upgrade(empty, REVISIONS[place])
    after = _objects(empty)
    assert present_revision(empty) == REVISIONS[place]
    assert after != before
    downgrade(empty, REVISIONS[place - 1] if place else "base")
    assert _objects(empty) == before
    upgrade(empty, REVISIONS[place])
    assert _objects(empty) == after


def test_the_history_has_one_end() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [newest_revision()]


def test_models_equal_the_migrated_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_unique_and_partial_indexes_of_the_models_are_in_the_database(engine: Engine) -> None:
    """Alembic does not compare the WHERE of an index: without it a volume could be lent once in its life."""
    dialect = engine.dialect.name
    catalogue = inspect(engine)
    partial = 0
    for table in METADATA.tables.values():
        migrated = {index["name"]: index for index in catalogue.get_indexes(table.name)}
        for index in table.indexes:
            there = migrated[index.name]
            assert bool(there["unique"]) == bool(index.unique), index.name
            assert there["column_names"] == [column.name for column in index.columns], index.name
            wanted = index.dialect_options[dialect]["where"]
            options = there.get("dialect_options", {})
            assert (wanted is not None) == (f"{dialect}_where" in options), index.name
            if wanted is not None:
                partial += 1
                words = set(str(wanted).replace("(", " ").replace(")", " ").replace(",", " ").split()) - {"IN"}
                stored = str(options[f"{dialect}_where"])
                assert all(word in stored for word in words), (index.name, stored)
    assert partial >= 3


def test_foreign_keys_of_the_models_are_in_the_database(engine: Engine) -> None:
    """Also the two that run in a circle: a department's head and deputy are people, people have departments."""
    catalogue = inspect(engine)
    for table in METADATA.tables.values():
        there = {
            (tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"]))
            for key in catalogue.get_foreign_keys(table.name)
        }
        wanted = {
            (tuple(key.column_keys), key.referred_table.name, tuple(item.column.name for item in key.elements))
            for key in table.foreign_key_constraints
        }
        assert there == wanted, table.name


def test_check_constraints_of_the_models_are_in_the_database(engine: Engine) -> None:
    catalogue = inspect(engine)
    for table in METADATA.tables.values():
        there = {rule["name"] for rule in catalogue.get_check_constraints(table.name)}
        wanted = {str(rule.name) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        assert there == wanted, table.name


def _flask(arguments: list[str], url: str, data: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        env={**kept, "PORTAL_DATABASE": url, "PORTAL_DATA": str(data), "PORTAL_PORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [["serve"], ["worker", "run"]], ids=" ".join)
def test_the_server_refuses_another_schema_and_says_what_to_do(
    command: list[str], empty_url: str, tmp_path: Path
) -> None:
    answer = _flask(command, empty_url, tmp_path / "data")
    assert answer.returncode == 1
    assert "flask db upgrade" in answer.stderr
    assert str(newest_revision()) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_server_refuses_a_schema_from_the_future(empty_url: str, empty: Engine, tmp_path: Path) -> None:
    upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))
    answer = _flask(["serve"], empty_url, tmp_path / "data")
    assert answer.returncode == 1
    assert "ffffffffffff" in answer.stderr


def test_flask_db_upgrade_migrates_and_may_be_repeated(empty_url: str, empty: Engine, tmp_path: Path) -> None:
    first = _flask(["db", "upgrade"], empty_url, tmp_path / "data")
    assert (first.returncode, first.stdout) == (0, f"The schema is now at {newest_revision()}.\n")
    assert present_revision(empty) == newest_revision()
    second = _flask(["db", "upgrade"], empty_url, tmp_path / "data")
    assert (second.returncode, second.stdout) == (0, "The schema was already up to date.\n")
