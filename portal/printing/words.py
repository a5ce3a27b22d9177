"""What labels, slips and letters say of a dossier, a place, a person. Pure: rows in, texts out."""

from __future__ import annotations

from portal.accounts.models import Person
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Level
from portal.dossiers.models import Dossier, Place, Volume
from portal.dossiers.states import PLACE_KIND_NAMES
from portal.printing.labels import Label
from portal.printing.paper import Translate


def volume_words(volume: Volume, of: int, translate: Translate) -> str:
    """Which of its dossier's volumes it is."""
    return translate(N_("Volume %(number)s of %(count)s")) % {"number": volume.ordinal, "count": of}


def spine_label(volume: Volume, of: int, translate: Translate) -> Label:
    """The label on the back of a binder.

    A label is seen by everybody in the room, visitors and cleaners included. So a core dossier, which is not even
    named to people without core clearance, bears its number only: no client, no title, whoever prints it.
    """
    dossier = volume.dossier
    level = translate(LEVEL_NAMES[dossier.level])
    which = f"{volume_words(volume, of, translate)} · {level}"
    lines = (which, volume.place) if dossier.level == Level.CORE else (_client_words(dossier), which, volume.place)
    return Label(dossier.number or "", lines, volume.barcode, dossier.level)


def place_label(place: Place, translate: Translate) -> Label:
    """The label of a room, a cabinet, a shelf or a box."""
    kind = translate(PLACE_KIND_NAMES[place.kind])
    return Label(place.path, (f"{kind} · {place.name}" if place.name else kind,), place.barcode)


def card_label(person: Person) -> Label:
    """The card of a person: who they are at the counter. Not their clearance, which is nobody else's business."""
    return Label(person.name, (person.department.name,), person.card_number or "")


def dossier_words(dossier: Dossier, reader: Person) -> tuple[str, str]:
    """Number and name of a dossier, on a paper for `reader`; both empty where they may no longer know of it.

    The name of a core dossier is on no paper that lies on desks.
    """
    if dossier.level == Level.CORE:
        return (dossier.number or "", "") if reader.clearance == Level.CORE else ("", "")
    return dossier.number or "", _client_words(dossier)


def _client_words(dossier: Dossier) -> str:
    return f"{dossier.client.name} · {dossier.title}" if dossier.title else dossier.client.name
