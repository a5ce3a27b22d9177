"""Conventions of the house, checked on the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import ForeignKey

from portal.core.tables import Base, historic_person, open_person
from portal.tables import METADATA, MODULES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "archive_store", "search_index")
LONGEST = 400
GENERATED = ROOT / "portal" / "migrations" / "versions"

LATE_IMPORTS = {
    "portal/documents/reading/child.py": "the libraries that read hostile files are loaded under the limits",
}
"""Files of the portal that may import inside a function, with the reason."""

MACHINE_TIME = {
    "portal/core/clock.py": "it is the clock",
    "portal/documents/page_images.py": "compares with the times of files, which the machine gives",
}
"""Files that may ask the machine what time it is, with the reason."""


def sources(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if GENERATED not in path.parents:
                yield path


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def unclassified(keys: list[tuple[str, ForeignKey]]) -> list[str]:
    """Foreign keys to a person that do not say whether leaving must close them."""
    return [
        where
        for where, key in keys
        if key.column.table.name == "people" and key.parent.info.get("person") not in ("historic", "open")
    ]


def foreign_keys() -> list[tuple[str, ForeignKey]]:
    return [
        (f"{table.name}.{key.parent.name}", key) for table in METADATA.tables.values() for key in table.foreign_keys
    ]


def test_every_foreign_key_to_a_person_is_historic_or_open() -> None:
    """Historic: who did something, stays for ever. Open: something to do or to keep, leaving closes or moves it."""
    assert unclassified(foreign_keys()) == []


def test_the_classification_covers_what_it_should() -> None:
    kinds = {where: key.parent.info["person"] for where, key in foreign_keys() if key.column.table.name == "people"}
    assert kinds["loans.borrower_id"] == kinds["departments.head_id"] == kinds["login_sessions.person_id"] == "open"
    assert kinds["trail_entries.actor_id"] == kinds["loans.issued_by_id"] == kinds["once_keys.person_id"] == "historic"
    assert len(kinds) > 15


def test_a_new_key_without_a_classification_is_found() -> None:
    from sqlalchemy import Column, Integer, MetaData, Table

    metadata = MetaData()
    Table("people", metadata, Column("id", Integer, primary_key=True))
    table = Table(
        "badges",
        metadata,
        Column("bearer_id", ForeignKey("people.id")),
        Column("keeper_id", ForeignKey("people.id"), info={"person": "somehow"}),
        Column("made_by_id", ForeignKey("people.id"), info={"person": "historic"}),
    )
    keys = [(key.parent.name, key) for key in table.foreign_keys]
    assert sorted(unclassified(keys)) == ["bearer_id", "keeper_id"]


def test_the_two_kinds_of_columns_say_what_they_are() -> None:
    assert historic_person().column.info == {"person": "historic"}
    assert open_person().column.info == {"person": "open"}


def test_a_column_that_names_a_person_points_at_the_people() -> None:
    """An id kept as a mere number escapes the classification."""
    loose = [
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith(("_by_id", "person_id", "borrower_id", "reader_id", "head_id", "deputy_id", "actor_id"))
        and not any(key.column.table.name == "people" for key in column.foreign_keys)
    ]
    assert loose == []


def test_every_table_of_the_code_is_in_the_metadata() -> None:
    """A models.py that portal.tables forgets would be missing from migrations and from the tests above."""
    with_models = {path for path in sources("portal") if path.name == "models.py"}
    listed = {Path(module.__file__ or "").resolve() for module in MODULES}
    assert with_models - listed == set()
    assert METADATA is Base.metadata


def test_no_file_is_too_long() -> None:
    long = {name(path): count for path in sources() if (count := len(path.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc"}
    assert [name(path) for path in sources() if path.stem in drawers or path.parent.name in drawers] == []


def late_imports(tree: ast.AST) -> list[int]:
    """Lines of imports inside functions."""
    return [
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


@pytest.mark.parametrize("path", list(sources("portal")), ids=name)
def test_imports_stand_at_the_top(path: Path) -> None:
    if name(path) not in LATE_IMPORTS:
        assert late_imports(ast.parse(path.read_text())) == []


def test_late_imports_are_found() -> None:
    assert late_imports(
        ast.parse("import a\ndef f():\n    import b\n    class C:\n        def g(self): from c import d")
    ) == [
        3,
        5,
        5,
    ]


def test_exceptions_are_still_needed() -> None:
    assert all(late_imports(ast.parse((ROOT / path).read_text())) for path in LATE_IMPORTS)
    assert all(any(call in ASKING for _, call in calls(ROOT / path)) for path in MACHINE_TIME)


WEBLESS = ("core", "models", "services", "queries", "rules", "states", "errors")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_rules_do_not_know_the_web() -> None:
    """import-linter says the same of whole chains; this names the file."""
    guilty = {
        name(path): bad
        for path in sources("portal")
        if {path.stem, *path.relative_to(ROOT / "portal").parts} & set(WEBLESS)
        and not path.is_relative_to(ROOT / "portal" / "http")
        and (bad := {module for module in imported(path) if module.startswith(("flask", "portal.http", "wtforms"))})
    }
    assert guilty == {}


def test_the_store_and_the_index_stand_alone() -> None:
    guilty = {
        name(path): bad
        for path in sources("archive_store", "search_index")
        if (bad := {module for module in imported(path) if module.split(".")[0] in ("portal", "flask", "sqlalchemy")})
    }
    assert guilty == {}


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield node.lineno, f"{getattr(owner, 'attr', getattr(owner, 'id', ''))}.{node.func.attr}"


def test_services_never_commit() -> None:
    """One commit for each request, at the edge."""
    found = [
        f"{name(path)}:{line} {call}"
        for path in sources("portal")
        if "services" in (path.stem, path.parent.name)
        for line, call in calls(path)
        if call in ("session.commit", "work.commit", "session.rollback")
    ]
    assert found == []


ASKING = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}


def test_only_the_clock_asks_the_machine_what_time_it_is() -> None:
    found = [
        f"{name(path)}:{line} {call}"
        for path in sources("portal")
        if name(path) not in MACHINE_TIME
        for line, call in calls(path)
        if call in ASKING
    ]
    assert found == []


def test_nothing_is_left_to_do_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [
        f"{name(path)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(word in line for word in words)
    ]
    assert found == []


def test_modules_say_what_they_are() -> None:
    silent = [
        name(path)
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
