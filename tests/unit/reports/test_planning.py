"""How SQLite goes about a figure: from the rows of the period to their dossiers, not the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import or_, select

from portal.accounts.models import Department
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.reports.queries.planning import mostly
from tests.factories import make_department, make_person


def test_dossiers_are_looked_up_not_begun_with(session: Any) -> None:
    if session.bind.dialect.name != "sqlite":
        pytest.skip("the advice is for SQLite, which keeps no statistics")
    official = Dossier.state == DossierState.OPEN
    joined = select(Document.id).join(Dossier, Dossier.id == Document.dossier_id)
    assert [_first_table(session, joined.where(where)) for where in (official, mostly(official))] == [
        "dossiers",
        "documents",
    ]


def test_the_condition_says_what_it_said(session: Any) -> None:
    sales, legal = (make_department(session, name) for name in ("Sales", "Legal"))
    head = make_person(session, sales, head=True)
    make_person(session, legal)
    headed = mostly(or_(Department.head_id == head.id, Department.name == "Nobody"))  # Of Legal, it is not known.
    assert session.scalars(select(Department.name).where(headed, Department.id > 0)).all() == ["Sales"]
    assert session.scalars(select(Department.name).where(~headed, Department.id > 0)).all() == []


def _first_table(session: Any, query: Any) -> str:
    compiled = query.compile(session.bind, compile_kwargs={"literal_binds": True})
    step = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").first()
    return str(step.detail).split()[1]
