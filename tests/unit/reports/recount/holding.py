"""Recounted: holdings, intake, correspondence, disk use, text recognition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.unit.reports.recount.view import Counted, View, band, full_years

_AGES = (0, 1, 3, 6, 11)
_SIZES = (0, 1, 2, 4, 10)


def dossiers_held(view: View) -> Iterator[Counted]:
    """Opened by the end."""
    kept: dict[int, int] = {}
    for volume in view.raw["volumes"]:
        kept[volume.dossier_id] = kept.get(volume.dossier_id, 0) + (volume.custody.value != "disposed")
    for dossier in view.dossiers.values():
        if view.by_the_end(dossier.opened_on):
            age = band(full_years(dossier.opened_on, view.last), _AGES)
            size = band(kept.get(dossier.id, 0), _SIZES)
            yield Counted(dossier.id, view.divided(dossier.id) | {"age": age, "size": size})


def volumes_held(view: View) -> Iterator[Counted]:
    """Volumes that are not disposed of."""
    for volume in view.raw["volumes"]:
        if volume.dossier_id in view.dossiers and volume.custody.value != "disposed":
            keys = {"custody": volume.custody.value, "condition": volume.condition.value}
            yield Counted(volume.id, view.divided(volume.dossier_id) | keys)


def _filed_by_the_end(view: View) -> Iterator[Any]:
    return (each for each in view.documents.values() if view.by_the_end(each.filed_at))


def documents_held(view: View) -> Iterator[Counted]:
    """Filed by the end."""
    for document in _filed_by_the_end(view):
        age = "0" if document.dated > view.last else band(full_years(document.dated, view.last), _AGES)
        yield Counted(document.id, view.divided(document.dossier_id, document) | {"age": age})


def pages_held(view: View) -> Iterator[Counted]:
    """The pages of the version that was the newest at the end."""
    for document in _filed_by_the_end(view):
        there = [each for each in view.raw.versions.get(document.id, ()) if view.by_the_end(each.added_at)]
        pages = (there[-1].page_count or 0) if there else 0
        yield Counted(document.id, view.divided(document.dossier_id, document), pages)


def dossiers_opened(view: View) -> Iterator[Counted]:
    """Opened in the period."""
    for dossier in view.dossiers.values():
        if view.during(dossier.opened_on):
            yield Counted(dossier.id, view.divided(dossier.id) | {"day": dossier.opened_on})


def hours_to_open(view: View) -> Iterator[Counted]:
    """The seconds from sending to deciding, of those."""
    for dossier in view.dossiers.values():
        if view.during(dossier.opened_on) and dossier.submitted_at and dossier.decided_at:
            seconds = seconds_from(dossier.submitted_at, dossier.decided_at)
            yield Counted(dossier.id, view.divided(dossier.id), seconds)


def seconds_from(begin: Any, end: Any) -> int:
    """Between the two as a clock without fractions shows them."""
    return round((end.replace(microsecond=0) - begin.replace(microsecond=0)).total_seconds())


def documents_filed(view: View) -> Iterator[Counted]:
    """Filed in the period."""
    for document in view.documents.values():
        if view.during(document.filed_at):
            keys = view.divided(document.dossier_id, document) | {"day": view.day(document.filed_at)}
            yield Counted(document.id, keys)


def _versions_added(view: View) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    for version in view.raw["document_versions"]:
        document = view.documents.get(version.document_id)
        if document is not None and view.during(version.added_at):
            day = {"day": view.day(version.added_at)}
            yield version, document, view.divided(document.dossier_id, document) | day


def pages_filed(view: View) -> Iterator[Counted]:
    """The pages of versions added in the period."""
    for version, document, keys in _versions_added(view):
        yield Counted(document.id, keys, version.page_count or 0)


def better_scans(view: View) -> Iterator[Counted]:
    """Versions added that are not the first."""
    for version, document, keys in _versions_added(view):
        if version.number > 1:
            yield Counted(document.id, keys)


def bytes_added(view: View) -> Iterator[Counted]:
    """The bytes of versions added in the period."""
    for version, document, keys in _versions_added(view):
        yield Counted(document.id, keys, version.byte_size)


def bytes_kept(view: View) -> Iterator[Counted]:
    """The bytes of versions added by the end."""
    for version in view.raw["document_versions"]:
        document = view.documents.get(version.document_id)
        if document is not None and view.by_the_end(version.added_at):
            keys = view.divided(document.dossier_id, document) | {"file_kind": version.file_kind}
            yield Counted(document.id, keys, version.byte_size)


def correspondence(view: View) -> Iterator[Counted]:
    """Letters, faxes and notes of calls dated in the period."""
    for document in view.documents.values():
        kind = document.kind.value
        if kind in ("letter", "fax", "call_note") and view.during(document.dated):
            keys = {"correspondence_kind": kind, "direction": document.direction.value, "day": document.dated}
            yield Counted(document.id, view.divided(document.dossier_id, document) | keys)


def _pages(view: View) -> Iterator[tuple[Any, Any, bool]]:
    """Pages with their documents, and whether they are of the newest version."""
    for page in view.raw["pages"]:
        version = view.raw.one("document_versions", page.version_id)
        document = view.documents.get(version.document_id)
        if document is not None:
            yield page, document, view.raw.versions[document.id][-1].id == version.id


def pages_read(view: View) -> Iterator[Counted]:
    """Pages the portal read in the period."""
    for page, _, _ in _pages(view):
        if page.state.value == "read" and view.during(page.read_at):
            source = page.source.value if page.source else ""
            yield Counted(page.id, {"day": view.day(page.read_at), "text_source": source})


def pages_failed(view: View) -> Iterator[Counted]:
    """Pages of newest versions that could not be read."""
    for page, document, newest in _pages(view):
        if newest and page.state.value in ("failed", "not_readable"):
            yield Counted(page.id, {"document_kind": document.kind.value, "reading_state": page.state.value})


def pages_waiting(view: View) -> Iterator[Counted]:
    """Pages of newest versions that were not read yet."""
    for page, document, newest in _pages(view):
        if newest and page.state.value == "waiting":
            yield Counted(page.id, {"document_kind": document.kind.value})


def pages_corrected(view: View) -> Iterator[Counted]:
    """Texts that people put right in the period."""
    found = {page.id: document for page, document, _ in _pages(view)}
    for text in view.raw["page_texts"]:
        if text.page_id in found and text.source.value == "corrected" and view.during(text.made_at):
            keys = {"document_kind": found[text.page_id].kind.value, "day": view.day(text.made_at)}
            yield Counted(text.page_id, keys)
