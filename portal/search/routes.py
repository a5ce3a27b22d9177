"""The search page."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core.permissions import Permission
from portal.documents.models import DOCUMENT_KIND_NAMES
from portal.http.edge import current_work, get_parts
from portal.http.guards import Room
from portal.search.queries import DocumentHit, search
from portal.search.rules import PROBLEM_SENTENCES
from portal.search.services import needs_rebuild, want_rebuild
from search_index import SearchIndexError

search_room = Room("search", __name__)


@search_room.page("/search", may=Permission.SEARCH_USE)
def results() -> ResponseReturnValue:
    """What a question finds; without one, what can be asked. Questions are not written down anywhere."""
    text = request.args.get("q", "").strip()
    if not text:
        return render_template("search/question.html")
    try:
        page = search(current_work(), get_parts().index, text, page=request.args.get("page", 1, type=int))
    except SearchIndexError as error:
        return _not_now(error), 503
    return render_template(
        "search/results.html",
        page=page,
        is_document=_is_document,
        link=lambda number: url_for("search.results", q=text, page=number),
        problems=[PROBLEM_SENTENCES[problem] for problem in page.problems],
        kind_names=DOCUMENT_KIND_NAMES,
    )


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
