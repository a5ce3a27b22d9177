"""A reading grant is for reading: whoever holds one files nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.access.models import ReadingGrant
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.core.errors import NotFound
from portal.documents.models import Direction, DocumentKind
from portal.documents.reading.kinds import FileKind
from portal.documents.services import DocumentFacts, KeptFile, file_document
from portal.dossiers.models import Dossier
from tests.factories import make_grant
from tests.web.documents_world import Visitor, World, counts, make_world, pdf, upload


@pytest.fixture
def world(parts: Any) -> World:
    """`nobody` holds a grant to read the general dossier."""
    world = make_world(parts)
    with parts.writing() as work:
        reader, keeper = (
            work.session.scalars(select(Person).where(Person.login == login)).one() for login in ("nobody", "keeper")
        )
        dossier = work.session.get_one(Dossier, world.general)
        make_grant(work.session, reader, dossier, keeper, work.today + timedelta(days=7))
    return world


def test_the_holder_reads_but_sees_no_button_to_file(app: Any, world: World) -> None:
    here = f"/dossiers/{world.general}"
    holder, responsible = (Visitor(app, login).get(here).text for login in ("nobody", "amparo"))
    assert f"{here}/documents/new" in responsible
    assert f"{here}/documents/new" not in holder
    assert "Ask to read" not in holder, "the holder reads it already"


def test_the_page_is_not_there_for_the_holder(app: Any, world: World) -> None:
    assert Visitor(app, "nobody").get(f"/dossiers/{world.general}/documents/new").status_code == 404
    assert Visitor(app, "amparo").get(f"/dossiers/{world.general}/documents/new").status_code == 200


@pytest.mark.parametrize("script", [True, False])
def test_what_the_holder_sends_is_not_kept(app: Any, parts: Any, world: World, script: bool) -> None:
    holder = Visitor(app, "nobody")
    hidden = holder.hidden_fields(f"/requests/new?dossier={world.general}&kind=borrow")
    fields = {"csrf_token": hidden["csrf_token"], "once": hidden["once"]}
    answer = upload(holder, world.general, ("a.pdf", pdf()), script=script, **fields)
    assert answer.status_code == 404
    assert counts(parts) == (0, 0, 0)
    assert list(parts.store.keys()) == []


def test_the_service_refuses_the_holder(parts: Any, world: World) -> None:
    facts = DocumentFacts(DocumentKind.LETTER, Direction.INCOMING, date(2026, 2, 27))
    kept = KeptFile("a" * 64, "a.pdf", FileKind.PDF, 1000)
    with parts.looking() as work:
        holder = work.session.scalars(select(Person).join(ReadingGrant, ReadingGrant.person_id == Person.id)).one()
        actor = actor_of(work.session, holder)
    with parts.looking(actor) as work, pytest.raises(NotFound):
        file_document(work, world.general, facts, kept)
