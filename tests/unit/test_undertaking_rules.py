"""Who must accept when: calendar years, 29 February, versions that follow each other."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.config import LANGUAGES
from portal.undertaking.rules import (
    Force,
    asked_from,
    force_on,
    good_until,
    last_lapsed,
    last_to_remind,
    months_later,
)
from portal.undertaking.texts import DEFAULT_TEXTS, LONGEST, Block, blocks_of, digest_of, tidy

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
MONTHS = st.integers(1, 40)
NONE = Force(None, None, None)


@pytest.mark.parametrize(
    ("accepted_on", "asked_again"),
    [
        ("2026-03-02", "2027-03-03"),  # On the day a year later it is a year, not more.
        ("2028-02-29", "2029-03-01"),  # The year after has no 29 February: good until the 28th.
        ("2027-02-28", "2028-02-29"),
        ("2027-03-01", "2028-03-02"),
        ("2026-12-31", "2028-01-01"),
    ],
)
def test_an_acceptance_is_good_for_a_year_of_the_calendar(accepted_on: str, asked_again: str) -> None:
    force = Force(1, date(2026, 1, 1), None)
    assert asked_from(force, date.fromisoformat(accepted_on), 12) == date.fromisoformat(asked_again)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-12-15", 12, "2027-12-15"),
    ],
)
def test_months_of_the_calendar(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


@given(day=DAYS, months=MONTHS)
def test_a_month_later_is_in_that_month_on_that_day_or_its_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(first=DAYS, second=DAYS, months=MONTHS)
def test_who_accepted_later_is_not_asked_earlier(first: date, second: date, months: int) -> None:
    first, second = sorted((first, second))
    assert good_until(first, months) <= good_until(second, months)


@given(today=DAYS, months=MONTHS, away=st.integers(-50, 50))
def test_lists_and_the_gate_agree_on_who_has_lapsed(today: date, months: int, away: int) -> None:
    """The database compares days of acceptance, the gate the day that follows from one: always the same answer."""
    accepted_on = months_later(today, -months) + timedelta(days=away)
    asked = asked_from(Force(1, date(2000, 1, 1), None), accepted_on, months)
    assert asked is not None
    assert (accepted_on <= last_lapsed(today, months)) == (asked <= today)


@given(today=DAYS, months=MONTHS, days_before=st.integers(1, 60), away=st.integers(-70, 90))
def test_reminded_is_whose_end_is_so_many_days_away(today: date, months: int, days_before: int, away: int) -> None:
    accepted_on = months_later(today, -months) + timedelta(days=away)
    near = good_until(accepted_on, months) <= today + timedelta(days=days_before)
    assert (accepted_on <= last_to_remind(today, months, days_before)) == near


VERSIONS = st.lists(DAYS, max_size=5).map(sorted)


@given(versions=VERSIONS, today=DAYS)
def test_in_force_is_the_newest_that_has_begun(versions: list[date], today: date) -> None:
    force = force_on(today, list(enumerate(versions, start=1)))
    begun = [number for number, day in enumerate(versions, start=1) if day <= today]
    to_come = [day for day in versions if day > today]
    assert force.version_id == (begun[-1] if begun else None)
    assert force.since == (versions[begun[-1] - 1] if begun else None)
    assert force.next_on == (to_come[0] if to_come else None)


@given(
    versions=VERSIONS,
    accepted=st.dictionaries(st.integers(1, 5), DAYS),
    today=DAYS,
    later=st.integers(0, 1200),
    months=MONTHS,
)
def test_what_a_log_in_was_told_stays_right(
    versions: list[date], accepted: dict[int, date], today: date, later: int, months: int
) -> None:
    """The day worked out once, at log-in, says on every later day what looking again on that day would say.

    As long as nobody accepts or approves anything in between; both of them set it anew.
    """
    numbered = list(enumerate(versions, start=1))

    def asked_on(day: date) -> bool:
        force = force_on(day, numbered)
        if force.version_id is None:
            return False
        accepted_on = accepted.get(force.version_id)
        return accepted_on is None or good_until(accepted_on, months) < day

    # Whoever accepts does so while the version is in force, and not in the future.
    accepted = {
        number: day
        for number, day in accepted.items()
        if number <= len(versions) and day <= today and force_on(day, numbered).version_id == number
    }
    force = force_on(today, numbered)
    told = asked_from(force, accepted.get(force.version_id or 0), months)
    then = today + timedelta(days=later)
    if asked_on(then) and not asked_on(today):
        assert told is not None
    if told is None or then < told:
        assert not asked_on(then)
    elif force_on(then, numbered) == force:
        assert asked_on(then)


@given(accepted_on=st.none() | DAYS, months=MONTHS)
def test_without_any_version_nothing_is_asked(accepted_on: date | None, months: int) -> None:
    assert asked_from(NONE, accepted_on, months) is None


def test_a_version_to_come_asks_everybody_from_its_day_on() -> None:
    soon = date(2026, 6, 1)
    assert asked_from(Force(None, None, soon), None, 12) == soon
    assert asked_from(Force(1, date(2026, 1, 1), soon), date(2026, 2, 1), 12) == soon
    assert asked_from(Force(1, date(2026, 1, 1), date(2030, 1, 1)), date(2026, 2, 1), 12) == date(2027, 2, 2)


def test_a_text_is_taken_apart() -> None:
    body = "# One\r\nA line\nand the next.  \n\n\n- first\n- second\n\nThe end."
    assert tidy(body) == "# One\nA line\nand the next.\n\n- first\n- second\n\nThe end."
    assert blocks_of(body) == [
        Block("heading", ("One",)),
        Block("paragraph", ("A line and the next.",)),
        Block("points", ("first", "second")),
        Block("paragraph", ("The end.",)),
    ]


@given(st.text(alphabet="#- \nabc\r汉", max_size=60))
def test_any_text_can_be_taken_apart_and_nothing_of_it_is_lost(body: str) -> None:
    tidied = tidy(body)
    assert tidy(tidied) == tidied
    kept = "".join(line for block in blocks_of(body) for line in block.lines)
    assert sorted(sign for sign in tidied if sign in "abc汉") == sorted(sign for sign in kept if sign in "abc汉")


def test_the_digest_is_of_language_and_words() -> None:
    digests = {digest_of(language, body) for language in ("en", "es") for body in ("a", "b", "")}
    assert len(digests) == 6
    assert digest_of("en", "a") == sha256(b"en\na").hexdigest()


def test_the_text_offered_first_is_whole_in_every_language() -> None:
    assert set(DEFAULT_TEXTS) == set(LANGUAGES)
    shapes = {tuple((block.kind, len(block.lines)) for block in blocks_of(body)) for body in DEFAULT_TEXTS.values()}
    assert len(shapes) == 1, "the languages say the same, point by point"
    assert all(len(body) < LONGEST for body in DEFAULT_TEXTS.values())
