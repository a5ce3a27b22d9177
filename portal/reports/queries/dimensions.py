"""By what figures are divided: the dimensions that several sections share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Department
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES, Client
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Level
from portal.documents.models import DIRECTION_NAMES, DOCUMENT_KIND_NAMES, DocumentKind
from portal.dossiers.models import Dossier
from portal.dossiers.states import CONDITION_NAMES, CUSTODY_NAMES, Custody
from portal.lending.states import REQUEST_KIND_NAMES
from portal.reports.queries.bands import AGES, CAPITALS, SIZES
from portal.reports.queries.declaring import Dimension
from portal.reports.statistics.counted import Chart, Name

_WEEKDAYS = {str(day): str(day) for day in range(7)}
_HOURS = {str(hour): str(hour) for hour in range(24)}
_AT_ONCE = 500
CORRESPONDENCE_KINDS = (DocumentKind.LETTER, DocumentKind.FAX, DocumentKind.CALL_NOTE)
"""The kinds of document that are registered as correspondence (R5)."""
FIELDS: dict[str, str] = {
    "legal_representative": N_("Legal representative"),
    "address": N_("Address"),
    "postcode": N_("Postcode"),
    "phone": N_("Telephone"),
    "fax": N_("Fax"),
    "email": N_("E-mail"),
    "business_scope": N_("Business scope"),
    "registered_capital": N_("Registered capital"),
    "registration_number": N_("Registration or tax number"),
    "industry": N_("Industry"),
    "size": N_("Size"),
    "cooperation_began": N_("Co-operation began on"),
    "cooperation_progress": N_("How far co-operation has come"),
    "contacts": N_("Contact persons"),
}
"""The standard fields of a client that may be missing (R2), as the client's form calls them."""


def department_names(session: Session, keys: Iterable[str]) -> Mapping[str, Name]:
    """Departments by id."""
    ids = [int(key) for key in keys]
    rows = session.execute(select(Department.id, Department.name).where(Department.id.in_(ids)))
    return {str(key): Name(name) for key, name in rows}


def dossier_names(session: Session, keys: Iterable[str]) -> Mapping[str, Name]:
    """Dossiers by id: number and client. Only ids that come out of a counted select may be asked for."""
    ids = [int(key) for key in keys]
    found: dict[str, Name] = {}
    for start in range(0, len(ids), _AT_ONCE):
        rows = session.execute(
            select(Dossier.id, Dossier.number, Client.name)
            .join(Client, Client.id == Dossier.client_id)
            .where(Dossier.id.in_(ids[start : start + _AT_ONCE]))
        )
        found |= {str(key): Name(f"{number} {client}") for key, number, client in rows}
    return found


def in_words(names: Mapping[Any, str]) -> dict[str, str]:
    """The words of an enum as keys, with their names."""
    return {str(word): name for word, name in names.items()}


CLIENT_KIND = Dimension("client_kind", N_("By kind of client"), words=in_words(CLIENT_KIND_NAMES), beyond_register=True)
CLIENT_RANK = Dimension(
    "client_rank", N_("By rank of the client"), words=in_words(CLIENT_RANK_NAMES), beyond_register=True
)
LEVEL = Dimension("level", N_("By level"), words=in_words(LEVEL_NAMES), for_core_only=frozenset({Level.CORE.value}))
DEPARTMENT = Dimension("department", N_("By department"), names=department_names)
DOCUMENT_KIND = Dimension("document_kind", N_("By kind of document"), words=in_words(DOCUMENT_KIND_NAMES))
DIRECTION = Dimension("direction", N_("By direction"), words=in_words(DIRECTION_NAMES))
REQUEST_KIND = Dimension("request_kind", N_("By kind of request"), words=in_words(REQUEST_KIND_NAMES))
COUNTRY = Dimension("country", N_("By country"), shape="country", most=15, beyond_register=True)
TIME = Dimension("day", N_("Along the period"), chart=Chart.LINES, is_time=True)
DOSSIER = Dimension("dossier", N_("By dossier"), names=dossier_names, most=20)
WEEKDAY = Dimension("weekday", N_("By weekday"), words=_WEEKDAYS, shape="weekday")
HOUR = Dimension("hour", N_("By hour"), words=_HOURS, shape="hour")
AGE = Dimension("age", N_("By age"), words=AGES)
SIZE = Dimension("size", N_("By number of volumes"), words=SIZES)
CUSTODY = Dimension(
    "custody", N_("By custody"), words=in_words({k: v for k, v in CUSTODY_NAMES.items() if k is not Custody.DISPOSED})
)
CONDITION = Dimension("condition", N_("By condition of the paper"), words=in_words(CONDITION_NAMES))
FIELD = Dimension("field", N_("By missing field"), words=FIELDS, beyond_register=True)
INDUSTRY = Dimension("industry", N_("By industry"), most=15, beyond_register=True)
CLIENT_SIZE = Dimension("client_size", N_("By size of the client"), most=15, beyond_register=True)
CURRENCY = Dimension("currency", N_("By currency of the capital"), beyond_register=True)
CAPITAL = Dimension("capital", N_("By registered capital"), words=CAPITALS, beyond_register=True)
CORRESPONDENCE_KIND = Dimension(
    "correspondence_kind",
    N_("By kind of correspondence"),
    words=in_words({kind: DOCUMENT_KIND_NAMES[kind] for kind in CORRESPONDENCE_KINDS}),
)
