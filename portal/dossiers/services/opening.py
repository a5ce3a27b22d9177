"""Opening a dossier: drafted by an employee, approved by the head, numbered at approval (R2, R3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Responsibility, ResponsibilityReason
from portal.access.queries import client_known_to
from portal.accounts.models import Department, Person
from portal.accounts.queries import hold_people
from portal.clients.errors import Warned
from portal.clients.models import Client, ClientRank
from portal.clients.queries import editable_client
from portal.clients.rules import ClientData, clean_client, tidy
from portal.clients.services import add_client, confirm, duplicate_warnings, record_added
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.numbers import next_number
from portal.dossiers.queries import home_problem, known_dossier, may_decide_opening
from portal.dossiers.rules import MOST_SHEETS, MOST_VOLUMES, barcode_of, format_number, series_of
from portal.dossiers.services.movements import chosen_place, set_home
from portal.dossiers.states import OPENING, DossierState, OpeningAction
from portal.policy.queries import current_policy


@dataclass(frozen=True)
class VolumeData:
    """A paper volume: its home place on the shelves, by path (as in A-03-2-14) or barcode, and its sheets."""

    place: str = ""
    sheets: int = 0


@dataclass(frozen=True)
class DraftData:
    """What is entered about the dossier itself."""

    department_id: int
    level: Level = Level.GENERAL
    title: str = ""


def open_dossier(
    work: UnitOfWork,
    client: ClientData | int,
    draft: DraftData,
    *,
    responsible: Sequence[int] = (),
    volumes: Sequence[VolumeData] = (VolumeData(),),
    confirmed: Collection[str] = (),
) -> Dossier:
    """Draft a dossier with its volumes, for a new client or (by id) for one the acting person works on.

    A new client gets its contact persons and, from today, the `responsible` employees (one or two person ids,
    first contact first). `confirmed` holds the keys of the warnings the person has seen and accepted. Raises
    Invalid, NeedsConfirmation, NotFound, NotPermitted.
    """
    actor = work.require(Permission.DOSSIER_OPEN)
    if hold_people(work.session, {actor.id, *responsible})[actor.id].departed_at is not None:
        raise NotPermitted()
    wrong = _draft_problems(work, actor, draft)
    if not 1 <= len(volumes) <= MOST_VOLUMES:
        wrong["volumes"] = Message(N_("A dossier has 1 to %(most)s paper volumes."), {"most": MOST_VOLUMES})
    for volume in volumes:
        check_volume(work.session, volume)
    if isinstance(client, int):
        if wrong:
            raise Invalid(fields=wrong)
        row = _client_to_extend(work, actor, client)
        if draft.level == Level.CORE and (uncleared := _uncleared_responsible(work, row.id)):
            raise Invalid(fields=uncleared)
    else:
        row = _new_client(work, client, draft, responsible, confirmed, wrong)
    dossier = Dossier(
        client=row,
        title=tidy(draft.title),
        level=draft.level,
        department_id=draft.department_id,
        state=DossierState.DRAFT,
        opened_by_id=actor.id,
        created_at=work.now,
    )
    work.session.add(dossier)
    work.session.flush()
    dossier.volumes = [new_volume(dossier.id, ordinal, volume) for ordinal, volume in enumerate(volumes, start=1)]
    work.session.flush()
    for stored, entered in zip(dossier.volumes, volumes, strict=True):
        set_home(work, stored, chosen_place(work, entered.place))
    if not isinstance(client, int):
        record_added(work, row, dossier.id)
        _assign(work, row, dossier, responsible)
    work.record(
        "dossier:draft",
        f"dossiers:{dossier.id}",
        dossier_id=dossier.id,
        details={
            "client": row.id,
            "level": dossier.level,
            "department": dossier.department_id,
            "title": dossier.title,
            "volumes": len(volumes),
        },
    )
    return dossier


def _new_client(
    work: UnitOfWork,
    data: ClientData,
    draft: DraftData,
    responsible: Sequence[int],
    confirmed: Collection[str],
    wrong: dict[str, Message],
) -> Client:
    wrong |= _responsible_problems(work, draft, responsible)
    try:
        clean = clean_client(data, work.today)
    except Invalid as error:
        raise Invalid(fields={**error.fields, **wrong}) from None
    if wrong:
        raise Invalid(fields=wrong)
    warnings = duplicate_warnings(work, clean.data.name, clean.data.registration_number, Dossier)
    if clean.data.rank in (ClientRank.KEY, ClientRank.POTENTIAL) and len(responsible) < 2:
        warnings.append(
            Warned(
                "one_responsible",
                Message(N_("Key and promising new clients have at least two responsible employees; this one has one.")),
            )
        )
    confirm(warnings, confirmed)
    return add_client(work, clean)


def _draft_problems(work: UnitOfWork, actor: Actor, draft: DraftData) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if work.session.get(Department, draft.department_id) is None:
        wrong["department_id"] = Message(N_("Please choose a department."))
    if draft.level == Level.CORE and not actor.cleared_for_core:
        wrong["level"] = Message(N_("Only people with core clearance open a core dossier."))
    if len(draft.title) > 200:
        wrong["title"] = Message(N_("At most %(most)s characters, please."), {"most": 200})
    return wrong


def _responsible_problems(work: UnitOfWork, draft: DraftData, responsible: Sequence[int]) -> dict[str, Message]:
    people = [work.session.get(Person, person_id) for person_id in responsible]
    if not people or any(person is None or person.departed_at or person.leaving_on for person in people):
        return {"responsible": Message(N_("Please choose who looks after the client."))}
    if len(people) > 2 or len(set(responsible)) < len(responsible):
        return {"second_responsible": Message(N_("First and second contact are two different people."))}
    if draft.level == Level.CORE and any(person.clearance != Level.CORE for person in people if person):
        return {"responsible": Message(N_("Who looks after a core client needs core clearance."))}
    return {}


def _client_to_extend(work: UnitOfWork, actor: Actor, client_id: int) -> Client:
    """An existing client gets a further dossier from those who work on it only: whoever drafts a dossier reads
    the client's fields for as long as it is a draft."""
    try:
        return editable_client(work.session, actor, client_id, work.today, Dossier)
    except NotFound:
        known = select(Client.id).where(Client.id == client_id, client_known_to(actor, Client, Dossier))
        if work.session.scalar(known) is None:
            raise
        raise NotPermitted(
            N_(
                "A further dossier of a client is opened by those who look after it, their head, or the records "
                "department. The attempt was recorded."
            )
        ) from None


def _assign(work: UnitOfWork, client: Client, dossier: Dossier, responsible: Sequence[int]) -> None:
    for rank, person_id in enumerate(responsible, start=1):
        row = Responsibility(
            client_id=client.id,
            person_id=person_id,
            rank=rank,
            from_date=work.today,
            named_at=work.now,
            named_by_id=work.person.id,
            reason=ResponsibilityReason.OPENING,
        )
        work.session.add(row)
        work.session.flush()
        work.record(
            "responsibility:begin",
            f"responsibilities:{row.id}",
            dossier_id=dossier.id,
            details={"client": client.id, "person": person_id, "rank": rank},
        )


def new_volume(dossier_id: int, ordinal: int, data: VolumeData) -> Volume:
    """A volume with its barcode and no place yet. The caller has checked the data."""
    return Volume(dossier_id=dossier_id, ordinal=ordinal, barcode=barcode_of(dossier_id, ordinal), sheets=data.sheets)


def check_volume(session: Session, data: VolumeData) -> None:
    """Raise Invalid for a place that volumes cannot stand in, or a number of sheets that cannot be."""
    wrong: dict[str, Message] = {}
    if data.place.strip() and (problem := home_problem(session, data.place)):
        wrong["place"] = problem
    if not 0 <= data.sheets <= MOST_SHEETS:
        wrong["sheets"] = Message(N_("Please enter how many sheets there are."))
    if wrong:
        raise Invalid(fields=wrong)


def edit_draft(work: UnitOfWork, dossier_id: int, version: int, draft: DraftData) -> Dossier:
    """Change title, level and department of a draft: for who opened it, and for the records department."""
    actor = work.require(Permission.DOSSIER_OPEN)
    dossier = known_dossier(work.session, actor, dossier_id, lock=True)
    _only_opener(actor, dossier)
    _not_its_signer(work, actor, dossier)
    if dossier.state != DossierState.DRAFT:
        raise Conflict()
    dossier.check_version(version)
    wrong = _draft_problems(work, actor, draft)
    if draft.level == Level.CORE and dossier.level != Level.CORE:
        wrong |= _uncleared_responsible(work, dossier.client_id)
    if wrong:
        raise Invalid(fields=wrong)
    changed: dict[str, object] = {}
    for name, new in (
        ("title", tidy(draft.title)),
        ("level", draft.level),
        ("department_id", draft.department_id),
    ):
        if (old := getattr(dossier, name)) != new:
            changed[name] = {"old": old, "new": new}
            setattr(dossier, name, new)
    if not changed:
        return dossier
    if changed.keys() & {"level", "department_id"}:
        dossier.rights_version += 1
    work.session.flush()
    _not_its_signer(work, actor, dossier)  # Nor move it to where they sign.
    work.record("dossier:edit_draft", f"dossiers:{dossier.id}", dossier_id=dossier.id, details={"changed": changed})
    work.want("index", f"dossier:{dossier.id}")
    return dossier


def _not_its_signer(work: UnitOfWork, actor: Actor, dossier: Dossier) -> None:
    """Nobody decides on their own work (R9): who signs this opening must not have written or sent it."""
    if actor.id != dossier.opened_by_id and may_decide_opening(work.session, actor, dossier):
        raise NotPermitted(N_("Whoever signs this opening does not work on its draft."))


def _uncleared_responsible(work: UnitOfWork, client_id: int) -> dict[str, Message]:
    uncleared = work.session.scalar(
        select(Person.id)
        .join(Responsibility, Responsibility.person_id == Person.id)
        .where(
            Responsibility.client_id == client_id,
            Responsibility.until_date.is_(None),
            Person.clearance != Level.CORE,
        )
        .limit(1)
    )
    if uncleared is None:
        return {}
    return {"level": Message(N_("Who looks after a core client needs core clearance."))}


def submit_opening(work: UnitOfWork, dossier_id: int, version: int) -> Dossier:
    """Ask the head to approve the opening: for who opened it, and for the records department."""
    actor = work.require(OPENING[DossierState.DRAFT, OpeningAction.SUBMIT][1])
    dossier = known_dossier(work.session, actor, dossier_id, lock=True)
    _only_opener(actor, dossier)
    _not_its_signer(work, actor, dossier)
    new_state = _next_state(dossier, OpeningAction.SUBMIT)
    dossier.check_version(version)
    dossier.state, dossier.submitted_at = new_state, work.now
    work.session.flush()
    work.record("dossier:submit", f"dossiers:{dossier.id}", dossier_id=dossier.id)
    return dossier


def decide_opening(work: UnitOfWork, dossier_id: int, version: int, *, approve: bool, comment: str = "") -> Dossier:
    """Approve the opening, which numbers the dossier and makes it official, or send it back with a comment.

    For those who sign as head for who opened it (never that person), with core clearance if it is core. Raises
    NotPermitted, Conflict (not waiting any more), StaleVersion, Invalid (sent back without a comment).
    """
    action = OpeningAction.APPROVE if approve else OpeningAction.SEND_BACK
    actor = work.require(OPENING[DossierState.SUBMITTED, action][1])
    dossier = known_dossier(work.session, actor, dossier_id, lock=True)
    if not may_decide_opening(work.session, actor, dossier):
        raise NotPermitted()
    new_state = _next_state(dossier, action)
    dossier.check_version(version)
    comment = tidy(comment, keep_lines=True)
    if len(comment) > 500:
        raise Invalid(fields={"comment": Message(N_("At most %(most)s characters, please."), {"most": 500})})
    if not approve and not comment:
        raise Invalid(fields={"comment": Message(N_("Please say what is to be changed."))})
    dossier.state, dossier.decision_comment = new_state, comment
    dossier.decided_at, dossier.decided_by_id = work.now, actor.id
    if approve:
        dossier.opened_on = work.today
        dossier.number = _take_number(work, dossier.level)
        dossier.rights_version += 1
    work.session.flush()
    work.record(
        "dossier:approve" if approve else "dossier:send_back",
        f"dossiers:{dossier.id}",
        dossier_id=dossier.id,
        details={"number": dossier.number} if approve else {},
        personal={"comment": comment} if comment else None,
    )
    work.want("index", f"dossier:{dossier.id}")
    return dossier


def _take_number(work: UnitOfWork, level: Level) -> str:
    policy = current_policy(work.session)
    pattern = policy.core_number_pattern if level == Level.CORE else policy.number_pattern
    year = work.today.year
    return format_number(pattern, year, next_number(work.session, series_of(level), year))


def _next_state(dossier: Dossier, action: OpeningAction) -> DossierState:
    try:
        return OPENING[dossier.state, action][0]
    except KeyError:
        raise Conflict() from None


def _only_opener(actor: Actor, dossier: Dossier) -> None:
    """A draft is worked on by who opened it and by the records department."""
    if actor.id != dossier.opened_by_id and not actor.may(Permission.DOSSIER_EDIT):
        raise NotPermitted()
