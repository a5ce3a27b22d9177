"""The room of the undertaking's pages."""

from __future__ import annotations

from flask import render_template

from portal.http.guards import Room

undertaking = Room("undertaking", __name__)


def page(template: str, **values: object) -> str:
    """A page of this room."""
    return render_template(f"undertaking/{template}", **values)
