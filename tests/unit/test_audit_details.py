"""How the details of an entry read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.details import LONGEST, Reader, detail_lines

READER = Reader(
    people={3: "Ana Gil", 4: "Bo Lin"},
    departments={3: "Sales", 4: "Purchasing"},
    day=lambda value: f"{value:%d.%m.%Y}",
    moment=lambda value: f"{value:%d.%m.%Y %H:%M}",
    number=lambda value: f"{value:,.0f}",
    country={"CN": "China"}.__getitem__,
)


@pytest.mark.parametrize(
    ("action", "details", "lines"),
    [
        ("loan:issue", {}, []),
        ("loan:issue", {"sheets": 40, "due_on": "2026-03-05"}, [("Sheets", "40"), ("Due on", "05.03.2026")]),
        ("grant:give", {"until": "2026-03-05T14:30:00+00:00"}, [("Until", "05.03.2026 14:30")]),
        ("grant:give", {"until": "some day"}, [("Until", "some day")]),
        (
            "dossier:level",
            {"old": "general", "new": "core", "grants_ended": [7, 8]},
            [("Level", "General → Core"), ("Reading grants ended", "7, 8")],
        ),
        ("dossier:department", {"old": 3, "new": 4}, [("Department", "Sales → Purchasing")]),
        ("thing:do", {"old": 3, "new": 4}, [("Change", "3 → 4")]),
        (
            "person:rights",
            {
                "old": {"roles": ["clerk"], "clearance": "core"},
                "new": {"roles": ["clerk", "auditor"], "clearance": "core"},
            },
            [("Roles", "Records clerk → Records clerk, Auditor")],
        ),
        (
            "department:lead",
            {"old": {"head": 3, "deputy": None}, "new": {"head": 4, "deputy": 3}},
            [("Head", "Ana Gil → Bo Lin"), ("Deputy", "– → Ana Gil")],
        ),
        ("volume:edit", {"changed": {"place": {"old": "", "new": "A-01"}}}, [("Place", "– → A-01")]),
        (
            "dossier:edit_draft",
            {"changed": {"department_id": {"old": 3, "new": 4}, "title": {"old": "core", "new": "general"}}},
            [("Department", "Sales → Purchasing"), ("Title", "core → general")],
        ),
        ("loan:issue", {"borrower": 3, "volume": 3}, [("Borrower", "Ana Gil"), ("Volume", "3")]),
        ("loan:issue", {"borrower": 99}, [("Borrower", "99")]),
        ("client:add", {"kind": "bank", "rank": "key"}, [("Kind", "Bank"), ("Rank", "Key client")]),
        (
            "document:add",
            {"kind": "call_note", "filed_by": 4},
            [("Kind", "Call note"), ("Filed in the archive by", "Bo Lin")],
        ),
        (
            "request:approve",
            {"kind": "borrow", "stage": "head"},
            [("Kind", "Borrow the paper file"), ("Signature", "Head")],
        ),
        ("responsibility:begin", {"rank": 2}, [("Responsibility", "Second responsible employee")]),
        ("report:print", {"from": "2026-03-01", "language": "zh"}, [("From", "01.03.2026"), ("Language", "中文")]),
        (
            "client:add",
            {"country": "CN", "registered_capital": "5000000.00"},
            [("Country", "China"), ("Registered capital", "5,000,000")],
        ),
        ("thing:do", {"new_thing": True, "other": False}, [("new thing", "Yes"), ("other", "No")]),
        ("client:add", {"name": "Hengda"}, [("Name of the client", "Hengda")]),
        (
            "client:add",
            {"contacts": [{"name": "Eva", "phone": "1", "email": ""}, {"name": "Ada", "phone": "2"}]},
            [("Contact persons", "Name: Eva, Telephone: 1"), ("Contact persons", "Name: Ada, Telephone: 2")],
        ),
        (
            "client:edit",
            {
                "contacts": [
                    {"old": {"name": "Eva", "phone": "1"}, "new": {"name": "Eva", "phone": "2"}},
                    {"old": None, "new": {"name": "Ada"}},
                    {"old": {"name": "Bea"}, "new": None},
                ]
            },
            [
                ("Contact persons · Eva · Telephone", "1 → 2"),
                ("Contact persons", "– → Name: Ada"),
                ("Contact persons · Bea", "Name: Bea → –"),
            ],
        ),
        ("document:add", {"subject": "x" * 300}, [("Subject", "x" * 199 + "…")]),
    ],
)
def test_details_read_as_lines(action: str, details: dict[str, Any], lines: list[tuple[str, str]]) -> None:
    assert detail_lines(action, details, READER) == lines


def test_labels_and_values_are_in_the_readers_words() -> None:
    reader = Reader(word=lambda message: f"<{message}>")
    lines = detail_lines("access:refused", {"why": "You may not.", "path": "/people"}, reader)
    assert lines == [("<Reason>", "<You may not.>"), ("<Page of the portal>", "/people")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["old", "new", "person", "changed", "until", ""]), inner)
    ),
    max_leaves=6,
)


KEYS = st.text(max_size=5) | st.sampled_from(["old", "new", "changed", "contacts", "why", "registered_capital"])


@given(details=st.dictionaries(KEYS, JSON, max_size=3))
def test_whatever_was_recorded_can_be_shown(details: dict[str, Any]) -> None:
    for label, said in detail_lines("client:edit", details, Reader()):
        assert isinstance(label, str)
        assert 0 < len(said) <= 2 * LONGEST + len(" → ")
