"""A notice in words: as messages for the page, and as sentences in one language for mail, without a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.dates import format_skeleton
from babel.support import NullTranslations, Translations

from portal.core.messages import Message, read_params
from portal.notices.kinds import WORDINGS
from portal.notices.models import Notice

_CATALOGUES = Path(__file__).parent.parent / "translations"


def title_of(notice: Notice) -> Message:
    """What the notice is, without naming anything."""
    return Message(WORDINGS[notice.kind].title)


def sentence_of(notice: Notice, number: str | None) -> Message | None:
    """What the notice says to whoever knows the dossier by `number`; None: they may not know of it.

    Nothing (None) where the kind has nothing to say without the dossier.
    """
    wording = WORDINGS[notice.kind]
    named = not wording.names_dossier or number is not None
    sentence = wording.sentence if named else wording.unnamed
    if sentence is None:
        return None
    values = read_params(notice.params)
    if notice.about is not None:
        values["person"] = notice.about.name
    if number is not None:
        values["dossier"] = number
    return Message(sentence, values)


def in_words(message: Message, language: str) -> str:
    """The message in `language` ("en", "es", "zh"), dates written as people write them there."""
    sentence = _catalogue(language).ugettext(message.id)
    return sentence % _written(message.params, language) if message.params else sentence


def _written(params: Mapping[str, object], language: str) -> dict[str, object]:
    return {
        name: format_skeleton("yMMMEd", value, locale=language) if isinstance(value, date) else value
        for name, value in params.items()
    }


@lru_cache(maxsize=8)
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(_CATALOGUES, [language])
