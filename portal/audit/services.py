"""Looking at the trail and verifying it: both are recorded in it."""

from __future__ import annotations

from portal.audit.queries import TrailFilter, TrailPage, dossier_numbered, trail_page
from portal.core import trail
from portal.core.permissions import Permission
from portal.core.trail import Verification
from portal.core.unit_of_work import UnitOfWork


def look_at_trail(work: UnitOfWork, wanted: TrailFilter, number: int = 1) -> TrailPage:
    """One page of the trail, and an entry that says who looked for what.

    A dossier's number typed in is recorded by the dossier it names, never as text: the entry is then seen by
    those only who may know that dossier.
    """
    actor = work.require(Permission.TRAIL_VIEW)
    page = trail_page(work.session, actor, work.today, work.zone, wanted, number)
    asked = {
        "person": wanted.person_id,
        "area": wanted.area,
        "from": wanted.first.isoformat() if wanted.first else None,
        "until": wanted.last.isoformat() if wanted.last else None,
        "page": page.number if page.number > 1 else None,
    }
    work.record(
        "trail:view",
        "trail:entries",
        dossier_id=dossier_numbered(work.session, actor, wanted.number) if wanted.number else None,
        details={name: value for name, value in asked.items() if value is not None},
    )
    return page


def verify_trail(work: UnitOfWork) -> Verification:
    """Verify the whole trail. Reads every entry, so it runs outside a writing transaction."""
    work.require(Permission.TRAIL_VIEW)
    return trail.verify(work.session, work.trail_key, work.now)


def record_verification(work: UnitOfWork, found: Verification) -> None:
    """Record that the trail was verified, and with what outcome."""
    work.require(Permission.TRAIL_VIEW)
    work.record(
        "trail:verify",
        "trail:entries",
        details={"entries": found.entries, "seals": found.seals, "faults": len(found.faults), "hash": found.last_hash},
    )
