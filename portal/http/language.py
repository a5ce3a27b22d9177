"""Which language a page is in: the person's, else the browser's choice, else the settings'."""

from __future__ import annotations

from flask import has_request_context, request, session
from flask_login import current_user

from portal.config import LANGUAGES
from portal.http.edge import get_parts


def choose_language() -> str:
    """The language of this request; outside one (commands), the language of the settings."""
    if not has_request_context():
        return get_parts().settings.language
    if current_user.is_authenticated:
        return str(current_user.language)
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or get_parts().settings.language
