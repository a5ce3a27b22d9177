"""When an act is possible for somebody who may try it, said from the facts alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from portal.core.permissions import Level, Role
from portal.dossiers.states import Condition, Custody
from portal.lending.states import LineState, LoanEventKind, LoanState, RequestKind
from tests.unit.lending_property.calendar import Office
from tests.unit.lending_property.facts import Facts
from tests.unit.lending_property.rights import On, cleared, here, open_grants, reads

LEVELS = (Level.GENERAL, Level.IMPORTANT, Level.CORE)
COUNTING = [(counted, moves) for counted in ("calendar", "working") for moves in ("next", "previous", "stay")]
AT_HAND = (Custody.ON_SHELF, Custody.RESERVED)
FRAGILE = (Condition.DAMP, Condition.DAMAGED, Condition.MOULD)
OPEN_LINES = (LineState.SUBMITTED, LineState.HEAD_APPROVED, LineState.READY)
READ, BORROW, ROOM = RequestKind.READ, RequestKind.BORROW, RequestKind.READ_IN_ROOM


@dataclass(frozen=True)
class How:
    """What else is said on the form."""

    approve: bool = True
    confirmed: bool = True
    reason: bool = True
    part: bool = False
    """One volume is left out; a draft instead of a request; straight to repair."""
    room: bool = False
    """To be read in the reading room."""
    stale: bool = False
    """The form was filled in over an older version."""
    number: int = 0


def needed_signatures(level: Level) -> int:
    """Important and core dossiers need the records manager too."""
    return 1 if level == Level.GENERAL else 2


def level_after(facts: Facts, how: How) -> Level:
    """The level that `how` says."""
    return LEVELS[how.number % len(LEVELS)]


def counting_after(how: How) -> tuple[str, str]:
    """How days are to be counted, and where a due date on a closed day moves."""
    return COUNTING[how.number % len(COUNTING)]


def is_last_signature(facts: Facts, line_id: int) -> bool:
    """Whether the approval that comes now is the last one."""
    line = facts.request_lines[line_id]
    return line.state == LineState.HEAD_APPROVED or needed_signatures(facts.dossiers[line.dossier_id].level) == 1


def volumes_handed_out(facts: Facts, on: On) -> list[int]:
    """The volumes that handing out concerns: the one named, else all at hand."""
    return [on.volume] if on.volume else [v for v in facts.wanted(on.line) if facts.volumes[v].custody in AT_HAND]


def renewed_due(facts: Facts, loan_id: int) -> object:
    """The due date after a renewal: counted from the old one."""
    return Office(facts).due(facts.loans[loan_id].due_on, facts.policy["renewal_days"])


def _nothing_open(facts: Facts, reader: int, dossier_id: int, kind: RequestKind, *, outside: bool = False) -> bool:
    """Nothing of the kind is asked for already; what a host asks for a visitor is the visitor's."""
    return not any(
        (line.reader_id, line.dossier_id, line.kind) == (reader, dossier_id, kind)
        and (line.request_id in facts.outside) == outside
        and line.state in OPEN_LINES
        and not facts.lapsed(line)
        for line in facts.request_lines.values()
    )


def _may_be_asked(facts: Facts, reader: int, dossier_id: int, kind: RequestKind) -> bool:
    known = here(facts, reader) and cleared(facts, reader, dossier_id)
    return known and not (kind == READ and reads(facts, reader, dossier_id, grants=open_grants(facts)))


def _ask(facts: Facts, who: int, on: On, how: How, *, kind: RequestKind, outside: bool = False) -> bool:
    draft = how.part and not outside
    reader = who if outside else on.person  # The host answers for a reader from outside.
    return all(
        cleared(facts, who, dossier_id)
        and _may_be_asked(facts, reader, dossier_id, kind)
        and not (outside and facts.dossiers[dossier_id].level == Level.CORE)
        and (draft or _nothing_open(facts, reader, dossier_id, kind, outside=outside))
        for dossier_id in on.dossiers
    ) and (draft or not facts.overdue(reader))


def _send_draft(facts: Facts, who: int, on: On, how: How) -> bool:
    line = facts.request_lines[on.line]
    return (
        line.state == LineState.DRAFT
        and cleared(facts, who, line.dossier_id)
        and _may_be_asked(facts, line.reader_id, line.dossier_id, line.kind)
        and _nothing_open(facts, line.reader_id, line.dossier_id, line.kind)
        and not facts.overdue(line.reader_id)
    )


def _withdraw(facts: Facts, who: int, on: On, how: How) -> bool:
    line = facts.request_lines[on.line]
    return line.state in (LineState.DRAFT, *OPEN_LINES) and cleared(facts, who, line.dossier_id)


def _decide(facts: Facts, who: int, on: On, how: How) -> bool:
    line = facts.request_lines[on.line]
    if facts.lapsed(line):
        return False
    if not how.approve:
        return True
    if line.request_id in facts.outside and facts.dossiers[line.dossier_id].level == Level.CORE:
        return False
    opens = line.kind == READ and is_last_signature(facts, line.id)
    return not opens or not (_barred(facts, line.reader_id, line.dossier_id) or facts.overdue(line.reader_id))


def _barred(facts: Facts, reader: int, dossier_id: int) -> bool:
    return not here(facts, reader) or not cleared(facts, reader, dossier_id)


def _hand_out(facts: Facts, who: int, on: On, how: How, *, handed_on: int = 0) -> bool:
    """`handed_on`: the loan that ends with it."""
    line = facts.request_lines[on.line]
    level = facts.dossiers[line.dossier_id].level
    volumes = volumes_handed_out(facts, on)
    possible = (
        cleared(facts, who, line.dossier_id)
        and line.kind != READ
        and line.state == LineState.READY
        and not facts.lapsed(line)
        and bool(volumes)
        and set(volumes) <= set(facts.wanted(line.id))
        and (bool(handed_on) or all(facts.volumes[v].custody in AT_HAND for v in volumes))
        and len(facts.approvals(line.id)) >= needed_signatures(level)
        and not (line.request_id in facts.outside and level == Level.CORE)
        and not _barred(facts, line.reader_id, line.dossier_id)
    )
    if not possible:
        return False
    if facts.overdue(line.reader_id, but=handed_on):
        # Nobody lets themselves off, and whoever lets somebody off says why.
        may_override = Role.RECORDS_MANAGER in facts.roles[who] and who != line.reader_id
        return may_override and how.confirmed and how.reason
    asked = (
        who == line.reader_id
        or any(facts.waiting(v)[:1] not in ([], [line.id]) for v in volumes)  # Nobody is first once all holds are over.
        or any(_condition(facts, v, handed_on) in FRAGILE for v in volumes)
    )
    return how.confirmed or not asked


def _condition(facts: Facts, volume_id: int, handed_on: int) -> Condition:
    row: Condition = facts.loans[handed_on].condition_issued if handed_on else facts.volumes[volume_id].condition
    return row


def _hand_on(facts: Facts, who: int, on: On, how: How) -> bool:
    loan = facts.loans[on.loan]
    return (
        loan.state == LoanState.ON_LOAN
        and cleared(facts, who, facts.volumes[loan.volume_id].dossier_id)
        and _hand_out(facts, who, On(line=on.line, volume=loan.volume_id), how, handed_on=loan.id)
    )


def _report_not_found(facts: Facts, who: int, on: On, how: How) -> bool:
    line = facts.request_lines[on.line]
    return (
        cleared(facts, who, line.dossier_id)
        and line.state == LineState.READY
        and on.volume in facts.wanted(line.id)
        and facts.volumes[on.volume].custody in (*AT_HAND, Custody.MISSING)
    )


def _put_back(facts: Facts, who: int, on: On, how: How) -> bool:
    lost = any(loan.volume_id == on.volume and loan.state == LoanState.LOST for loan in facts.loans.values())
    return not lost and _in_custody(facts, who, on, how, among=(Custody.MISSING,))


def _take_back(facts: Facts, who: int, on: On, how: How) -> bool:
    return not is_future_return(how) and _loan_in(facts, who, on, how, state=LoanState.ON_LOAN)


def _find(facts: Facts, who: int, on: On, how: How) -> bool:
    return not is_future_return(how) and _loan_in(facts, who, on, how, state=LoanState.LOST)


def is_future_return(how: How) -> bool:
    """Whether the form says that the file comes back tomorrow."""
    return how.number % 11 == 10


def _loan_in(facts: Facts, who: int, on: On, how: How, *, state: LoanState) -> bool:
    loan = facts.loans[on.loan]
    return loan.state == state and cleared(facts, who, facts.volumes[loan.volume_id].dossier_id)


def _void(facts: Facts, who: int, on: On, how: How) -> bool:
    today = facts.loans[on.loan].issued_on == facts.today
    return today and _loan_in(facts, who, on, how, state=LoanState.ON_LOAN)


def _renew(facts: Facts, who: int, on: On, how: How) -> bool:
    loan = facts.loans[on.loan]
    line = facts.request_lines[loan.line_id]
    told = [event.what for event in facts.events.get(loan.id, ())]
    return (
        _loan_in(facts, who, on, how, state=LoanState.ON_LOAN)
        and not loan.in_reading_room
        and not _barred(facts, loan.borrower_id, line.dossier_id)
        and not facts.overdue(loan.borrower_id)
        and len(facts.approvals(line.id)) >= needed_signatures(facts.dossiers[line.dossier_id].level)
        and LoanEventKind.RECALLED not in told
        and not facts.waiting(loan.volume_id)
        and told.count(LoanEventKind.RENEWED) < facts.policy["most_renewals"]
        and renewed_due(facts, loan.id) > loan.due_on
    )


def _recall(facts: Facts, who: int, on: On, how: How) -> bool:
    told = [event.what for event in facts.events.get(on.loan, ())]
    return LoanEventKind.RECALLED not in told and _loan_in(facts, who, on, how, state=LoanState.ON_LOAN)


def _in_custody(facts: Facts, who: int, on: On, how: How, *, among: tuple[Custody, ...]) -> bool:
    volume = facts.volumes[on.volume]
    return volume.custody in among and cleared(facts, who, volume.dossier_id)


def _move_box(facts: Facts, who: int, on: On, how: How) -> bool:
    box, shelf = facts.places[on.place], on.department
    return box.parent_id == shelf or not any(
        row.parent_id == shelf and row.code == box.code for row in facts.places.values()
    )


def _give_back(facts: Facts, who: int, on: On, how: How) -> bool:
    return facts.reading_grants[on.grant].ended_at is None


def _take_grant_back(facts: Facts, who: int, on: On, how: How) -> bool:
    grant = facts.reading_grants[on.grant]
    return grant.ended_at is None and grant.until_date >= facts.today and cleared(facts, who, grant.dossier_id)


def _change_level(facts: Facts, who: int, on: On, how: How) -> bool:
    core = level_after(facts, how) == Level.CORE
    return cleared(facts, who, on.dossiers[0]) and (not core or facts.people[who].clearance == Level.CORE)


def _change_rights(facts: Facts, who: int, on: On, how: How) -> bool:
    return who != on.person and here(facts, on.person)


def _lead(facts: Facts, who: int, on: On, how: How, *, other: str) -> bool:
    other_id = getattr(facts.departments[on.department], other)
    return (not on.person or (here(facts, on.person) and on.person != other_id)) and (
        other_id is None or here(facts, other_id)
    )


def _undo_days(facts: Facts, who: int, on: On, how: How) -> bool:
    return facts.calendar_exceptions[on.exception].undone_at is None


def _change_counting(facts: Facts, who: int, on: On, how: How) -> bool:
    now = (facts.policy["loan_days_counted"], facts.policy["closed_day_moves"])
    return counting_after(how) != now


def _always(facts: Facts, who: int, on: On, how: How) -> bool:
    return True


POSSIBLE: dict[str, Callable[[Facts, int, On, How], bool]] = {
    "ask to read": partial(_ask, kind=READ),
    "ask to borrow": partial(_ask, kind=BORROW),
    "ask for the reading room": partial(_ask, kind=ROOM),
    "ask for an outside reader": partial(_ask, kind=ROOM, outside=True),
    "send a draft": _send_draft,
    "withdraw": _withdraw,
    "decide": _decide,
    "hand out": _hand_out,
    "report not found": _report_not_found,
    "put back": _put_back,
    "take back": _take_back,
    "lose": partial(_loan_in, state=LoanState.ON_LOAN),
    "find": _find,
    "void": _void,
    "renew": _renew,
    "recall": _recall,
    "announce": partial(_loan_in, state=LoanState.ON_LOAN),
    "hand on": _hand_on,
    "send to repair": partial(_in_custody, among=AT_HAND),
    "end repair": partial(_in_custody, among=(Custody.IN_REPAIR,)),
    "send to scanning": partial(_in_custody, among=AT_HAND),
    "end scanning": partial(_in_custody, among=(Custody.BEING_SCANNED,)),
    "give another home": partial(_in_custody, among=tuple(Custody)),
    "put down": partial(_in_custody, among=(*AT_HAND, Custody.IN_REPAIR, Custody.BEING_SCANNED)),
    "move a box": _move_box,
    "give a grant back": _give_back,
    "take a grant back": _take_grant_back,
    "change the level": _change_level,
    "move somebody": _change_rights,
    "change a clearance": _change_rights,
    "change a role": _change_rights,
    "name a deputy": partial(_lead, other="head_id"),
    "name a head": partial(_lead, other="deputy_id"),
    "close days": _always,
    "open days": _always,
    "undo days": _undo_days,
    "change the counting": _change_counting,
}

UNVERSIONED = frozenset(
    {
        *("ask to read", "ask to borrow", "ask for the reading room", "ask for an outside reader"),
        *("give a grant back", "take a grant back", "close days", "open days", "undo days"),
    }
)
"""Acts whose form does not carry the version of what it was filled in over."""


def possible(facts: Facts, act: str, who: int, on: On, how: How) -> bool:
    """Whether the state of things allows the act, whoever may try it."""
    return not (how.stale and act not in UNVERSIONED) and POSSIBLE[act](facts, who, on, how)
