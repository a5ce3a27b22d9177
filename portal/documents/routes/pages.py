"""The viewer: a page's image with the hits of a search boxed, its text, the way through pages and hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.messages import N_
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.documents import queries, services
from portal.documents.boxes import boxes_of
from portal.documents.models import Document, Page
from portal.documents.reading.kinds import FileKind
from portal.documents.routes.images import ahead_address, picture_of, turns_of
from portal.documents.routes.room import documents, names, office_time
from portal.documents.viewing import Box, HitCounter, Span, Tour, hit_boxes, hits_in, marked_parts
from portal.http.edge import current_work, say
from portal.http.forms import OnceForm
from portal.http.safety import row_id

STRIP_PAGES = 50
"""Pages whose thumbnails stand beside a page; those before and after have a link."""

COUNTED_AT_ONCE = 50_000
"""Characters whose hits are counted before the page is shown (about a tenth of a second); those of longer documents
are counted after it."""

_LONGEST_QUERY = 200
_counter = HitCounter()


@documents.page(
    "/documents/<int:document_id>/pages/<int:number>/retry",
    may=Permission.DOCUMENT_RETRY,
    methods=["POST"],
    once=True,
)
def retry_page(document_id: int, number: int) -> ResponseReturnValue:
    """Have one page tried once more."""
    services.retry_page(current_work(), document_id, number)
    say(N_("Page %(number)s is tried again now."), number=number)
    return redirect(url_for("documents.page", document_id=document_id, number=number))


@documents.page("/documents/<int:document_id>/pages", may=Permission.REGISTER_VIEW)
def go_to_page(document_id: int) -> ResponseReturnValue:
    """The page whose number was typed; the nearest there is."""
    document = queries.readable_document(current_work(), document_id)
    wanted = request.args.get("number", 1, type=int)
    number = min(max(1, wanted), document.current.page_count or 1)
    return redirect(url_for("documents.page", document_id=document_id, number=number, q=_query() or None))


@documents.page("/documents/<int:document_id>/pages/<int:number>", may=Permission.REGISTER_VIEW, endpoint="page")
def show_page(document_id: int, number: int) -> ResponseReturnValue:
    """A page: its image and text with the hits of ?q= marked, the pages and the hits before and after.

    Hits are counted and placed in a reading transaction: nobody has to wait with writing for that.
    """
    work = current_work()
    tour = _tour(work, document_id, at_once="count" in request.args)
    marks = _marks(queries.readable_page(work, document_id, number)[1])
    work.session.rollback()
    begin_writing(work.session)
    pictured = FileKind(queries.readable_document(work, document_id).current.file_kind).has_page_images
    document, page = services.record_look(work, document_id, number, "page" if pictured else "text")
    if not marks.belong_to(page):
        marks = _marks(page)  # It was turned, corrected or replaced at this very moment.
    return render_template(
        "documents/page.html",
        **_surroundings(work, document, page, tour),
        **_contents(work, document, page, tour, pictured, marks),
        may_retry=queries.may_retry_page(work, document, page),
        shown_at=office_time(work),
        retry_form=OnceForm(),
        **names(),
    )


@documents.page("/documents/<int:document_id>/pages/<int:number>/hits", may=Permission.REGISTER_VIEW)
def page_hits(document_id: int, number: int) -> ResponseReturnValue:
    """How many hits there are, which one this is, and on which pages the others stand: no page is shown."""
    work = current_work()
    document, page = queries.readable_page(work, document_id, number)
    return render_template(
        "documents/_viewer_ways.html", **_surroundings(work, document, page, _tour(work, document_id))
    )


@documents.page("/documents/<int:document_id>/pages/<int:number>/turn", may=Permission.REGISTER_VIEW, methods=["POST"])
def turn_page(document_id: int, number: int) -> ResponseReturnValue:
    """Put a page upright, for everybody. The form says how it is to stand, so that twice is once.

    The answer is the page, or the form that corrects its text where `next` says that it was turned there.
    """
    services.turn_page(current_work(), document_id, number, request.form.get("rotation", -1, type=int))
    if request.form.get("next") == "text":
        return redirect(url_for("documents.correct_text", document_id=document_id, number=number))
    return redirect(
        url_for(
            "documents.page",
            document_id=document_id,
            number=number,
            q=request.form.get("q", "")[:_LONGEST_QUERY] or None,
            hit=request.form.get("hit", type=int),
        )
    )


def _query() -> str:
    return request.args.get("q", "")[:_LONGEST_QUERY].strip()


def _tour(work: UnitOfWork, document_id: int, at_once: bool = True) -> Tour | None:
    """The hits through the whole document; None without a query, and where counting has to wait."""
    document = queries.readable_document(work, document_id)
    query = _query()
    if not query:
        return None
    pages = queries.page_texts(work.session, document.current)
    if at_once or sum(len(text) for _, text in pages) <= COUNTED_AT_ONCE:
        return _counter.tour(pages, query)
    return _counter.known_tour(pages, query)


@dataclass(frozen=True)
class Ways:
    """From a page to others: pages, and hits (by number). `hit` is the one that is shown now."""

    last: int
    strip: range
    turns: dict[int, int]
    """Number and rotation of the pages of the strip."""
    hit: int | None = None
    previous_hit: int | None = None
    next_hit: int | None = None


def _surroundings(work: UnitOfWork, document: Document, page: Page, tour: Tour | None) -> dict[str, Any]:
    last = max(document.current.page_count or 0, page.number)
    start = (page.number - 1) // STRIP_PAGES * STRIP_PAGES + 1
    strip = range(start, min(last, start + STRIP_PAGES - 1) + 1)
    turns = dict(queries.rotations(work.session, page.version_id, strip))
    ways = Ways(last, strip, turns)
    if tour:
        hit = _hit_on(page.number, tour)
        ways = Ways(last, strip, turns, hit, tour.previous(page.number, hit), tour.following(page.number, hit))
    return {
        "document": document,
        "page": page,
        "query": _query(),
        "wanted_hit": _wanted_hit(),
        "tour": tour,
        "ways": ways,
        "pictured": FileKind(document.current.file_kind).has_page_images,
    }


def _hit_on(page: int, tour: Tour) -> int | None:
    """The hit of the address where it stands on this page, else the page's first."""
    first, count = tour.before(page) + 1, tour.count_on(page)
    wanted = _wanted_hit()
    if not count:
        return None  # Or they are not counted yet.
    return wanted if wanted and first <= wanted < first + count else first


def _wanted_hit() -> int | None:
    """The hit of the address, whether or not there is one of that number."""
    return request.args.get("hit", 0, type=row_id) or None


@dataclass(frozen=True)
class _Marks:
    """The hits on a page and the boxes around them, of the page as it was then."""

    seen: tuple[int, str, str | None, int]
    hits: list[Span]
    boxes: list[list[Box]]

    def belong_to(self, page: Page) -> bool:
        """Whether the page is still as it was."""
        return self.seen == _seen(page)


def _seen(page: Page) -> tuple[int, str, str | None, int]:
    return page.id, page.text, page.boxes, page.rotation


def _marks(page: Page) -> _Marks:
    hits = hits_in(page.text, _query())
    pictured = FileKind(page.version.file_kind).has_page_images
    boxes = hit_boxes(page.text, boxes_of(page), hits, page.rotation) if pictured else [[] for _ in hits]
    return _Marks(_seen(page), hits, boxes)


def _contents(
    work: UnitOfWork, document: Document, page: Page, tour: Tour | None, pictured: bool, marks: _Marks
) -> dict[str, Any]:
    """Image, text and marked hits of a page."""
    first = tour.before(page.number) + 1 if tour else 1
    values: dict[str, Any] = {
        "parts": marked_parts(page.text, marks.hits, first),
        "boxes": list(enumerate(marks.boxes, first)),
        "unboxed": {number for number, found in enumerate(marks.boxes, first) if not found},
        "turns": turns_of(page),
    }
    if pictured:
        near = queries.rotations(work.session, page.version_id, (page.number + 1, page.number - 1))
        values["picture"] = picture_of(work, document, page)
        values["ahead"] = [ahead_address(document.id, number, turn) for number, turn in near]
    return values
