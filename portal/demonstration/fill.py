"""Fills an empty archive by calling the services, each act by the person who would do it, at its time in the past.

So every rule has been kept and the trail tells the whole history; nothing is written past the services. All of
it is one transaction: an archive is filled, or it stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import ResponsibilityReason
from portal.accounts.models import Department, Person
from portal.accounts.queries import actor_of
from portal.accounts.services import add_department, add_person, lead_department
from portal.clients.models import Client
from portal.clients.responsibility.services import Assignment, transfer_clients
from portal.core.clock import SetClock
from portal.core.errors import Conflict, Invalid
from portal.core.messages import N_
from portal.core.permissions import Actor, Role
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.demonstration import leaving, model
from portal.demonstration.archive import Archive
from portal.demonstration.client_data import client_data
from portal.demonstration.places import add_places, full_path
from portal.demonstration.reporting import Reporting
from portal.demonstration.timetable import Act, timetable
from portal.demonstration.undertaking import CARELESS, Rules
from portal.documents.intake import as_path, receive, receive_version
from portal.documents.models import Document
from portal.documents.services import DocumentFacts, add_version, file_document
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.services import DraftData, VolumeData, decide_opening, open_dossier, submit_opening
from portal.lending.models import Loan, RequestLine
from portal.lending.services import (
    cancel_line,
    decide_as_head,
    decide_as_records,
    expire_requests,
    file_request,
    issue_volume,
    lose_loan,
    report_volume_not_found,
    return_volume,
    submit_line,
    void_loan,
)
from portal.lending.states import LineState, RequestKind
from portal.parts import Parts
from portal.policy.queries import office_calendar
from portal.policy.rules import due_date
from portal.search.saved.services import save_search

PASSWORD = "demonstration"  # noqa: S105  # It is no secret: it is printed.
"""Everybody's password in the demonstration archive; it is printed and written down beside it."""

_ACCEPTED_WARNINGS = frozenset({"one_responsible"})
_OBJECTS = {
    "en": ("Dossier {number}, {client}", "Volume {volumes} of dossier {number}, {client}"),
    "es": ("Expediente {number}, {client}", "Volumen {volumes} del expediente {number}, {client}"),
    "zh": ("{client}，档案 {number}", "{client}，档案 {number} 第{volumes}卷"),
}
"""What is asked for, to read and to borrow, in the words of who asks."""


class NotEmpty(Conflict):
    """There is something in the archive that the demonstration would be mixed up with."""

    message_id = N_(
        "This archive is not empty. The demonstration archive is made in a new data folder only: "
        "set PORTAL_DATA to another folder. Nothing was changed."
    )


class DayToCome(Invalid):
    """The archive tells of a past: it cannot be made for a day that has not come."""

    message_id = N_("The demonstration archive cannot be made for a day still to come.")


@dataclass(frozen=True)
class Filled:
    """What was filed: ids of documents by their keys, in the order of filing."""

    documents: dict[str, int]


def check_fillable(work: UnitOfWork, today: date) -> None:
    """Raise NotEmpty if anybody, any client or any dossier is there, DayToCome if `today` has not come."""
    if today > work.today:
        raise DayToCome()
    if any(work.session.scalar(select(table.id).limit(1)) for table in (Person, Client, Dossier)):
        raise NotEmpty()


def fill(parts: Parts, archive: Archive) -> Filled:
    """Enter `archive`. Raises NotEmpty, DayToCome; then nothing has changed.

    The files stay waiting to be read: that is asked for in the outbox, and the queues are not told.
    """
    clock = SetClock(parts.clock.now())
    then = replace(parts, clock=clock, start_work=_leave_it)
    with parts.new_session() as session:
        begin_writing(session)
        present = parts.unit(session)
        check_fillable(present, archive.today)
        policy = parts.policy(session)
        calendar = office_calendar(session, policy)
        acts = timetable(
            archive,
            parts.settings.zone,
            present.now,
            lambda issued: due_date(issued, policy, calendar),
            calendar.is_open,
        )
        house = _House(then, session, clock, archive)
        for act in acts:
            house.do(act)
        session.commit()
    return Filled(house.documents)


def _leave_it(_kinds: frozenset[str]) -> None:
    """The work stands in the outbox; whoever serves the portal next takes it up."""


class _House:
    """The people of the demonstration at work. Keys of the plan become ids as things are entered."""

    def __init__(self, parts: Parts, session: Session, clock: SetClock, archive: Archive) -> None:
        self._parts, self._session, self._clock, self._archive = parts, session, clock, archive
        self._people = {person.key: person for person in archive.people}
        self._clients = {client.key: client for client in archive.clients}
        self._dossiers = {dossier.key: dossier for dossier in archive.dossiers}
        self._papers = {document.key: document for document in archive.documents}
        self._requests = {request.key: request for request in archive.requests}
        self._loans = {loan.key: loan for loan in archive.loans}
        self._saved_searches = {saved.key: saved for saved in archive.saved_searches}
        self._contact_changes = {change.key: change for change in archive.contact_changes}
        self._department_ids: dict[str, int] = {}
        self._person_ids: dict[str, int] = {}
        self._client_ids: dict[str, int] = {}
        self._dossier_ids: dict[str, int] = {}
        self._line_ids: dict[str, int] = {}
        self._rules = Rules(session, self._as)
        self._reporting = Reporting(self._as, parts.store)
        self._loan_ids: dict[str, int] = {}
        self.documents: dict[str, int] = {}

    def do(self, act: Act) -> None:
        """Let somebody do `act` at its time."""
        self._clock.put(act.at)
        acts: dict[str, Callable[[], None]] = {
            "found": self._found,
            "draft_dossier": lambda: self._draft_dossier(self._dossiers[act.key]),
            "submit_dossier": lambda: self._submit_dossier(self._dossiers[act.key]),
            "approve_dossier": lambda: self._approve_dossier(self._dossiers[act.key]),
            "draft_request": lambda: self._file_request(self._requests[act.key], draft=True),
            "file_request": lambda: self._file_request(self._requests[act.key], draft=False),
            "step": lambda: self._take_step(act.key, self._requests[act.key].steps[act.step]),
            "issue": lambda: self._issue(self._loans[act.key]),
            "return": lambda: self._take_back(self._loans[act.key]),
            "void": lambda: self._void(self._loans[act.key]),
            "file_document": lambda: self._file_document(act.key),
            "add_version": lambda: self._add_version(act.key),
            "save_search": lambda: self._save_search(self._saved_searches[act.key]),
            "change_contact": lambda: self._change_contact(self._contact_changes[act.key]),
            "write_rules": self._rules.write,
            "approve_rules": self._rules.approve,
            "accept_rules": lambda: self._rules.accept(act.key),
            "record_breach": lambda: self._rules.record(self._person_ids[CARELESS]),
            "settle_breach": self._rules.settle,
            "keep_search": lambda: leaving.keep_search(self._as(leaving.LEAVER)),
            "open_handover": self._open_handover,
            "submit_report": lambda: self._reporting.submit(act.key),
            "review_report": lambda: self._reporting.review(act.key),
            "issue_report": lambda: self._reporting.issue(act.key),
        }
        acts[act.kind]()
        # The next one comes to the database afresh, as with a request of their own.
        self._session.flush()
        self._session.expire_all()

    def _as(self, key: str | None) -> UnitOfWork:
        """A unit of work for the person; for None of the house itself, as at its command line."""
        actor: Actor | None = None
        if key is not None:
            actor = actor_of(self._session, self._session.get_one(Person, self._person_ids[key]))
        return self._parts.unit(self._session, actor)

    def _found(self) -> None:
        work = self._as(None)
        length = self._parts.policy(self._session).password_length
        for department in self._archive.departments:
            self._department_ids[department.key] = add_department(work, department.name).id
        for person in self._archive.people:
            person_row = add_person(
                work,
                login=person.key,
                name=person.name,
                password=PASSWORD,
                roles=person.roles,
                department_id=self._department_ids[person.department],
                clearance=person.clearance,
                language=person.language,
                email=person.email,
                password_length=length,
            )
            self._person_ids[person.key] = person_row.id
        for department in self._archive.departments:
            row = self._session.get_one(Department, self._department_ids[department.key])
            deputy = self._person_ids[department.deputy] if department.deputy else None
            lead_department(work, row, self._person_ids[department.head], deputy, version=row.row_version)
        clerk = next(person.key for person in self._archive.people if Role.CLERK in person.roles)
        add_places(self._as(clerk), (volume.place for dossier in self._archive.dossiers for volume in dossier.volumes))

    def _draft_dossier(self, dossier: model.Dossier) -> None:
        responsible = [row.person for row in self._archive.responsibilities if row.client == dossier.client]
        known = self._client_ids.get(dossier.client)
        row = open_dossier(
            self._as(dossier.opened_by),
            known if known is not None else client_data(self._clients[dossier.client]),
            DraftData(self._department_ids[dossier.department], dossier.level, dossier.title),
            responsible=[self._person_ids[key] for key in responsible],
            volumes=[VolumeData(full_path(volume.place), volume.sheets) for volume in dossier.volumes],
            confirmed=_ACCEPTED_WARNINGS,
        )
        self._dossier_ids[dossier.key] = row.id
        self._client_ids[dossier.client] = row.client_id

    def _submit_dossier(self, dossier: model.Dossier) -> None:
        row = self._dossier(dossier.key)
        submit_opening(self._as(dossier.opened_by), row.id, row.row_version)

    def _approve_dossier(self, dossier: model.Dossier) -> None:
        row = self._dossier(dossier.key)
        decide_opening(self._as(dossier.decided_by), row.id, row.row_version, approve=True)

    def _file_document(self, key: str) -> None:
        paper = self._papers[key]
        name, content = paper.make_file()
        facts = DocumentFacts(paper.kind, paper.direction, paper.date, paper.subject, paper.correspondent)
        work, dossier_id = self._as(paper.added_by), self._dossier_ids[paper.dossier]
        with as_path(BytesIO(content)) as path:
            kept = receive(self._parts, work, dossier_id, facts, path, name)
        document: Document = file_document(work, dossier_id, facts, kept)
        self.documents[key] = document.id

    def _add_version(self, key: str) -> None:
        paper, document_id = self._papers[key], self.documents[key]
        name, content = paper.make_better_file()
        work = self._as(paper.added_by)
        with as_path(BytesIO(content)) as path:
            kept = receive_version(self._parts, work, document_id, path, name)
        add_version(work, document_id, kept)

    def _save_search(self, saved: model.SavedSearch) -> None:
        save_search(self._as(saved.person), saved.name, saved.question, "")

    def _change_contact(self, change: model.ContactChange) -> None:
        named, before = (self._person_ids[key] if key else None for key in (change.person, change.instead_of))
        transfer_clients(
            self._as(change.by),
            [Assignment(self._client_ids[change.client], change.rank, named, before)],
            Dossier,
            reason=ResponsibilityReason(change.reason),
            remark=change.remark,
        )

    def _open_handover(self) -> None:
        work, person_id = self._as(leaving.OPENED_BY), self._person_ids[leaving.LEAVER]
        leaving.open_the_handover(work, self._parts.obligations, person_id)

    def _file_request(self, request: model.Request, *, draft: bool) -> None:
        dossier = self._dossier(request.dossier)
        volume_ids = [self._volume_id(request.dossier, ordinal) for ordinal in request.volumes]
        template = _OBJECTS[self._people[request.reader].language][request.kind == "borrow"]
        filed = file_request(
            self._as(request.reader),
            kind=RequestKind(request.kind),
            dossier_ids=[dossier.id],
            object_=template.format(
                number=dossier.number, client=dossier.client.name, volumes=", ".join(map(str, request.volumes))
            ),
            purpose=request.purpose,
            reason=request.reason,
            volume_ids=volume_ids or None,
            draft=draft,
        )
        self._line_ids[request.key] = filed.lines[0].id

    def _take_step(self, key: str, step: model.Decision) -> None:
        work, line = self._as(step.person), self._session.get_one(RequestLine, self._line_ids[key])
        match step.action:
            case "submit":
                submit_line(work, line.id, line.row_version)
            case "approve_head" | "approve_records" | "reject":
                decide = decide_as_head if line.state == LineState.SUBMITTED else decide_as_records
                approve = step.action != "reject"
                decide(work, line.id, line.row_version, approve=approve, comment=step.comment)
            case "cancel":
                cancel_line(work, line.id, line.row_version)
            case "expire":
                expire_requests(work)
            case "not_found":
                asked = self._requests[key]
                volume_id = self._volume_id(asked.dossier, asked.volumes[0])
                report_volume_not_found(work, line.id, volume_id, line.row_version)

    def _issue(self, loan: model.Loan) -> None:
        line = self._session.get_one(RequestLine, self._line_ids[loan.request])
        volume_id = self._volume_id(self._requests[loan.request].dossier, loan.volume)
        row = issue_volume(self._as(loan.issued_by), line.id, volume_id, line.row_version)
        self._loan_ids[loan.key] = row.id

    def _take_back(self, loan: model.Loan) -> None:
        row = self._session.get_one(Loan, self._loan_ids[loan.key])
        if loan.ends == "lost":
            lose_loan(self._as(loan.received_by), row.id, row.row_version, remark=loan.remark)
            return
        return_volume(self._as(loan.received_by), row.id, row.row_version, sheets=row.sheets_issued, remark=loan.remark)

    def _void(self, loan: model.Loan) -> None:
        row = self._session.get_one(Loan, self._loan_ids[loan.key])
        void_loan(self._as(loan.received_by), row.id, row.row_version, reason=loan.remark)

    def _dossier(self, key: str) -> Dossier:
        return self._session.get_one(Dossier, self._dossier_ids[key])

    def _volume_id(self, dossier: str, ordinal: int) -> int:
        return self._session.scalars(
            select(Volume.id).where(Volume.dossier_id == self._dossier_ids[dossier], Volume.ordinal == ordinal)
        ).one()
