"""Issuing the certificate: numbered without gaps, its facts frozen, its PDF kept in the archive store."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from archive_store.base import ArchiveStore
from portal.accounts.models import Person
from portal.core.obligations import Obligations
from portal.core.permissions import Level
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.dossiers.numbers import next_number
from portal.dossiers.states import DossierState
from portal.handover.models import Handover, HandoverCertificate, HandoverItem
from portal.handover.papers.certificate import Facts, Signed, certificate_pdf, item_facts

SERIES = "handover"


def issue_certificate(
    work: UnitOfWork,
    store: ArchiveStore,
    obligations: Obligations,
    handover: Handover,
    person: Person,
    ended: Sequence[tuple[str, int]],
) -> HandoverCertificate:
    """Make the certificate in the language of whoever leaves. Part of the sign-off, in its transaction.

    The file is put into the store first: a crash leaves a file nobody refers to, never a row without its file.
    """
    number = f"H{work.today.year}-{next_number(work.session, SERIES, work.today.year):04d}"
    facts = Facts(
        number=number,
        person=person.name,
        department=handover.from_department.name,
        kind=handover.kind,
        to_department=handover.to_department.name if handover.to_department else "",
        last_day=handover.last_day,
        items=_items(work, obligations, handover),
        ended=ended,
        signed=[
            Signed(row.side, row.signed_by.name, row.signed_at.astimezone(work.zone)) for row in handover.signatures
        ],
    )
    kept = store.put(io.BytesIO(certificate_pdf(facts, person.language)))
    certificate = HandoverCertificate(
        handover_id=handover.id,
        number=number,
        facts=facts.stored(),
        language=person.language,
        content_key=kept.key,
        byte_size=kept.size,
        issued_at=work.now,
    )
    work.session.add(certificate)
    work.session.flush()
    work.record(
        "handover:certify",
        f"handovers:{handover.id}",
        details={"person": person.id, "number": number, "content": kept.key},
    )
    return certificate


def _items(work: UnitOfWork, obligations: Obligations, handover: Handover) -> list[tuple[str, list[dict[str, object]]]]:
    rows = work.session.scalars(
        select(HandoverItem)
        .where(HandoverItem.handover_id == handover.id)
        .options(joinedload(HandoverItem.closed_by))
        .order_by(HandoverItem.id)
    ).all()
    of_source: dict[str, list[HandoverItem]] = defaultdict(list)
    for row in rows:
        of_source[row.source].append(row)
    dossiers = {row.dossier_id for row in rows if row.dossier_id is not None}
    clients = {row.client_id for row in rows if row.client_id is not None}
    known = and_(Dossier.level != Level.CORE, Dossier.state == DossierState.OPEN)
    open_dossiers = set(work.session.scalars(select(Dossier.id).where(Dossier.id.in_(dossiers), known)))
    open_clients = set(work.session.scalars(select(Dossier.client_id).where(Dossier.client_id.in_(clients), known)))
    facts = [
        (source.name, item_facts(of_source[source.key], open_dossiers, open_clients, work.zone))
        for source in obligations.sources
    ]
    return [(name, rows) for name, rows in facts if rows]
