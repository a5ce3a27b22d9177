"""The search page, and what it suggests while somebody types."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.permissions import Permission
from portal.documents.models import DOCUMENT_KIND_NAMES
from portal.http.edge import current_work, get_parts
from portal.http.guards import Room
from portal.http.language import choose_language
from portal.search.forms import SaveForm
from portal.search.help import help_card
from portal.search.hits import DocumentHit, in_sections
from portal.search.narrowing import Family, Narrowing
from portal.search.queries import Asked, SearchPage, search
from portal.search.sentences import sentence
from portal.search.services import needs_rebuild, want_rebuild
from portal.search.suggesting import suggestions
from search_index import Order, SearchIndexError
from search_index.language import MAX_LENGTH

search_room = Room("search", __name__)

_ORDERS: dict[str, Order] = {"relevance": "relevance", "newest": "newest", "oldest": "oldest"}


@search_room.page("/search", may=Permission.SEARCH_USE)
def results() -> ResponseReturnValue:
    """What a question finds; without one, what can be asked. Questions are not written down anywhere."""
    asked = _asked()
    if not asked.text:
        return render_template("search/question.html", card=help_card(choose_language()))
    try:
        page = search(current_work(), get_parts().index, asked)
    except SearchIndexError as error:
        return _not_now(error), 503
    return render_template(
        "search/results.html",
        page=page,
        card=help_card(choose_language()),
        sections=in_sections(page.hits),
        is_document=_is_document,
        link=lambda number: _address(asked, page=number),
        sorted_link=lambda order: _address(asked, order=order),
        toggled_link=lambda family, value: _address(asked, narrowing=asked.narrowing.toggled(family, value)),
        unnarrowed_link=url_for("search.results", q=asked.text),
        instead_link=lambda text: url_for("search.results", q=text, **asked.narrowing.arguments()),
        troubles=[sentence(trouble) for trouble in page.troubles],
        kind_names=DOCUMENT_KIND_NAMES,
        save_form=_save_form(page),
    )


@search_room.page("/search/suggestions", may=Permission.SEARCH_USE)
def suggest() -> ResponseReturnValue:
    """Ways to go on from what was typed, as JSON; none while the index cannot answer."""
    try:
        found = suggestions(current_work(), get_parts().index, request.args.get("q", ""), choose_language())
    except SearchIndexError:
        found = []
    response = jsonify([{"text": each.text, "kind": each.kind} for each in found])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked() -> Asked:
    arguments = request.args
    return Asked(
        # One sign more than is read, so that the answer says so: every link of the page repeats the question.
        text=arguments.get("q", "").strip()[: MAX_LENGTH + 1],
        narrowing=Narrowing.read({family: arguments.getlist(family.value) for family in Family}),
        order=_ORDERS.get(arguments.get("sort", ""), "relevance"),
        page=arguments.get("page", 1, type=int),
        language=choose_language(),
    )


def _address(
    asked: Asked, *, page: int | None = None, order: Order | None = None, narrowing: Narrowing | None = None
) -> str:
    """The address of another view of the same question; one that changes what is listed begins at its first page."""
    order = order or asked.order
    arguments: dict[str, Any] = {"q": asked.text, **(narrowing or asked.narrowing).arguments()}
    if order != "relevance":
        arguments["sort"] = order
    if page is not None:
        arguments["page"] = page
    return f"{request.script_root}{request.path}?{urlencode(arguments, doseq=True)}"


def _save_form(page: SearchPage) -> SaveForm:
    narrowing = urlencode(page.asked.narrowing.arguments(), doseq=True)
    return SaveForm(name=page.asked.text[:80], question=page.asked.text, narrowing=narrowing)


def _is_document(hit: Any) -> bool:
    return isinstance(hit, DocumentHit)


def _not_now(error: SearchIndexError) -> str:
    """Say that the search rests, and see to it that the index is rebuilt where that helps. Everything else in
    the portal goes on."""
    rebuilding = needs_rebuild(error)
    if rebuilding:
        with get_parts().writing() as work:
            want_rebuild(work)
    return render_template("search/unavailable.html", rebuilding=rebuilding)
