"""The states of an arrival, as data, and the reasons for which one waits."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_


class ArrivalState(StrEnum):
    """What became of a file, or of a part of one, that came through the watched folder."""

    WAITING = "waiting"
    FILED = "filed"
    DISCARDED = "discarded"


class ArrivalAction(StrEnum):
    """What can be done with an arrival."""

    FILE = "file"
    DISCARD = "discard"
    PUT_BACK = "put_back"


ARRIVAL: dict[tuple[ArrivalState, ArrivalAction], ArrivalState] = {
    (ArrivalState.WAITING, ArrivalAction.FILE): ArrivalState.FILED,
    (ArrivalState.WAITING, ArrivalAction.DISCARD): ArrivalState.DISCARDED,
    (ArrivalState.DISCARDED, ArrivalAction.PUT_BACK): ArrivalState.WAITING,
}

NO_NUMBER = N_("Neither its name nor a cover sheet names a dossier that you know of.")
SEVERAL_NUMBERS = N_("Its name holds the numbers of several dossiers.")
UNKNOWN_NUMBER = N_("There is no dossier with the number %(number)s.")
DISAGREEMENT = N_("Its name says %(named)s, its cover sheet says %(led)s.")
NOT_OPEN = N_("The opening of dossier %(number)s is not approved yet.")
BEFORE_THE_SHEET = N_("These pages stand before the first cover sheet of the scan.")
ONLY_A_SHEET = N_("It is only a cover sheet with nothing behind it.")
NOT_TO_BE_SPLIT = N_("It holds several cover sheets and cannot be split without loss.")
NOT_ALL_SEEN = N_("Not every page of it could be looked at for cover sheets.")
ALREADY_THERE = N_("The same content is in dossier %(number)s already, filed as “%(subject)s”.")
EMPTY = N_("The file is empty.")
WRONG_TYPE = N_("The archive does not take files of this type.")
DAMAGED = N_("The file is damaged or incomplete: no page was found in it.")
TOO_MANY_PIXELS = N_("A page claims a picture larger than the archive accepts.")
TOO_LARGE = N_(
    "It has %(size)s MB; the limit is %(limit)s MB. It still lies in the watched folder: take it out there and "
    "bring it back in smaller parts."
)
