"""Forms of the counter with values that make no sense: a clear sentence, and nothing is changed or guessed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.dossiers.models import Volume
from portal.dossiers.states import Condition, Custody
from portal.lending.models import Loan
from portal.lending.states import LoanState
from tests.web.test_desk import Counter, approved, said, tone
from tests.web.test_lending_web import House

SHEETS = "The number of sheets is missing or is no whole number. Nothing was changed."
CONDITION = "Please choose the condition of the paper from the list. Nothing was changed."


@pytest.fixture
def house(app: Any, parts: Any) -> House:
    return House(app, parts)


@pytest.fixture
def desk(house: House) -> Counter:
    return Counter(house)


def _as_it_was(house: House, barcode: str) -> bool:
    loan = select(Loan.state, Loan.sheets_returned, Loan.condition_returned)
    volume = select(Volume.custody, Volume.sheets, Volume.condition).where(Volume.barcode == barcode)
    return (
        house.one(loan) == (LoanState.ON_LOAN, None, None)
        and house.one(volume) == (Custody.ON_LOAN, 40, Condition.GOOD)
        and house.count(Loan) == 1
    )


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("condition", "shredded", CONDITION),
        ("condition", "", CONDITION),
        ("sheets", "forty", SHEETS),
        ("sheets", "", SHEETS),
        ("sheets", "39.5", SHEETS),
        ("sheets", "-1", SHEETS),
        ("sheets", "100001", SHEETS),
        ("remark", "x" * 501, "The remark is too long. Nothing was changed."),
    ],
)
@pytest.mark.parametrize("part", ["/desk/return/", "/desk/hand-on/"])
def test_taking_back(house: House, desk: Counter, part: str, field: str, value: str, sentence: str) -> None:
    dossier_id, (barcode,) = house.dossier()
    line_id, _ = approved(house, dossier_id=dossier_id)
    house.issue(line_id)
    approved(house, "colleague", dossier_id)
    refused = desk.press(desk.scan(barcode), part, **{field: value})
    assert (refused.status_code, tone(refused), said(refused)) == (422, "refused", sentence)
    assert _as_it_was(house, barcode)
    assert tone(desk.press(desk.scan(barcode), part)) == "ok"


def test_back_from_repair(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    house.issue(line_id)
    desk.press(desk.scan(barcode), condition="damaged", remark="Wet", to_repair="y")
    volume = select(Volume.custody, Volume.condition).where(Volume.barcode == barcode)
    for value in ("mended", ""):
        refused = desk.press(desk.scan(barcode), condition=value)
        assert (refused.status_code, said(refused)) == (422, CONDITION)
        assert house.one(volume) == (Custody.IN_REPAIR, Condition.DAMAGED)
    assert tone(desk.press(desk.scan(barcode), condition="worn")) == "ok"
    assert house.one(volume) == (Custody.ON_SHELF, Condition.WORN)


def test_handing_out(house: House, desk: Counter) -> None:
    line_id, (barcode,) = approved(house)
    refused = desk.press(desk.scan(barcode), override_reason="x" * 501)
    assert (refused.status_code, said(refused)) == (422, "The reason is too long. Nothing was changed.")
    assert house.count(Loan) == 0
    plain = f"/requests/{line_id}/issue"
    answer = house.as_("clerk").post(plain, {"volume_ids": ["first"]}, shown_at="/desk", action=plain)
    assert (answer.status_code, "Nothing was saved." in answer.text) == (422, True)
    assert house.count(Loan) == 0


def test_taking_back_without_scripts(house: House) -> None:
    line_id, (barcode,) = approved(house)
    house.issue(line_id)
    here = f"/loans/{house.one(select(Loan.id))[0]}/return"
    sent = {"sheets": "40", "returned_on": "2026-03-02", "condition": "good", "remark": ""}
    for field, value in (("condition", "shredded"), ("sheets", "forty"), ("returned_on", "yesterday")):
        answer = house.as_("clerk").post(here, {**sent, field: value}, shown_at=here, action=here)
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True), field
        assert _as_it_was(house, barcode)
