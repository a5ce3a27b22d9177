"""States of a version, kinds of breaches, and their names."""

from __future__ import annotations

from enum import StrEnum

from portal.core.messages import N_


class VersionState(StrEnum):
    """How far a version of the rules has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    """It is, was or will be in force: from its day on, and until the day of the next one. It never changes."""


class BreachKind(StrEnum):
    """What was done against the undertaking."""

    COPIED = "copied"
    PASSED_ON = "passed_on"
    KEPT_FILE = "kept_file"
    OTHER = "other"


BREACH_KIND_NAMES: dict[BreachKind, str] = {
    BreachKind.COPIED: N_("Copied or photographed"),
    BreachKind.PASSED_ON: N_("Passed on to somebody"),
    BreachKind.KEPT_FILE: N_("Kept a file"),
    BreachKind.OTHER: N_("Something else"),
}
