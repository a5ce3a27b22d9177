"""Text recognition: pages read, failed, waiting, corrected by people."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from portal.core.messages import N_
from portal.documents.models import (
    READING_STATE_NAMES,
    TEXT_SOURCE_NAMES,
    Document,
    DocumentVersion,
    Page,
    ReadingState,
    TextSource,
    TextVersion,
)
from portal.dossiers.models import Dossier
from portal.reports.queries.declaring import Dimension, Rows, Scope, Section, Thing, Timing
from portal.reports.queries.dimensions import DOCUMENT_KIND, TIME, in_words
from portal.reports.queries.planning import mostly

RECOGNITION = Section("recognition", N_("Text recognition"))

FAILED_STATES = (ReadingState.FAILED, ReadingState.NOT_READABLE)
TEXT_SOURCE = Dimension("text_source", N_("By where the text comes from"), words=in_words(TEXT_SOURCE_NAMES))
READING_STATE = Dimension(
    "reading_state",
    N_("By what came of the reading"),
    words=in_words({state: READING_STATE_NAMES[state] for state in FAILED_STATES}),
)


def _of_newest_version() -> ColumnElement[bool]:
    later = aliased(DocumentVersion)
    return ~exists().where(later.document_id == DocumentVersion.document_id, later.number > DocumentVersion.number)


@RECOGNITION.figure(
    N_("Pages read"),
    N_("Pages whose text the portal has read, for the last time in the period; the source is that of the text now."),
    of=Thing.PAGES,
    by=(TIME, TEXT_SOURCE),
)
def pages_read(scope: Scope) -> Rows:
    return (
        select(
            Page.id.label("subject"),
            scope.day_of(Page.read_at).label("day"),
            Page.source.label("text_source"),
        )
        .join(DocumentVersion, DocumentVersion.id == Page.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, scope.happened(Page.read_at), mostly(Page.state == ReadingState.READ))
    )


@RECOGNITION.figure(
    N_("Pages not read"),
    N_("Pages of a document's newest file whose reading has failed, or that cannot be read at all."),
    of=Thing.PAGES,
    by=(DOCUMENT_KIND, READING_STATE),
    timing=Timing.NOW,
    less_is_better=True,
)
def pages_failed(scope: Scope) -> Rows:
    return (
        select(
            Page.id.label("subject"),
            Document.kind.label("document_kind"),
            Page.state.label("reading_state"),
        )
        .join(DocumentVersion, DocumentVersion.id == Page.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, Page.state.in_(FAILED_STATES), _of_newest_version())
    )


@RECOGNITION.figure(
    N_("Pages waiting to be read"),
    N_("Pages of a document's newest file that the portal has still to read."),
    of=Thing.PAGES,
    by=(DOCUMENT_KIND,),
    timing=Timing.NOW,
    less_is_better=True,
)
def pages_waiting(scope: Scope) -> Rows:
    return (
        select(Page.id.label("subject"), Document.kind.label("document_kind"))
        .join(DocumentVersion, DocumentVersion.id == Page.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, Page.state == ReadingState.WAITING, _of_newest_version())
    )


@RECOGNITION.figure(
    N_("Pages corrected"),
    N_("How often a person corrected the text of a page in the period."),
    of=Thing.PAGES,
    by=(TIME, DOCUMENT_KIND),
)
def pages_corrected(scope: Scope) -> Rows:
    return (
        select(
            TextVersion.page_id.label("subject"),
            scope.day_of(TextVersion.made_at).label("day"),
            Document.kind.label("document_kind"),
        )
        .join(Page, Page.id == TextVersion.page_id)
        .join(DocumentVersion, DocumentVersion.id == Page.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(scope.known, TextVersion.source == TextSource.CORRECTED, scope.happened(TextVersion.made_at))
    )
