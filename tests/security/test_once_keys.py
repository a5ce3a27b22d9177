"""The key of a form that acts once belongs to its address: what one form did says nothing about another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import OnceKey
from portal.lending.models import RequestLine
from portal.lending.states import LineState
from tests.web.test_lending_web import House


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


def test_one_key_sends_and_withdraws(house: House) -> None:
    """Both buttons stand on one page; whoever sends in one tab may withdraw from another, opened earlier."""
    line = house.ask(house.dossier()[0], kind="read", act="draft")
    here, reader = f"/requests/{line}", house.as_("reader")
    form = reader.hidden_fields(here, f"{here}/submit")
    assert reader.client.post(f"{here}/submit", data=form).status_code == 302
    version = house.one(select(RequestLine.row_version))[0]
    answer = reader.client.post(f"{here}/cancel", data={**form, "row_version": version})
    assert answer.status_code == 302
    assert house.one(select(RequestLine.state)) == (LineState.CANCELLED,)
    assert "This had already been done" not in reader.get(here).text


def test_the_same_form_still_acts_once(house: House) -> None:
    line = house.ask(house.dossier()[0], kind="read", act="draft")
    here, reader = f"/requests/{line}", house.as_("reader")
    form = reader.hidden_fields(here, f"{here}/submit")
    assert [reader.client.post(f"{here}/submit", data=form).status_code for _ in range(2)] == [302, 302]
    assert house.one(select(RequestLine.state)) == (LineState.SUBMITTED,)
    assert "This had already been done" in reader.get(here).text


def test_a_key_as_the_browser_sent_it_is_not_kept(house: House) -> None:
    key = "0123456789abcdef-of-a-form"
    house.ask(house.dossier()[0], once=key)
    with house.parts.looking() as work:
        kept = work.session.scalars(select(OnceKey.key)).all()
    assert kept
    assert key not in kept
