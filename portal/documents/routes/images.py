"""Images of pages and thumbnails, each marked with who looks, when, and in which dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from archive_store.base import ArchiveStoreError
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.documents import queries, services
from portal.documents.errors import FileUnavailable
from portal.documents.models import Document, Page
from portal.documents.page_images import CLOSE_WIDTH, PAGE_WIDTH, WIDTHS, PageImages
from portal.documents.reading.kinds import FileKind
from portal.documents.reading.watermark import strip_share, watermark
from portal.documents.routes.room import documents, office_time, seal
from portal.http.edge import current_work, get_parts
from portal.http.safety import row_id

_LOOK_LASTS = timedelta(hours=1)
"""The images of a page that is open belong to the look that was recorded with it for so long."""


@dataclass(frozen=True)
class Picture:
    """What a template needs to show the image of a page."""

    address: str
    close: str
    """Address of the same in more pixels."""
    ahead: str
    """Address under which it is sent before anybody turns to it; recorded as that."""
    strip: float
    """Height of the strip under the page, as a share of the width."""
    size: tuple[int, int] | None
    """Width and height in pixels with the strip, where the picture was drawn before."""


def picture_of(work: UnitOfWork, document: Document, page: Page, version: int | None = None) -> Picture:
    """The image of a page whose look is recorded in this request: asking for it records nothing more."""
    covered = _covered_looks().dumps([work.person.id, page.id, work.now.isoformat()])
    strip = strip_share(_words(work, document))
    size = _page_images().size(page.version.content_key, page.number, PAGE_WIDTH, page.rotation)
    return Picture(
        address=_address(document.id, page.number, version, turn=page.rotation, look=covered),
        close=_address(document.id, page.number, version, turn=page.rotation, look=covered, width=CLOSE_WIDTH),
        ahead=ahead_address(document.id, page.number, page.rotation),
        strip=strip,
        size=size and (size[0], size[1] + round(strip * size[0])),
    )


def turns_of(page: Page) -> dict[str, int]:
    """How the page is to stand, in degrees, after it is turned to the left or to the right."""
    return {"left": (page.rotation + 270) % 360, "right": (page.rotation + 90) % 360}


def ahead_address(document_id: int, number: int, turn: int) -> str:
    """Where the image of a page is fetched before anybody turns to it."""
    return _address(document_id, number, None, turn=turn, ahead=1)


def _address(document_id: int, number: int, version: int | None, **values: Any) -> str:
    if version is None:
        return url_for("documents.page_image", document_id=document_id, number=number, **values)
    return url_for("documents.version_page_image", document_id=document_id, version=version, number=number, **values)


@documents.page("/documents/<int:document_id>/pages/<int:number>/image", may=Permission.REGISTER_VIEW)
def page_image(document_id: int, number: int) -> ResponseReturnValue:
    """The image of a page of the current version."""
    return _image(document_id, number, None)


@documents.page(
    "/documents/<int:document_id>/versions/<int:version>/pages/<int:number>/image", may=Permission.REGISTER_VIEW
)
def version_page_image(document_id: int, version: int, number: int) -> ResponseReturnValue:
    """The image of a page of any version."""
    return _image(document_id, number, version)


def _image(document_id: int, number: int, version: int | None) -> Response:
    """The image, and the record that it was given out, unless it belongs to a page whose look is recorded.

    Drawing may take long, so it happens between a reading transaction and the one that records the look;
    the right is asked for in both.
    """
    work = current_work()
    document, page = queries.readable_page(work, document_id, number, version)
    kind = _drawable(page)
    key, page_number = page.version.content_key, page.number
    turn = _chosen("turn", services.TURNS, page.rotation)
    covered = _is_covered(work, page.id)
    words = _words(work, document)
    work.session.rollback()
    width = _chosen("width", WIDTHS, PAGE_WIDTH)
    try:
        image = watermark(_page_images().picture(key, kind, page_number, width, turn), words)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error
    if covered:
        queries.readable_page(work, document_id, number, version)
    else:
        begin_writing(work.session)
        if version is None and "ahead" in request.args:
            services.record_sent_ahead(work, document_id, number)
        else:
            services.record_look(work, document_id, number, "image", version)
    return _sealed(image)


@documents.page("/documents/<int:document_id>/pages/<int:number>/thumbnail", may=Permission.REGISTER_VIEW)
def page_thumbnail(document_id: int, number: int) -> ResponseReturnValue:
    """A page too small to be read: seeing which pages there are is no look at one."""
    work = current_work()
    document, page = queries.readable_page(work, document_id, number)
    kind = _drawable(page)
    key, page_number = page.version.content_key, page.number
    turn = _chosen("turn", services.TURNS, page.rotation)
    words = _words(work, document)
    work.session.rollback()
    try:
        image = watermark(_page_images().thumbnail(key, kind, page_number, turn), words, with_strip=False)
    except ArchiveStoreError as error:
        raise FileUnavailable() from error
    queries.readable_page(work, document_id, number)
    return _sealed(image)


def _drawable(page: Page) -> FileKind:
    kind = FileKind(page.version.file_kind)
    if not kind.has_page_images:
        raise NotFound()
    return kind


def _chosen(name: str, among: tuple[int, ...], otherwise: int) -> int:
    """A number of the address, where it is one of those that are allowed."""
    wanted = request.args.get(name, otherwise, type=row_id)
    return wanted if wanted in among else otherwise


def _sealed(image: bytes) -> Response:
    answer = Response(image, mimetype="image/jpeg")
    seal(answer)
    return answer


def _page_images() -> PageImages:
    parts = get_parts()
    return PageImages(parts.settings.page_images, parts.store, parts.renderer)


def _words(work: UnitOfWork, document: Document) -> tuple[str, str, str]:
    return work.person.name, office_time(work), document.dossier.number or gettext("Draft")


def _covered_looks() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="look at a page")


def _is_covered(work: UnitOfWork, page_id: int) -> bool:
    """Whether the address says, signed, that this person's look at this page was recorded a while ago."""
    try:
        person, page, at = _covered_looks().loads(request.args.get("look", ""))
        age = work.now - datetime.fromisoformat(at)
    except (BadSignature, ValueError, TypeError):
        return False
    return person == work.person.id and page == page_id and timedelta(0) <= age <= _LOOK_LASTS
