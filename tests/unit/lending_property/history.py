"""What may change, and what may never: history is only added to, and every change is one that its act may make."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from portal.dossiers.states import Custody as C
from portal.lending.states import LineState as L
from portal.lending.states import LoanState
from tests.unit.lending_property.facts import Facts

ONLY_ADDED_TO = (
    *("trail_entries", "trail_personal", "decisions", "loan_events", "moves", "policy_changes"),
    *("requests", "outside_readers", "outside_reader_papers"),
)
MAY_BE_REMOVED = ("person_roles", "outbox")
"""Everything else that was ever written down stays."""

STAYS: dict[str, tuple[str, ...]] = {
    "loans": (
        *("volume_id", "line_id", "borrower_id", "issued_at", "issued_on", "issued_by_id", "original_due_on"),
        *("sheets_issued", "in_reading_room", "condition_issued", "override_reason"),
    ),
    "request_lines": ("request_id", "dossier_id", "reader_id", "kind"),
    "requested_volumes": ("line_id", "volume_id"),
    "reading_grants": ("person_id", "dossier_id", "both_signed", "granted_at", "until_date", "granted_by_id"),
    "calendar_exceptions": ("from_day", "until_day", "is_open", "reason", "set_at", "set_by_id"),
    "volumes": ("dossier_id", "ordinal", "barcode"),
    "notices": ("person_id", "kind", "occasion"),
}
"""Columns that never change once they are written."""

CLOSED: dict[str, tuple[str, frozenset[Any]]] = {
    "loans": ("state", frozenset({LoanState.RETURNED, LoanState.VOIDED})),
    "request_lines": ("state", frozenset({L.REJECTED, L.CANCELLED, L.EXPIRED})),
}
"""Rows that never change again once they are in one of these states."""

_SETTLE = {(C.ON_SHELF, C.RESERVED), (C.RESERVED, C.ON_SHELF)}
_ASK = {
    (None, L.DRAFT),
    (None, L.SUBMITTED),
    *((state, L.EXPIRED) for state in (L.SUBMITTED, L.HEAD_APPROVED, L.READY)),
}
_LAPSE = {(L.READY, L.FULFILLED)}
"""A request served in part ends as fulfilled."""
_CAME_IN = {C.ON_SHELF, C.RESERVED, C.IN_REPAIR}

STEPS: dict[str, dict[str, set[tuple[Any, Any]]]] = {
    "ask to read": {"line": _ASK},
    "ask to borrow": {"line": _ASK | _LAPSE, "volume": _SETTLE},
    "ask for the reading room": {"line": _ASK | _LAPSE, "volume": _SETTLE},
    "ask for an outside reader": {"line": _ASK | _LAPSE, "volume": _SETTLE},
    "send a draft": {"line": _ASK | _LAPSE | {(L.DRAFT, L.SUBMITTED)}, "volume": _SETTLE},
    "withdraw": {
        "line": {(state, L.CANCELLED) for state in (L.DRAFT, L.SUBMITTED, L.HEAD_APPROVED, L.READY)} | _LAPSE,
        "volume": _SETTLE,
    },
    "decide": {
        "line": {
            *((L.SUBMITTED, state) for state in (L.HEAD_APPROVED, L.READY, L.FULFILLED, L.REJECTED)),
            *((L.HEAD_APPROVED, state) for state in (L.READY, L.FULFILLED, L.REJECTED)),
        },
        "volume": {(C.ON_SHELF, C.RESERVED)},
    },
    "hand out": {
        "line": {(L.READY, L.FULFILLED)},
        "loan": {(None, LoanState.ON_LOAN)},
        "volume": {(C.ON_SHELF, C.ON_LOAN), (C.RESERVED, C.ON_LOAN)},
    },
    "report not found": {
        "line": {(L.READY, L.FULFILLED), (L.READY, L.NOT_FOUND)},
        "volume": {(C.ON_SHELF, C.MISSING), (C.RESERVED, C.MISSING)},
    },
    "put back": {
        "line": {(L.NOT_FOUND, L.READY)},
        "volume": {(C.MISSING, C.ON_SHELF), (C.MISSING, C.RESERVED)},
    },
    "take back": {
        "loan": {(LoanState.ON_LOAN, LoanState.RETURNED)},
        "volume": {(C.ON_LOAN, custody) for custody in _CAME_IN},
    },
    "lose": {"loan": {(LoanState.ON_LOAN, LoanState.LOST)}, "volume": {(C.ON_LOAN, C.MISSING)}},
    "find": {
        "loan": {(LoanState.LOST, LoanState.RETURNED)},
        "volume": {(C.MISSING, custody) for custody in _CAME_IN},
    },
    "void": {
        "line": {(L.FULFILLED, L.READY)},
        "loan": {(LoanState.ON_LOAN, LoanState.VOIDED)},
        "volume": {(C.ON_LOAN, C.ON_SHELF), (C.ON_LOAN, C.RESERVED), (C.ON_SHELF, C.RESERVED)},
    },
    "hand on": {
        "line": {(L.READY, L.FULFILLED)},
        "loan": {(LoanState.ON_LOAN, LoanState.RETURNED), (None, LoanState.ON_LOAN)},
    },
    "send to repair": {"volume": {(C.ON_SHELF, C.IN_REPAIR), (C.RESERVED, C.IN_REPAIR)}},
    "end repair": {"volume": {(C.IN_REPAIR, C.ON_SHELF), (C.IN_REPAIR, C.RESERVED)}},
    "send to scanning": {"volume": {(C.ON_SHELF, C.BEING_SCANNED), (C.RESERVED, C.BEING_SCANNED)}},
    "end scanning": {"volume": {(C.BEING_SCANNED, C.ON_SHELF), (C.BEING_SCANNED, C.RESERVED)}},
    "sweep": {
        "line": {(state, L.EXPIRED) for state in (L.SUBMITTED, L.HEAD_APPROVED, L.READY)} | _LAPSE,
        "volume": {(C.RESERVED, C.ON_SHELF)},
    },
}
"""The steps of lines, loans and volumes that each act may bring about; an act that is not here brings about none."""

_MACHINES = {"line": ("request_lines", "state"), "loan": ("loans", "state"), "volume": ("volumes", "custody")}
_TOLD = ("request_lines", "requested_volumes", "loans", "loan_events", "reading_grants", "volumes", "decisions")


def changed(before: Facts, after: Facts, table: str) -> list[Row[Any]]:
    """Rows that are new or other than before."""
    old = before.tables[table]
    return [row for key, row in after.tables[table].items() if old.get(key) != row]


def check_history(act: str, who: int | None, before: Facts, after: Facts) -> None:
    """After a step that was not refused."""
    for table, old in before.tables.items():
        new = after.tables[table]
        if table in ONLY_ADDED_TO:
            assert all(new.get(key) == row for key, row in old.items()), f"{table} is only added to"
        elif table not in MAY_BE_REMOVED:
            assert old.keys() <= new.keys(), f"something is gone from {table}"
    for table, columns in STAYS.items():
        for row in changed(before, after, table):
            if was := before.tables[table].get(row.id):
                assert all(getattr(was, name) == getattr(row, name) for name in columns), f"{table} {row.id}"
    for table, (column, states) in CLOSED.items():
        for row in changed(before, after, table):
            if was := before.tables[table].get(row.id):
                assert getattr(was, column) not in states, f"{table} {row.id} was closed"
    _check_steps(act, before, after)
    _check_trail(act, who, before, after)


def _check_steps(act: str, before: Facts, after: Facts) -> None:
    for machine, (table, column) in _MACHINES.items():
        may_step = STEPS.get(act, {}).get(machine, set())
        for row in changed(before, after, table):
            was = before.tables[table].get(row.id)
            step = (getattr(was, column) if was else None, getattr(row, column))
            assert step[0] == step[1] or step in may_step, f"{act} moved {machine} {row.id}: {step}"


def _check_trail(act: str, who: int | None, before: Facts, after: Facts) -> None:
    """Whatever changed in lending is told by a new entry of the trail, in the name of who acted."""
    entries = changed(before, after, "trail_entries")
    assert {(row.actor_id, row.at) for row in entries} <= {(who, after.now)}
    if any(changed(before, after, table) for table in _TOLD):
        assert entries or act in ("time",), f"{act} left no trace in the trail"
