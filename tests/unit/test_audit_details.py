"""How the details of an entry read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.details import detail_lines

PEOPLE = {3: "Ana Gil", 4: "Bo Lin"}


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        ({}, []),
        ({"sheets": 40, "due_on": "2026-03-05"}, [("sheets", "40"), ("due on", "2026-03-05")]),
        ({"old": "general", "new": "core"}, [("", "general → core")]),
        (
            {
                "old": {"roles": ["clerk"], "clearance": "core"},
                "new": {"roles": ["clerk", "auditor"], "clearance": "core"},
            },
            [("roles", "clerk → clerk, auditor")],
        ),
        (
            {"old": {"head": 3, "deputy": None}, "new": {"head": 4, "deputy": 3}},
            [("head", "Ana Gil → Bo Lin"), ("deputy", "– → Ana Gil")],
        ),
        ({"changed": {"place": {"old": "", "new": "A-01"}}}, [("changed · place", "– → A-01")]),
        ({"borrower": 3, "volume": 3}, [("borrower", "Ana Gil"), ("volume", "3")]),
        ({"person": 99}, [("person", "99")]),
        ({"contacts": [{"name": "Eva", "phone": "1"}]}, [("contacts", "name: Eva, phone: 1")]),
        ({"subject": "x" * 300}, [("subject", "x" * 199 + "…")]),
    ],
)
def test_details_read_as_lines(details: dict[str, Any], lines: list[tuple[str, str]]) -> None:
    assert detail_lines(details, PEOPLE) == lines


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["old", "new", "person", ""]), inner),
    max_leaves=6,
)


@given(details=st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_whatever_was_recorded_can_be_shown(details: dict[str, Any]) -> None:
    for label, said in detail_lines(details, PEOPLE):
        assert isinstance(label, str)
        assert 0 < len(said) <= 200
