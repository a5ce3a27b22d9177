"""Openings of dossiers: whoever signs has not written, and nobody is named who may not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.errors import Invalid, NotPermitted
from portal.core.permissions import Level, Role
from portal.dossiers import services
from portal.dossiers.models import Dossier
from portal.dossiers.services import DraftData
from portal.dossiers.states import DossierState
from tests.factories import make_client, make_department, make_dossier, make_person, make_responsible
from tests.unit.lending_world import World, make_world
from tests.web.visitor import Visitor


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


@pytest.fixture
def of_the_general_manager(world: World) -> Dossier:
    """A draft that the records manager, who could work on it as records staff, is the one to sign."""
    return make_dossier(world.session, world.general, state="draft", title="As it was")


def test_who_signs_does_not_edit_the_draft(world: World, of_the_general_manager: Dossier) -> None:
    draft = of_the_general_manager
    changed = DraftData(draft.department_id, draft.level, "changed by the signer")
    with pytest.raises(NotPermitted):
        services.edit_draft(world.work(world.records), draft.id, draft.row_version, changed)
    world.session.refresh(draft)
    assert draft.title == "As it was"


def test_who_signs_does_not_send_it(world: World, of_the_general_manager: Dossier) -> None:
    draft = of_the_general_manager
    with pytest.raises(NotPermitted):
        services.submit_opening(world.work(world.records), draft.id, draft.row_version)
    assert draft.state == DossierState.DRAFT


def test_other_records_staff_and_the_opener_still_do_and_the_signer_signs(
    world: World, of_the_general_manager: Dossier
) -> None:
    draft = of_the_general_manager
    better = DraftData(draft.department_id, draft.level, "Better")
    services.edit_draft(world.work(world.clerk), draft.id, draft.row_version, better)
    services.submit_opening(world.work(world.general), draft.id, draft.row_version)
    services.decide_opening(world.work(world.records), draft.id, draft.row_version, approve=True)
    assert (draft.title, draft.state) == ("Better", DossierState.OPEN)


def test_nobody_edits_a_draft_into_their_own_department_to_sign_it(world: World) -> None:
    draft = make_dossier(world.session, world.reader, state="draft")
    mine = DraftData(world.records.department_id, draft.level, "mine now")
    with pytest.raises(NotPermitted):
        services.edit_draft(world.work(world.records), draft.id, draft.row_version, mine)


def test_the_pages_offer_the_signer_no_draft_to_edit(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        board, records = make_department(work.session), make_department(work.session)
        general = make_person(work.session, board, Role.GENERAL_MANAGER, login="general", head=True)
        make_person(work.session, records, Role.RECORDS_MANAGER, login="records", head=True)
        make_person(work.session, records, Role.CLERK, login="clerk")
        here = f"/dossiers/{make_dossier(work.session, general, state='draft').id}"
    seen = {who: Visitor(app, who) for who in ("general", "clerk", "records")}
    offered = {who: f"{here}/edit" in visitor.get(here).text for who, visitor in seen.items()}
    assert offered == {"general": True, "clerk": True, "records": False}
    answers = {who: visitor.get(f"{here}/edit").status_code for who, visitor in seen.items()}
    assert answers == {"general": 200, "clerk": 200, "records": 403}


@pytest.mark.parametrize("clearance", list(Level))
def test_a_core_dossier_needs_cleared_employees_also_for_a_client_there_is(world: World, clearance: Level) -> None:
    client = make_client(world.session, world.owner)
    make_dossier(world.session, world.owner, client)
    world.colleague.clearance = clearance
    make_responsible(world.session, world.colleague, client)
    work, draft = world.work(world.records), DraftData(world.head.department_id, Level.CORE)
    if clearance == Level.CORE:
        assert services.open_dossier(work, client.id, draft).level == Level.CORE
    else:
        with pytest.raises(Invalid) as refusal:
            services.open_dossier(work, client.id, draft)
        assert set(refusal.value.fields) == {"level"}
