"""Every detail that anything records has a name: read from the code that records it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import portal
from portal.audit.detail_names import (
    CHANGED_THINGS,
    DATE_KEYS,
    DEPARTMENT_KEYS,
    DETAIL_NAMES,
    PERSON_KEYS,
    SENTENCE_KEYS,
    STRUCTURE,
    VALUE_NAMES,
)
from portal.audit.names import ACTION_NAMES
from portal.clients import services as clients

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROOT = Path(portal.__file__).parent

GIVEN = {
    "clients/services.py": {*clients._COMPANY_FIELDS, *clients._PERSONAL_FIELDS, *clients._CONTACT_FIELDS},
}
"""Keys that are kept as lists of fields and written by loops over them."""


def literal_keys(node: ast.AST) -> set[str]:
    """The keys of every dict written out within a node."""
    return {
        key.value
        for item in ast.walk(node)
        if isinstance(item, ast.Dict)
        for key in item.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def loop_names(function: Function, name: str) -> set[str]:
    """First elements of the tuples a loop variable runs over: `for name, new in (("place", …), …)`."""
    return {
        row.elts[0].value
        for loop in ast.walk(function)
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Tuple)
        if name in {item.id for item in ast.walk(loop.target) if isinstance(item, ast.Name)}
        for row in loop.iter.elts
        if isinstance(row, ast.Tuple) and isinstance(row.elts[0], ast.Constant) and isinstance(row.elts[0].value, str)
    }


def keys_of_variable(function: Function, name: str) -> set[str]:
    """What a function puts into a dict it names: written out, or key by key."""
    found: set[str] = set()
    for node in ast.walk(function):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id == name:
                found |= literal_keys(node.value)
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
                found |= literal_keys(node.value)
                if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
                    found.add(target.slice.value)
                elif isinstance(target.slice, ast.Name):
                    found |= loop_names(function, target.slice.id)
    return found


def recorded(function: Function) -> Iterator[ast.AST]:
    """What a function hands to the trail: `details` and `personal` of each call that records."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in ("record", "add_entry"):
            yield from (keyword.value for keyword in node.keywords if keyword.arg in ("details", "personal"))
        if called == "_rights_changed":
            yield node.args[3]


def keys_written() -> dict[str, set[str]]:
    """Every key, with the places that record it."""
    written: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        place = str(path.relative_to(ROOT))
        for function in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function)):
            for value in recorded(function):
                keys = literal_keys(value)
                for item in ast.walk(value):
                    if isinstance(item, ast.Name):
                        keys |= keys_of_variable(function, item.id)
                keys |= GIVEN.get(place, set())
                if not keys:
                    parameters = {item.arg for item in (*function.args.args, *function.args.kwonlyargs)}
                    assert isinstance(value, ast.Name) and value.id in parameters, (
                        f"{place}, {function.name}: write out what is recorded, so that this test can read it"
                    )
                for key in keys:
                    written.setdefault(key, set()).add(f"{place}:{function.name}")
    return written


def test_every_recorded_detail_has_a_name() -> None:
    written = keys_written()
    assert len(written) > 60
    named = {key.rpartition(":")[2] for key in DETAIL_NAMES}
    assert {key: places for key, places in written.items() if key not in named | STRUCTURE} == {}


def test_no_name_is_left_over() -> None:
    written = keys_written().keys()
    assert {key.rpartition(":")[2] for key in DETAIL_NAMES} - written == set()
    assert {key.rpartition(":")[2] for key in VALUE_NAMES} - written == set()
    assert written >= PERSON_KEYS | DEPARTMENT_KEYS | DATE_KEYS | SENTENCE_KEYS
    assert CHANGED_THINGS.keys() <= ACTION_NAMES.keys()
    assert set(CHANGED_THINGS.values()) <= DETAIL_NAMES.keys()


@pytest.mark.parametrize(
    "code",
    [
        'def f(work):\n    work.record("a:b", "c:1", details={"brand_new": 1})',
        'def f(work):\n    found = {"brand_new": 1}\n    work.record("a:b", "c:1", personal=found)',
        'def f(work):\n    found = {}\n    found["brand_new"] = 1\n    work.record("a:b", "c:1", details=found)',
        'def f(work):\n    found = {}\n    for name, new in (("brand_new", 1),):\n        found[name] = new\n'
        '    work.record("a:b", "c:1", details={"changed": found})',
    ],
)
def test_a_new_detail_is_noticed_however_it_is_written(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new.py").write_text(code)
    monkeypatch.setattr("tests.unit.test_audit_names.ROOT", tmp_path)
    assert "brand_new" in keys_written()
