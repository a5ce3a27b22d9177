"""Outside readers: a host asks for them, with their papers; they read in the reading room only (R9).

As with documents the file is kept first (`keep_paper`) and the rows are written in one commit afterwards. The papers
belong to no dossier, are never read for text and never indexed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from archive_store.base import ArchiveStore, ArchiveStoreError
from portal.core.errors import Invalid, NotFound
from portal.core.messages import N_, Message
from portal.core.unit_of_work import UnitOfWork
from portal.documents.errors import NotKept
from portal.documents.reading.formats import Accepted
from portal.documents.texts import one_line
from portal.lending import queries
from portal.lending.errors import PaperCannotBeShown
from portal.lending.models import OutsidePaper, OutsideReader, OutsideReaderPaper, Request
from portal.lending.rules import visitor_key
from portal.lending.services.common import REQUIRED, TOO_LONG
from portal.lending.services.requests import file_request
from portal.lending.states import RequestKind

_NAME_LENGTH = 120
_ORGANISATION_LENGTH = 200
_DAYS_AHEAD = 90


@dataclass(frozen=True)
class Visit:
    """Who comes, from where, and on which day."""

    name: str
    organisation: str
    visit_on: date | None

    @property
    def key(self) -> str:
        """What stands for who comes: a host asks once at a time for the same one, and as well for another."""
        return visitor_key(self.name, self.organisation)


@dataclass(frozen=True)
class KeptPaper:
    """A scanned paper that the store keeps and no row refers to yet. `size` in bytes."""

    paper: OutsidePaper
    key: str
    name: str
    kind: str
    size: int
    pages: int


def check_visit(work: UnitOfWork, visit: Visit) -> Visit:
    """The visit with its texts put in order. Raises Invalid with the fields that break a rule."""
    name, organisation = one_line(visit.name), one_line(visit.organisation)
    wrong: dict[str, Message] = {}
    for field, text, most in (
        ("outside_name", name, _NAME_LENGTH),
        ("organisation", organisation, _ORGANISATION_LENGTH),
    ):
        if not text:
            wrong[field] = Message(REQUIRED)
        elif len(text) > most:
            wrong[field] = Message(TOO_LONG, {"most": most})
    if visit.visit_on is None:
        wrong["visit_on"] = Message(REQUIRED)
    elif visit.visit_on < work.today:
        wrong["visit_on"] = Message(N_("The day of the visit cannot lie in the past."))
    elif visit.visit_on > work.today + timedelta(days=_DAYS_AHEAD):
        wrong["visit_on"] = Message(N_("A visit is announced at most %(days)s days ahead."), {"days": _DAYS_AHEAD})
    if wrong:
        raise Invalid(fields=wrong)
    return Visit(name, organisation, visit.visit_on)


def keep_paper(store: ArchiveStore, paper: OutsidePaper, path: Path, accepted: Accepted) -> KeptPaper:
    """Put a scanned paper that `check_upload` has accepted into the store; writes no row.

    Raises PaperCannotBeShown (then nothing was put) and NotKept.
    """
    if not accepted.kind.has_page_images or accepted.reason or not accepted.pages:
        raise PaperCannotBeShown(name=accepted.name)
    try:
        with path.open("rb") as stream:
            stored = store.put(stream, limit=accepted.size)
    except ArchiveStoreError as error:
        raise NotKept(name=accepted.name) from error
    return KeptPaper(paper, stored.key, accepted.name, accepted.kind, stored.size, accepted.pages)


def file_outside_request(
    work: UnitOfWork,
    *,
    visit: Visit,
    papers: Sequence[KeptPaper],
    dossier_ids: Sequence[int],
    object_: str,
    purpose: str,
    reason: str,
    volume_ids: Collection[int] | None = None,
) -> Request:
    """File a request for an outside reader, sent at once; the acting person is their host and answers for them.

    Raises as `file_request`, and NothingOfCore; Invalid where a paper is missing.
    """
    visit = check_visit(work, visit)
    if sorted(paper.paper for paper in papers) != sorted(OutsidePaper):
        raise Invalid(N_("The letter of introduction and the identity document are both needed."))
    request = file_request(
        work,
        kind=RequestKind.READ_IN_ROOM,
        dossier_ids=dossier_ids,
        object_=object_,
        purpose=purpose,
        reason=reason,
        volume_ids=volume_ids,
        visitor=visit.key,
    )
    outside = OutsideReader(
        name=visit.name,
        organisation=visit.organisation,
        visit_on=visit.visit_on,
        papers=[
            OutsideReaderPaper(
                paper=paper.paper,
                content_key=paper.key,
                file_name=paper.name,
                file_kind=paper.kind,
                byte_size=paper.size,
                page_count=paper.pages,
            )
            for paper in papers
        ],
    )
    request.outside = outside
    work.session.flush()
    work.record(
        "outside_reader:announce",
        f"outside_readers:{outside.id}",
        details={
            "request": request.id,
            "visit_on": outside.visit_on.isoformat(),
            "papers": [paper.content_key for paper in outside.papers],
        },
        personal={"name": outside.name, "organisation": outside.organisation},
    )
    return request


def record_paper_look(work: UnitOfWork, paper_id: int, number: int) -> OutsideReaderPaper:
    """Record that the acting person is shown page `number` (from 1) of a paper, and return it.

    Raises NotFound unless they may look at it and it has that page.
    """
    paper = queries.paper_for(work.session, work.person, paper_id, work.today)
    if paper is None or not 1 <= number <= paper.page_count:
        raise NotFound()
    work.record(
        "outside_reader:look",
        f"outside_readers:{paper.outside_id}",
        details={"request": paper.outside_reader.request_id, "paper": paper.paper.value, "page": number},
    )
    return paper
