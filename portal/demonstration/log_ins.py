"""What is said of the finished archive: one log-in for each role, and how to begin."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.permissions import ROLE_NAMES, Role
from portal.demonstration.archive import TOUR_FAX, Archive
from portal.demonstration.fill import PASSWORD

LOG_INS: dict[Role, str] = {
    Role.EMPLOYEE: "ana",
    Role.MANAGER: "jorge",
    Role.CLERK: "tom",
    Role.RECORDS_MANAGER: "mei",
    Role.GENERAL_MANAGER: "carmen",
    Role.ADMINISTRATOR: "sam",
    Role.AUDITOR: "grace",
}
"""Who stands for each role: the employee of the guided tour, her head, and who serves them."""


def log_in_sheet(archive: Archive, address: str) -> str:
    """The sheet in plain English, a table and a few sentences, to be printed and kept beside the data."""
    people = {person.key: person for person in archive.people}
    rows = [("Role", "Log-in name", "Password", "Name")]
    rows += [(ROLE_NAMES[role], key, PASSWORD, people[key].name) for role, key in LOG_INS.items()]
    others = ", ".join(person.key for person in archive.people if person.key not in LOG_INS.values())
    scans = sum(document.image_only for document in archive.documents)
    return "\n".join(
        [
            "",
            f"The demonstration archive: {len(archive.clients)} clients, {len(archive.dossiers)} dossiers, "
            f"{len(archive.documents)} documents, as of {archive.today.isoformat()}.",
            "",
            *_table(rows),
            "",
            f"The password is the same for the others ({others}).",
            "It is for demonstration only: keep no real client information in this archive.",
            "All people, companies and papers in it are invented.",
            "",
            f"Open {address} and log in. {scans} documents are scans without text: they are read while the",
            "portal runs, and the front page says how far it has come.",
            f'To begin, log in as {LOG_INS[Role.EMPLOYEE]} and search for "{archive.document(TOUR_FAX).phrase}".',
            "",
        ]
    )


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    lines = [f"{line}   {row[-1]}" for line, row in zip(lines, rows, strict=True)]
    return [lines[0], "  " + "-" * (max(map(len, lines)) - 2), *lines[1:]]
