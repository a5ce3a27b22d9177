"""Narrowing an answer by what its rows have in common: the facets, as conditions and as parts of an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.core.permissions import Level
from portal.search.custody import Absences
from portal.search.rules import level_token
from search_index.conditions import AllOf, AnyOf, Condition, HasLabel, HasToken, Not


class Family(StrEnum):
    """What rows are narrowed by; the value is the name in addresses, tokens and labels."""

    KIND = "kind"
    YEAR = "year"
    CLIENT = "client"
    DEPARTMENT = "dept"
    LEVEL = "level"
    CUSTODY = "on"


COUNTED = tuple(family.value for family in Family if family != Family.CUSTODY)
"""Families that the index counts; where the paper is, the database says."""
ON_SHELF = "shelf"
ON_LOAN = "loan"
CUSTODIES = (ON_SHELF, ON_LOAN)

_ANY_DOSSIER = HasToken(frozenset(map(level_token, Level)))
_OF_READERS = frozenset({Family.KIND, Family.YEAR})
_MOST_VALUES = 50
_LONGEST_VALUE = 40


@dataclass(frozen=True)
class Narrowing:
    """The chosen values of each family. Several of one family: any of them will do."""

    chosen: Mapping[Family, tuple[str, ...]]

    @classmethod
    def read(cls, arguments: Mapping[Family, Iterable[str]]) -> Narrowing:
        """From what stands in an address; what cannot be a value is left out."""
        kept = {family: tuple(dict.fromkeys(filter(_is_value, values))) for family, values in arguments.items()}
        return cls({family: values[:_MOST_VALUES] for family, values in kept.items() if values})

    def has(self, family: Family, value: str) -> bool:
        """Whether the value is chosen."""
        return value in self.chosen.get(family, ())

    def toggled(self, family: Family, value: str) -> Narrowing:
        """The same with one value more, or one less."""
        values = self.chosen.get(family, ())
        changed = tuple(v for v in values if v != value) if value in values else (*values, value)
        return Narrowing(
            {**{f: v for f, v in self.chosen.items() if f != family}, **({family: changed} if changed else {})}
        )

    def arguments(self) -> dict[str, Any]:
        """As parts of an address."""
        return {family.value: list(values) for family, values in self.chosen.items()}

    def conditions(self, absences: Absences) -> list[Condition]:
        """What rows must fulfil besides the question."""
        return [_condition(family, values, absences) for family, values in self.chosen.items()]


def _condition(family: Family, values: Iterable[str], absences: Absences) -> Condition:
    if family == Family.CUSTODY:
        wanted = [custody_condition(value, absences) for value in values if value in CUSTODIES]
        return AnyOf(tuple(wanted)) if wanted else HasToken(frozenset())
    names = frozenset(f"{family.value}:{value}" for value in values)
    return HasLabel(names) if family in _OF_READERS else HasToken(names)


def custody_condition(value: str, absences: Absences) -> Condition:
    """Dossiers with a volume on the shelf, or with one out on loan."""
    if value == ON_LOAN:
        return HasToken(absences.on_loan)
    # Said of every dossier first: a question that only excludes would find nothing.
    return AllOf((_ANY_DOSSIER, Not(HasToken(absences.none_on_shelf))))


def both(first: Condition | None, others: Iterable[Condition]) -> Condition | None:
    """A condition and all the others; None stays None: narrowing nothing gives nothing."""
    rest = tuple(others)
    return AllOf((first, *rest)) if first is not None and rest else first


def _is_value(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_VALUE and value.isprintable()
