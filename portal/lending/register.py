"""The loan register's address line: state, period and department as query arguments, read leniently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from portal.lending.queries import LoanChoice, LoanFilter


def read_choice(arguments: Mapping[str, str]) -> LoanChoice:
    """What an address asks for; what is no word, date or number of the house is left out."""
    part, department = arguments.get("show", ""), arguments.get("department", "")
    return LoanChoice(
        part=LoanFilter(part) if part in set(LoanFilter) else LoanFilter.OPEN,
        first=_day(arguments.get("from", "")),
        last=_day(arguments.get("until", "")),
        department_id=int(department) if department.isdecimal() and len(department) < 10 else None,
    )


def write_choice(choice: LoanChoice) -> dict[str, str]:
    """The choice as arguments of an address, as `read_choice` reads them."""
    found = {
        "show": choice.part.value,
        "from": choice.first.isoformat() if choice.first else "",
        "until": choice.last.isoformat() if choice.last else "",
        "department": str(choice.department_id or ""),
    }
    return {name: value for name, value in found.items() if value}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
