"""What the letter says until somebody writes another text: by language, with places for names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from babel.languages import get_official_languages

from portal.core.messages import N_

LANGUAGES = ("en", "es", "zh")
PLACES: dict[str, str] = {
    "client": N_("the client"),
    "leaver": N_("who leaves"),
    "successor": N_("who follows"),
    "department": N_("the department"),
    "day": N_("the last day"),
}
"""What a text may name in braces, as in {client}, and what stands for it."""
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Text:
    """A letter's subject and body, with places in braces. Paragraphs are divided by an empty line."""

    subject: str
    body: str

    def filled(self, values: dict[str, str]) -> Text:
        """With the values in their places."""

        def put(text: str) -> str:
            return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)

        return Text(put(self.subject), put(self.body))


DEFAULTS: dict[str, Text] = {
    "en": Text(
        "Your contact at our company from now on",
        "To {client}\n\n"
        "Good day,\n\n"
        "{leaver} looks after your company until {day}. From then on your contact with us is {successor}, "
        "{department}. Please send letters and messages about our business there, and call there with any question.\n\n"
        "What you have entrusted to us stays with our company and remains confidential.\n\n"
        "With kind regards\n\n"
        "{department}",
    ),
    "es": Text(
        "Su persona de contacto en nuestra empresa a partir de ahora",
        "A la atención de {client}\n\n"
        "Buenos días:\n\n"
        "{leaver} se ocupa de su empresa hasta el {day}. A partir de esa fecha su contacto con nosotros es "
        "{successor}, {department}. Le rogamos que dirija allí sus cartas y mensajes y que llame "
        "allí para cualquier consulta.\n\n"
        "La información que nos ha confiado permanece en nuestra empresa y sigue siendo confidencial.\n\n"
        "Atentamente,\n\n"
        "{department}",
    ),
    "zh": Text(
        "贵公司今后的联系人",
        "致：{client}\n\n"
        "您好！\n\n"
        "{leaver}负责贵公司的业务联系至{day}。此后，贵公司在我公司的联系人为{successor}（{department}）。"
        "有关业务的信函和来电，请与其联系。\n\n"
        "贵公司托付给我们的资料仍由我公司保管，并继续保密。\n\n"
        "顺颂商祺\n\n"
        "{department}",
    ),
}


def unknown_places(text: Text) -> list[str]:
    """What stands in braces and means nothing."""
    found = _PLACE.findall(text.subject + text.body)
    return sorted(set(found) - PLACES.keys())


def language_of(country: str) -> str:
    """The language one writes to a client of this country in (ISO code): of those there are, the first that is official
    in the whole country, else English."""
    official = get_official_languages(country, de_facto=True) if country else ()
    spoken = [language.partition("_")[0] for language in official]
    return next((language for language in spoken if language in LANGUAGES), "en")
