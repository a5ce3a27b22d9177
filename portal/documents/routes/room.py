"""The room of documents, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import Response

from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES, READING_STATE_NAMES
from portal.http.guards import Room

documents = Room("documents", "portal.documents.routes")

_SEALED = "default-src 'none'; sandbox"
"""What a browser may do with a file or picture from the archive: show or save it, nothing else."""


def names() -> dict[str, Any]:
    """What the words of a document are called, for templates."""
    return {
        "kind_names": DOCUMENT_KIND_NAMES,
        "direction_names": DIRECTION_NAMES,
        "state_names": READING_STATE_NAMES,
    }


def seal(answer: Response) -> None:
    """Send a file or picture so that no browser runs, guesses or keeps it."""
    answer.headers["Content-Security-Policy"] = _SEALED
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store, private"


def office_time(work: UnitOfWork) -> str:
    """The present moment on the office's clock, as marks on pages say it."""
    return work.now.astimezone(work.zone).strftime("%Y-%m-%d %H:%M")
