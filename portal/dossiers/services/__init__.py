"""What is done with dossiers. Opening one (R2, R3), and keeping its level, department and volumes;
the places these stand in."""

from portal.dossiers.services.handing_on import hand_draft_on
from portal.dossiers.services.keeping import (
    add_volume,
    change_department,
    change_level,
    edit_volume,
)
from portal.dossiers.services.movements import (
    LONGEST_REASON,
    checked_reason,
    load_volume,
    note_custody,
    place_volume,
    put_volume,
)
from portal.dossiers.services.opening import (
    DraftData,
    VolumeData,
    decide_opening,
    edit_draft,
    open_dossier,
    submit_opening,
)
from portal.dossiers.services.places import (
    PlaceData,
    add_place,
    close_place,
    edit_place,
    move_place,
    reopen_place,
)

__all__ = [
    "LONGEST_REASON",
    "DraftData",
    "PlaceData",
    "VolumeData",
    "add_place",
    "add_volume",
    "change_department",
    "change_level",
    "checked_reason",
    "close_place",
    "decide_opening",
    "edit_draft",
    "edit_place",
    "edit_volume",
    "load_volume",
    "hand_draft_on",
    "move_place",
    "note_custody",
    "open_dossier",
    "place_volume",
    "put_volume",
    "reopen_place",
    "submit_opening",
]
