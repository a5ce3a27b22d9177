"""What is done with dossiers. Opening one (R2, R3), and keeping its level, department and volumes."""

from portal.dossiers.services.keeping import (
    add_volume,
    change_department,
    change_level,
    edit_volume,
)
from portal.dossiers.services.opening import (
    DraftData,
    VolumeData,
    decide_opening,
    edit_draft,
    open_dossier,
    submit_opening,
)

__all__ = [
    "DraftData",
    "VolumeData",
    "add_volume",
    "change_department",
    "change_level",
    "decide_opening",
    "edit_draft",
    "edit_volume",
    "open_dossier",
    "submit_opening",
]
