"""What the rows of an answer have in common, counted: as a person reads it, and only as far as they may know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from portal.access.queries import known_to
from portal.accounts.models import Department
from portal.clients.models import Client
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Actor, Level
from portal.documents.models import DOCUMENT_KIND_NAMES, DocumentKind
from portal.dossiers.models import Dossier
from portal.search.narrowing import ON_LOAN, ON_SHELF, Family, Narrowing
from search_index import Results

_MOST_SHOWN = 8
_STATEMENTS_KEPT = 200
"""One for each person who asked lately: putting it together takes longer than the answer."""

FAMILY_NAMES: Mapping[Family, str] = {
    Family.KIND: N_("Kind"),
    Family.YEAR: N_("Year"),
    Family.CLIENT: N_("Client"),
    Family.DEPARTMENT: N_("Department"),
    Family.LEVEL: N_("Level"),
    Family.CUSTODY: N_("Paper"),
}
CUSTODY_NAMES: Mapping[str, str] = {ON_SHELF: N_("On the shelf"), ON_LOAN: N_("Out on loan")}


@dataclass(frozen=True)
class Choice:
    """One value: `name` is a message id or a name as it is (`is_message`), `count` the rows that hold it."""

    value: str
    name: str
    is_message: bool
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One family with the values worth choosing, the most frequent first (years: the newest)."""

    family: Family
    name: str
    choices: Sequence[Choice]


def facets_of(session: Session, actor: Actor, narrowing: Narrowing, results: Results) -> list[Facet]:
    """The facets of an answer; a family that would tell nothing (one value only, none chosen) is left out."""
    found: list[Facet] = []
    for family in Family:
        counts = _counts(family, results)
        values = _worth_showing(family, counts, narrowing)
        names = _names(session, actor, family, values)
        choices = [
            Choice(value, *names[value], counts.get(value, 0), narrowing.has(family, value))
            for value in values
            if value in names
        ]
        if len(choices) > 1 or any(choice.chosen or choice.count < results.total for choice in choices):
            found.append(Facet(family, FAMILY_NAMES[family], choices))
    return found


def _counts(family: Family, results: Results) -> Mapping[str, int]:
    if family != Family.CUSTODY:
        return results.facets.get(family.value, {})
    on_shelf = results.total - results.groups.get(ON_SHELF, 0)
    counts = {ON_SHELF: on_shelf, ON_LOAN: results.groups.get(ON_LOAN, 0)}
    return {value: count for value, count in counts.items() if count}


def _worth_showing(family: Family, counts: Mapping[str, int], narrowing: Narrowing) -> list[str]:
    if family == Family.YEAR:
        ordered = sorted(counts, reverse=True)
    else:
        ordered = sorted(counts, key=lambda value: (-counts[value], value))
    chosen = [value for value in narrowing.chosen.get(family, ()) if value not in ordered[:_MOST_SHOWN]]
    return ordered[:_MOST_SHOWN] + chosen


def _names(session: Session, actor: Actor, family: Family, values: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Value → its name, and whether that is a message id; what has no name for this person is left out."""
    if family == Family.YEAR:
        return {value: (value, False) for value in values if value.isdecimal()}
    if family in _WORDS:
        return {value: (_WORDS[family][value], True) for value in values if value in _WORDS[family]}
    ids = [int(value) for value in values if value.isdecimal() and len(value) < _LONGEST_ID]
    if family == Family.DEPARTMENT:
        rows = session.execute(_DEPARTMENTS, {"ids": ids})
    else:
        rows = session.execute(_clients_statement(actor), {"ids": ids})
    return {str(id_): (name, False) for id_, name in rows}


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _clients_statement(actor: Actor) -> Select[int, str]:
    """A name typed into the address must not be answered for a client nobody told this person of."""
    known = select(Dossier.client_id).where(Dossier.client_id.in_(_IDS), known_to(actor, Dossier))
    return select(Client.id, Client.name).where(Client.id.in_(known))


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_DEPARTMENTS = select(Department.id, Department.name).where(Department.id.in_(_IDS))
_LONGEST_ID = 10
_WORDS: Mapping[Family, Mapping[str, str]] = {
    Family.KIND: {kind.value: DOCUMENT_KIND_NAMES[kind] for kind in DocumentKind},
    Family.LEVEL: {level.value: LEVEL_NAMES[level] for level in Level},
    Family.CUSTODY: CUSTODY_NAMES,
}
