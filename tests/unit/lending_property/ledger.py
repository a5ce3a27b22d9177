"""What must be true after every step, and what is kept beside the portal to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.access.models import GrantEnd
from portal.core.permissions import Level
from portal.dossiers.states import Custody, MoveKind
from portal.lending.states import LineState, LoanState
from tests.unit.lending_property.calendar import Office
from tests.unit.lending_property.facts import Facts
from tests.unit.lending_property.history import changed, check_history
from tests.unit.lending_property.house import House, Outcome
from tests.unit.lending_property.rights import On, cleared, here, open_grants, reads
from tests.unit.lending_property.rules import LEVELS, READ, How, is_last_signature, needed_signatures

CALENDAR_ACTS = ("close days", "open days", "undo days", "change the counting")
RIGHTS_REST_ON = ("people", "person_roles", "departments", "dossiers", "responsibilities", "reading_grants")


@dataclass
class Due:
    """How the due date of an open loan came about."""

    first: date
    due: date
    counted_from: date
    days: int
    recalled_on: date | None = None

    def by_rule(self, office: Office) -> date:
        """What it would be if it were given now: who was called back has until the next open day, if not less."""
        due = office.due(self.counted_from, self.days)
        if self.recalled_on is None:
            return due
        return min(due, office.next_open(self.recalled_on + timedelta(days=1)))


class Ledger:
    """The grants and due dates as they should be: kept from the acts alone, compared with the portal after each."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.dues: dict[int, Due] = {}
        self.grants: dict[int, tuple[int, int, date, bool, GrantEnd | None]] = {}
        """Reader, dossier, last day, both signatures, why it ended."""
        self.rights_seen: object = None

    def after(self, act: str, who: int | None, on: On, how: How, outcome: Outcome) -> None:
        """Take note of a step and check everything."""
        before, after = outcome.before, outcome.after
        if outcome.refused is None:
            check_history(act, who, before, after)
            self._note_dues(act, on, before, after)
            self._note_grants(act, on, how, before, after)
            self._check_new_loans(who, before, after)
            check_last_days(act, before, after)
        self._check_dues(after)
        self._check_grants(after)
        check_custody(after, swept=act == "sweep")

    def _note_dues(self, act: str, on: On, before: Facts, after: Facts) -> None:
        office = Office(after)
        for loan_id in sorted(after.loans.keys() - before.loans.keys()):
            days = 0 if after.loans[loan_id].in_reading_room else after.policy["loan_days"]
            due = office.due(after.today, days)
            self.dues[loan_id] = Due(due, due, after.today, days)
        if act == "renew":
            known = self.dues[on.loan]
            known.counted_from, known.days = known.due, after.policy["renewal_days"]
            known.due = known.by_rule(office)
        elif act == "recall":
            known = self.dues[on.loan]
            known.recalled_on = after.today
            known.due = min(known.due, office.next_open(after.today + timedelta(days=1)))
        elif act in CALENDAR_ACTS:
            for loan in after.open_loans:
                self._move_with_calendar(self.dues[loan.id], office, after)

    def _move_with_calendar(self, known: Due, office: Office, after: Facts) -> None:
        """Nobody becomes overdue by the calendar, and what is overdue gets no earlier date."""
        if known.days == 0:
            return
        due = known.by_rule(office)
        if known.due < after.today:
            due = max(due, known.due)
        elif due < after.today:
            due = office.next_open(after.today)
        known.due = due

    def _check_dues(self, after: Facts) -> None:
        for loan in after.open_loans:
            known = self.dues[loan.id]
            assert (loan.due_on, loan.original_due_on) == (known.due, known.first), f"due date of loan {loan.id}"
        for loan_id, events in after.events.items():
            for event, later in zip(events, [*events[1:], None], strict=True):
                follows = later.due_before if later else after.loans[loan_id].due_on
                assert event.due_after == follows, "a due date that is in no event"
            assert events[0].due_before == after.loans[loan_id].original_due_on

    def _note_grants(self, act: str, on: On, how: How, before: Facts, after: Facts) -> None:
        opens = act == "decide" and how.approve and before.request_lines[on.line].kind == READ
        if opens and is_last_signature(before, on.line):
            line = after.request_lines[on.line]
            until = after.today + timedelta(days=after.policy["grant_days"])
            both = len(after.approvals(line.id)) == 2
            self.grants[line.grant_id] = (line.reader_id, line.dossier_id, until, both, None)
        ends: dict[str, tuple[GrantEnd, Any]] = {
            "give a grant back": (GrantEnd.GIVEN_BACK, lambda key, reader, dossier: key == on.grant),
            "take a grant back": (GrantEnd.REVOKED, lambda key, reader, dossier: key == on.grant),
            "change the level": (
                GrantEnd.LEVEL_RAISED,
                lambda key, reader, dossier: _raised(before, after, dossier),
            ),
            "move somebody": (
                GrantEnd.READER_MOVED,
                lambda key, reader, dossier: before.people[reader].department_id != after.people[reader].department_id,
            ),
            "sweep": (GrantEnd.READER_LEFT, lambda key, reader, dossier: not here(after, reader)),
        }
        why, ended = ends.get(act, (None, None))
        for key, (reader, dossier, until, both, end) in self.grants.items():
            lasts = until >= after.today or why == GrantEnd.GIVEN_BACK
            if ended is not None and end is None and lasts and ended(key, reader, dossier):
                self.grants[key] = (reader, dossier, until, both, why)

    def _check_grants(self, after: Facts) -> None:
        """The grants are those of the signatures, and each opens exactly its dossier, to exactly its reader."""
        rows = {
            row.id: (row.person_id, row.dossier_id, row.until_date, row.both_signed, row.ended_reason)
            for row in after.reading_grants.values()
        }
        assert rows == self.grants
        assert all((row.ended_at is None) == (row.ended_reason is None) for row in after.reading_grants.values())
        live = {
            (reader, dossier)
            for reader, dossier, until, both, end in self.grants.values()
            if end is None and until >= after.today and (both or after.dossiers[dossier].level != Level.CORE)
        }
        assert live == open_grants(after)
        depends_on = (after.today, live, *(after.tables[name] for name in RIGHTS_REST_ON))
        if depends_on == self.rights_seen:
            return
        self.rights_seen = depends_on
        for who in after.present:
            may_read = {dossier for dossier in after.dossiers if reads(after, who, dossier, grants=live)}
            assert self.house.readable(who) == may_read, f"what person {who} may read"

    def _check_new_loans(self, who: int | None, before: Facts, after: Facts) -> None:
        """Nobody is given, or keeps for longer, what their clearance forbids; nothing goes to whoever owes a file."""
        renewed = {row.loan_id for row in changed(before, after, "loan_events") if row.what == "renewed"}
        for loan in after.loans.values():
            new = loan.id not in before.loans
            if not new and loan.id not in renewed:
                continue
            line = after.request_lines[loan.line_id]
            dossier_id = after.volumes[loan.volume_id].dossier_id
            signed = after.approvals(line.id)
            assert (loan.borrower_id, dossier_id) == (line.reader_id, line.dossier_id)
            assert here(after, loan.borrower_id) and cleared(after, loan.borrower_id, dossier_id)
            assert len(signed) >= needed_signatures(after.dossiers[dossier_id].level)
            assert not signed & {line.reader_id, after.requests[line.request_id].filed_by_id}
            handed_on = next((row.id for row in before.open_loans if after.loans[row.id].state != row.state), 0)
            if before.overdue(loan.borrower_id, but=handed_on):
                assert new and loan.override_reason and loan.issued_by_id == who != loan.borrower_id


def _raised(before: Facts, after: Facts, dossier_id: int) -> bool:
    old, new = before.dossiers[dossier_id].level, after.dossiers[dossier_id].level
    return LEVELS.index(new) > LEVELS.index(old)


def check_custody(facts: Facts, *, swept: bool) -> None:
    """One open loan at most; what is on loan is nowhere else; what somebody waits for stands reserved."""
    lent = [loan.volume_id for loan in facts.open_loans]
    assert len(lent) == len(set(lent)), "a volume on two loans"
    assert set(lent) == {row.id for row in facts.volumes.values() if row.custody == Custody.ON_LOAN}
    lost = {loan.volume_id for loan in facts.loans.values() if loan.state == LoanState.LOST}
    assert all(facts.volumes[volume_id].custody == Custody.MISSING for volume_id in lost)
    for volume in facts.volumes.values():
        waiting = facts.waiting(volume.id)
        assert not (waiting and volume.custody == Custody.ON_SHELF), "on the shelf though somebody waits for it"
        if volume.custody == Custody.RESERVED and not waiting:
            unswept = [line for line in facts.request_lines.values() if volume.id in facts.wanted(line.id)]
            assert not swept and any(line.state == LineState.READY for line in unswept), "reserved for nobody"
        if volume.custody in (Custody.ON_LOAN, Custody.MISSING):
            assert volume.present_place_id is None, "put down somewhere though nobody has it at hand"
        last = [row for row in facts.moves.values() if row.volume_id == volume.id]
        seen = [row.custody for row in last if row.kind == MoveKind.CUSTODY]
        put = [row.to_place_id for row in last if row.kind == MoveKind.PRESENT]
        homes = [row.to_place_id for row in last if row.kind == MoveKind.HOME]
        assert (seen or [Custody.ON_SHELF])[-1] == volume.custody, "a custody that is not in the history"
        assert (put or [None])[-1] == volume.present_place_id, "a place that is not in the history"
        assert not homes or homes[-1] == volume.home_place_id
    for row in facts.requested_volumes.values():
        line = facts.request_lines[row.line_id]
        kept = row.outcome == "wanted" and row.hold_until and row.hold_until >= facts.today
        if kept and line.state == LineState.READY:
            assert facts.volumes[row.volume_id].custody == Custody.RESERVED, "kept for somebody, and not there"
    for place in facts.places.values():
        above = facts.places[place.parent_id].path + "-" if place.parent_id else ""
        assert place.path == above + place.code


def check_last_days(act: str, before: Facts, after: Facts) -> None:
    """A request that was sent or went a step on has new time; what came in is kept for the next for some days."""
    office = Office(after)
    until = office.next_open(after.today + timedelta(days=after.policy["request_days"]))
    stepped = (LineState.SUBMITTED, LineState.HEAD_APPROVED, LineState.READY)
    for row in changed(before, after, "request_lines"):
        old = before.request_lines.get(row.id)
        if row.state in stepped and (old is None or old.state != row.state) and act != "void":
            visits = [one.visit_on for one in after.outside_readers.values() if one.request_id == row.request_id]
            assert row.expires_on == max([until, *visits] if row.state == LineState.READY and visits else [until])
    for row in changed(before, after, "requested_volumes"):
        old = before.requested_volumes.get(row.id)
        if row.hold_until and row.hold_until != (old.hold_until if old else None):
            assert row.hold_until == office.nth_open_after(after.today, after.policy["hold_days"])
            assert row.line_id == after.waiting(row.volume_id)[0], "kept for somebody who is not the next"
    if act in ("take back", "find", "put back", "end repair", "end scanning"):
        for volume in changed(before, after, "volumes"):
            if volume.custody == Custody.RESERVED:
                first = after.waiting(volume.id)[0]
                kept = [row for row in after.asked[first] if row.volume_id == volume.id]
                assert kept[0].hold_until is not None, "came in, and is kept for nobody"
                told = [row.person_id for row in changed(before, after, "notices") if row.line_id == first]
                assert told == [after.request_lines[first].reader_id], "the next in line was not told"
