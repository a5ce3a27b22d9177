"""A report as PDF: the kept file, or its frozen data set anew; a draft with the figures of the moment."""

from __future__ import annotations

import hashlib
from datetime import datetime

from archive_store.base import ArchiveStore, ArchiveStoreError
from portal.accounts.models import Person
from portal.core.errors import Conflict, PortalError
from portal.core.messages import N_, Message
from portal.core.unit_of_work import UnitOfWork
from portal.notices.wording import in_words
from portal.reports.models.issued import Report
from portal.reports.papers.standing import Signed, Standing
from portal.reports.services.contents import CONTENTS
from portal.reports.services.exporting import FileFormat
from portal.reports.states import ReportState
from portal.reports.statistics.storing import checksum
from portal.reports.statistics.wording import Translate

LANGUAGE_WORDS = {"en": N_("English"), "es": N_("Spanish"), "zh": N_("Chinese")}
_MARKS = {
    ReportState.DRAFT: N_("Draft: not reviewed"),
    ReportState.IN_REVIEW: N_("Draft: in review"),
    ReportState.REVIEWED: N_("Reviewed, not issued yet"),
    ReportState.DISCARDED: N_("Discarded draft"),
}


class DamagedReport(PortalError):
    """What the store keeps of a report is missing, or not what was put there: it is not given out."""

    message_id = N_(
        "The file that is kept of this report is missing or damaged, so it is not given out. "
        "Please tell the administrator: the command “flask archive check” names the file, and a backup has it."
    )
    status = 500


def kept_file(store: ArchiveStore, key: str | None) -> bytes:
    """The content under `key`, hashed again before it is given out. Raises DamagedReport."""
    if key is None:
        raise DamagedReport()
    try:
        with store.open(key) as stream:
            content = stream.read()
    except ArchiveStoreError as error:
        raise DamagedReport() from error
    if hashlib.sha256(content).hexdigest() != key:
        raise DamagedReport()
    return content


def report_data(work: UnitOfWork, store: ArchiveStore, report: Report) -> bytes:
    """The frozen data of a report, or of a draft its figures now. Raises DamagedReport, Conflict (it was discarded)."""
    if report.state == ReportState.DISCARDED:
        raise Conflict(N_("This draft was discarded: it has no figures any more."))
    if report.state == ReportState.DRAFT:
        return CONTENTS[report.kind].frozen(work, report)
    return kept_file(store, report.data_key)


def report_file(work: UnitOfWork, store: ArchiveStore, report: Report, wanted: FileFormat, language: str) -> bytes:
    """The report as a file of this format: all of the same figures. Raises as `report_data`."""
    if wanted is FileFormat.PDF:
        return report_pdf(work, store, report, language)
    data = report_data(work, store, report)
    if wanted is FileFormat.JSON:
        return data
    standing = _standing(report, data, mark=_mark(report, language), remark=_remark(report, language), at=work.now)
    return CONTENTS[report.kind].file(data, standing, wanted, language, translator(language), report.title or None)


def report_pdf(work: UnitOfWork, store: ArchiveStore, report: Report, language: str) -> bytes:
    """The report as PDF in `language`: of an issued one in its own language, the file that was kept.

    A withdrawn one is set anew from its frozen data, and every page says so; so is another language of an issued one.
    Raises as `report_data`.
    """
    if report.state == ReportState.ISSUED and language == report.language:
        return kept_file(store, report.pdf_key)
    data = report_data(work, store, report)
    return set_pdf(report, data, language, mark=_mark(report, language), remark=_remark(report, language), at=work.now)


def set_pdf(
    report: Report, data: bytes, language: str, *, at: datetime, mark: str | None = None, remark: str | None = None
) -> bytes:
    """Set these data as PDF, with what the report's row says of its standing."""
    standing = _standing(report, data, mark=mark, remark=remark, at=at)
    return CONTENTS[report.kind].pdf(data, standing, language, translator(language), report.title or None)


def _standing(report: Report, data: bytes, *, mark: str | None, remark: str | None, at: datetime) -> Standing:
    is_frozen = report.data_key is not None
    preparer = report.submitted_by or report.prepared_by
    return Standing(
        mark=mark,
        number=report.number,
        checksum=checksum(data) if is_frozen else None,
        signed=(
            # Named also before it is sent for review: somebody answers for a draft.
            Signed(N_("Prepared by"), preparer.name, report.submitted_at),
            _signed(N_("Reviewed by"), report.reviewed_by, report.reviewed_at),
            _signed(N_("Approved by"), report.issued_by, report.issued_at),
        ),
        made_at=at,
        remark=remark,
    )


def translator(language: str) -> Translate:
    """From message id to sentence in `language`, without a request; unknown text comes back as it is."""

    def translate(message_id: str) -> str:
        return in_words(Message(message_id), language) if message_id else ""

    return translate


def _signed(role: str, person: Person | None, at: datetime | None) -> Signed:
    return Signed(role, person.name if person is not None and at is not None else "", at)


def _mark(report: Report, language: str) -> str | None:
    if report.state == ReportState.WITHDRAWN:
        if report.successor is None:
            return in_words(Message(N_("Withdrawn")), language)
        replaced = Message(N_("Withdrawn, replaced by %(number)s"), {"number": report.successor.number})
        return in_words(replaced, language)
    mark = _MARKS.get(report.state)
    return None if mark is None else in_words(Message(mark), language)


def _remark(report: Report, language: str) -> str | None:
    if not report.is_kept or language == report.language:
        return None
    values = {"number": report.number, "language": in_words(Message(LANGUAGE_WORDS[report.language]), language)}
    sentence = N_("Set from the data of report %(number)s. The copy that was signed is in %(language)s.")
    return in_words(Message(sentence, values), language)
