"""What routes need of the outside world: the parts, the unit of work, who acts, messages in their language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from babel.dates import format_skeleton
from flask import current_app, flash, g
from flask_babel import force_locale, get_locale, gettext
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from portal.core.messages import N_, Message
from portal.core.permissions import Actor
from portal.core.unit_of_work import UnitOfWork
from portal.parts import Parts


def get_parts() -> Parts:
    """The parts of the running portal."""
    parts: Parts = current_app.extensions["legajo"]
    return parts


def current_work() -> UnitOfWork:
    """The unit of work of this request; its commit happens in the guard, after the view."""
    work: UnitOfWork = g.work
    return work


def actor_from_session() -> Actor | None:
    """The acting person of this request, or None."""
    return current_user.actor if current_user.is_authenticated else None


def translate(message: Message) -> str:
    """A message in the language of the person who reads it; messages and dates in it are put in words too."""
    params = {name: _in_words(value) for name, value in message.params.items()}
    return gettext(message.id, **params) if params else gettext(message.id)


def _in_words(value: object) -> object:
    if isinstance(value, Message):
        return translate(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_skeleton("yMMMEd", value, locale=get_locale())  # With its weekday: mostly it is a deadline.
    return value


def say(message_id: str, **params: object) -> None:
    """Tell the person, on the next page they see, that something was done."""
    flash(translate(Message(message_id, params)), "success")


def notice_already_done() -> None:
    """Tell the person that the same form was sent twice and acted once."""
    flash(gettext(N_("This had already been done; nothing was done twice.")), "info")


def translator(language: str) -> Callable[[str], str]:
    """From message id to sentence in `language`, whatever the language of the request: for PDFs and mail."""

    def in_language(message_id: str) -> str:
        with force_locale(language):
            return gettext(message_id)

    return in_language


def can_be_opened(path: str) -> bool:
    """Whether `path` is a page of this portal, and not an address that only takes forms."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True
