"""Where the paper of the demonstration stands: one site, its rooms, and in them cabinets, shelves and boxes."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Place
from portal.dossiers.services import PlaceData, add_place
from portal.dossiers.states import PlaceKind

SITE = PlaceData("VLC", "Valencia, Calle de la Lonja 14")
ROOMS = {
    "A": "Archivo general · 总库",
    "B": "Cámara acorazada · 保险库",
    "W": "Taller y escáner · 修复扫描室",
}
"""Names of the rooms; everything further in goes by its code alone."""
_KINDS = (PlaceKind.ROOM, PlaceKind.CABINET, PlaceKind.SHELF, PlaceKind.BOX)


def full_path(place: str) -> str:
    """The path of a place that the plan names without its site, as in A-03-2-14."""
    return f"{SITE.code}-{place}"


def add_places(work: UnitOfWork, wanted: Iterable[str]) -> None:
    """Add the site, its rooms, and all that the `wanted` places need (named without the site), in shelf order."""
    site = add_place(work, PlaceKind.SITE, SITE)
    made: dict[str, Place] = {}
    for path in (*ROOMS, *sorted(wanted)):
        codes = path.split("-")
        for depth, (kind, code) in enumerate(zip(_KINDS, codes, strict=False)):
            here, above = "-".join(codes[: depth + 1]), "-".join(codes[:depth])
            if here not in made:
                parent = made[above] if above else site
                made[here] = add_place(work, kind, PlaceData(code, ROOMS.get(here, "")), parent.id)
