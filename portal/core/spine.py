"""What other features give to the head of a dossier's pages, so that dossiers need not know them.

The spine (number, client, level, custody, one main action) and the tab bar belong to dossiers; documents,
lending and later features fill in theirs. `create_app` gathers them in a `SpineParts`. Addresses are paths of
the portal ("/dossiers/7/loans"), without the prefix it may be served under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class RegisterEntry:
    """What the register says of a dossier. `readable`: the acting person may also see what is inside."""

    id: int
    number: str | None
    client_id: int
    client_name: str
    level: Level
    official: bool
    readable: bool


@dataclass(frozen=True)
class SpineAction:
    """Something to do with the dossier. `label` is a message id; `acts` asks for a POST with a once key."""

    label: str
    path: str
    acts: bool = False


@dataclass(frozen=True)
class SpineTab:
    """A page of the dossier. `path` holds `{id}`; tabs are shown to those who may read the dossier."""

    key: str
    label: str
    path: str


@dataclass(frozen=True)
class Panel:
    """A part of a page: a template and the values it is rendered with (as `panel`)."""

    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class OutVolume:
    """A volume that is lent: to whom, and until when."""

    volume_id: int
    holder: str
    due_on: date


class ActionSource(Protocol):
    """Offers what the acting person can do with a dossier, most important first."""

    def __call__(self, work: UnitOfWork, entry: RegisterEntry) -> Sequence[SpineAction]: ...


class ContentsSource(Protocol):
    """The list of documents, for the Contents tab; asked only when the dossier is readable."""

    def __call__(self, work: UnitOfWork, entry: RegisterEntry) -> Panel: ...


class LoanSource(Protocol):
    """The volumes of these dossiers that are lent now."""

    def __call__(self, work: UnitOfWork, dossier_ids: Sequence[int]) -> Sequence[OutVolume]: ...


class CustodySource(Protocol):
    """Who has a volume, and what can be done about where it is, for its page."""

    def __call__(self, work: UnitOfWork, volume_id: int) -> Panel: ...


class VolumeActionSource(Protocol):
    """Offers what the acting person can do with a volume they may handle (its label), for its page."""

    def __call__(self, work: UnitOfWork, volume_id: int) -> Sequence[SpineAction]: ...


class PlaceActionSource(Protocol):
    """Offers what the acting person can do with a place (its labels), for its page."""

    def __call__(self, work: UnitOfWork, place_id: int) -> Sequence[SpineAction]: ...


@dataclass(frozen=True)
class SpineParts:
    """What the features to the right of dossiers contribute to the pages of dossiers, volumes and places."""

    actions: Sequence[ActionSource] = ()
    tabs: Sequence[SpineTab] = ()
    contents: ContentsSource | None = None
    loans: LoanSource | None = None
    custody: CustodySource | None = None
    volume_actions: Sequence[VolumeActionSource] = ()
    place_actions: Sequence[PlaceActionSource] = ()
