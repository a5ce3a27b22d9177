"""Disk use: the size of the files handed in."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.messages import N_
from portal.documents.models import Document, DocumentVersion
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Dimension, Measure, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DEPARTMENT, DOCUMENT_KIND, TIME
from portal.reports.queries.sections.intake import files_added
from portal.reports.statistics.counted import Unit

DISK = Section("disk", N_("Disk use"))

FILE_KIND = Dimension("file_kind", N_("By kind of file"))


@DISK.figure(
    N_("Size of all files"),
    N_(
        "The size of the files of all documents and all their versions handed in by the end of the period's last day, "
        "as they were handed in; the department is the dossier's."
    ),
    of=Thing.DOCUMENTS,
    by=(FILE_KIND, DOCUMENT_KIND, DEPARTMENT),
    measure=Measure.SUM,
    unit=Unit.BYTES,
    timing=Timing.AT_END,
    is_key=True,
)
def bytes_kept(scope: Scope) -> Rows:
    return (
        select(
            Document.id.label("subject"),
            DocumentVersion.file_kind.label("file_kind"),
            Document.kind.label("document_kind"),
            Dossier.department_id.label("department"),
            DocumentVersion.byte_size.label("amount"),
        )
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, DocumentVersion.added_at < scope.ends)
    )


DISK.figure(
    N_("Size of new files"),
    N_("The size of the files handed in during the period, better scans of documents filed before included."),
    of=Thing.DOCUMENTS,
    name="bytes-added",
    by=(TIME, DOCUMENT_KIND),
    measure=Measure.SUM,
    amount="bytes",
    unit=Unit.BYTES,
)(files_added)
