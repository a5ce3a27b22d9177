"""The rows behind the figures as lists: on random archives, complete, in words, and without anything of core."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.access.models import ReadingGrant
from portal.access.queries import client_readable_by, readable_by
from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.clients.models import Client
from portal.core.clock import SetClock
from portal.core.permissions import Actor, Level, Permission, Role
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Document
from portal.dossiers.models import Dossier, Volume
from portal.dossiers.states import DossierState
from portal.lending import queries
from portal.lending.models import Loan, Request, RequestLine
from portal.lending.queries.requests import visible_to
from portal.lending.states import LoanState
from portal.reports.periods import Period, PeriodKind
from portal.reports.queries.counting import as_audience
from portal.reports.queries.declaring import Figure, Scope, Thing
from portal.reports.queries.listings import LISTINGS, MOST_LISTED, OWN_COLUMN, listed, rows_shown
from portal.reports.queries.listings.uses import days_late
from portal.reports.queries.lists import count_list
from portal.reports.queries.rows import rows_behind
from portal.reports.queries.sections import SECTIONS, figure_named
from portal.reports.services.counting import count
from portal.reports.statistics.counted import Audience, Name
from portal.reports.statistics.lists import ListOf, ListSpec
from portal.reports.statistics.storing import stored
from tests.conftest import TRAIL_KEY
from tests.unit.reports.archives import Drawing, make_archive
from tests.unit.reports.figures_archive import MARCH_BEGINS
from tests.unit.reports.lending_archive import LendingArchive

FIGURES = [figure for section in SECTIONS for figure in section.figures]
ALL = 100_000


def _figure(name: str) -> Figure:
    figure = figure_named(name)
    assert figure is not None
    return figure


class Archive:
    """A random archive, and the scopes in which people look at it."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.drawing: Drawing = make_archive(session, seed)
        self.keeper = actor_of(session, session.get_one(Person, 1))
        self.whole = Period(PeriodKind.DAYS, date(2018, 1, 1), self.drawing.today)
        self.core = set(session.scalars(select(Dossier.id).where(Dossier.level == Level.CORE)))

    def scope(self, audience: Audience, actor: Actor | None = None) -> Scope:
        """All the time there was, for an audience of which the acting person is one."""
        seer = as_audience(actor or self.keeper, audience)
        drawing = self.drawing
        return Scope(self.session, seer, self.whole, drawing.today, drawing.now, drawing.zone)


@pytest.fixture(params=[0, 5])
def archive(session: Session, request: Any) -> Archive:
    """Two of the archives on which the figures are proved."""
    return Archive(session, request.param)


def test_every_thing_has_a_list() -> None:
    assert set(LISTINGS) == set(Thing)


def test_own_columns_are_dimensions() -> None:
    assert {one.name for figure in FIGURES for one in figure.dimensions} >= OWN_COLUMN


@pytest.mark.parametrize("audience", list(Audience))
def test_every_row_counted_is_listed(archive: Archive, audience: Audience) -> None:
    scope = archive.scope(audience)
    seen = set()
    for figure in FIGURES:
        shown = rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=ALL)
        assert shown.withheld == 0, figure.name
        assert len(shown.rows) == shown.total, figure.name
        for row in shown.rows:
            assert len(row.thing.cells) == len(shown.columns)
            assert len(row.names) == len(shown.by)
        seen |= {figure.of} if shown.rows else set()
    assert seen == set(Thing)


def test_the_list_for_everyone_leads_to_no_core_dossier(archive: Archive) -> None:
    """The keeper is cleared; what is made for everyone names no core dossier even to them."""
    numbers = set(archive.session.scalars(select(Dossier.number).where(Dossier.id.in_(archive.core)))) - {None}
    found = {audience: _named(archive, audience) for audience in Audience}
    assert found[Audience.CORE] & numbers
    assert not found[Audience.EVERYONE] & numbers


def _named(archive: Archive, audience: Audience) -> set[Any]:
    scope = archive.scope(audience)
    texts: set[Any] = set()
    for figure in FIGURES:
        shown = rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=ALL)
        for row in shown.rows:
            texts |= {cell.text if isinstance(cell, Name) else cell for cell in row.thing.cells}
            dossiers = {link.id for link in row.thing.links.values() if link.to in ("dossier", "client")}
            assert audience is Audience.CORE or not dossiers & archive.core, figure.name
    return texts


def test_no_dimension_names_a_core_dossier(archive: Archive) -> None:
    """Not in what stands for everyone, whoever counted it, and not in the file that is kept."""
    drawing = archive.drawing
    work = UnitOfWork(archive.session, SetClock(drawing.now), drawing.zone, TRAIL_KEY, archive.keeper)
    numbers = set(archive.session.scalars(select(Dossier.number).where(Dossier.id.in_(archive.core)))) - {None}
    period = Period(PeriodKind.DAYS, drawing.today - timedelta(days=900), drawing.today)
    named = {}
    for audience in Audience:
        statistics = count(work, audience, period)
        groups = [group for one in statistics.figures() for part in one.breakdowns for group in part.groups]
        names = [group.name.text.split(" ")[0] for group in groups]
        rows = [row[0] for one in statistics.figures() if one.register for row in one.register.rows]
        named[audience] = {*names, *rows} & numbers
        if audience is Audience.EVERYONE:
            assert "core" not in {group.key for group in groups}
            assert not [number for number in numbers if f'"{number}' in stored(statistics).decode()]
    assert not named[Audience.EVERYONE]
    assert named[Audience.CORE]


def test_a_list_names_nothing_that_a_figure_counted_by_mistake(archive: Archive) -> None:
    """A select that forgot who may know what would count too much; its list would still name nothing of core."""
    scope = archive.scope(Audience.EVERYONE)
    careless = replace(
        _figure("dossiers-held"),
        rows=lambda _: select(Dossier.id.label("subject")).where(Dossier.state == DossierState.OPEN),
        by=(),
        crossed=(),
    )
    shown = rows_shown(careless, scope, {}, whole=archive.whole, offset=0, limit=ALL)
    assert shown.withheld > 0
    assert not {row.thing.links[0].id for row in shown.rows} & archive.core


def test_the_pages_of_a_list_make_the_whole(archive: Archive) -> None:
    scope = archive.scope(Audience.CORE)
    for name in ("fields-missing", "pages-filed", "renewals"):
        figure = _figure(name)
        whole = rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=ALL).rows
        pages = [
            rows_shown(figure, scope, {}, whole=archive.whole, offset=start, limit=7).rows
            for start in range(0, len(whole), 7)
        ]
        assert tuple(row for page in pages for row in page) == whole, name


def test_amounts_add_up_to_the_figure(archive: Archive) -> None:
    scope = archive.scope(Audience.CORE)
    for name in ("pages-held", "bytes-kept"):
        shown = rows_shown(_figure(name), scope, {}, whole=archive.whole, offset=0, limit=ALL)
        assert sum(row.amount or 0 for row in shown.rows) == shown.value
        assert shown.has_amounts


def test_subjects_are_for_those_who_may_read(archive: Archive) -> None:
    """A manager reads the dossiers of clients they look after, or that were granted to them; and no others."""
    manager = _manager(archive)
    granted = archive.session.scalars(
        select(Document.dossier_id).join(Dossier).where(Dossier.level == Level.GENERAL, Dossier.state == "open")
    ).first()
    assert granted is not None
    archive.session.add(
        ReadingGrant(
            id=999_999,
            person_id=manager.id,
            dossier_id=granted,
            granted_at=archive.drawing.now,
            until_date=archive.drawing.today,
            granted_by_id=1,
        )
    )
    archive.session.flush()
    scope = archive.scope(Audience.EVERYONE, manager)
    mine = set(archive.session.scalars(select(Dossier.id).where(readable_by(scope.actor, Dossier, scope.today))))
    assert granted in mine
    for figure in FIGURES:
        if figure.of in (Thing.DOCUMENTS, Thing.PAGES):
            shown = rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=ALL)
            assert {row.thing.links[0].id for row in shown.rows} <= mine, figure.name
            assert shown.withheld == shown.total - len(shown.rows) > 0, figure.name
            if figure.name == "documents-held":
                assert granted in {row.thing.links[0].id for row in shown.rows}


def test_a_key_that_tells_of_a_client_names_only_those_one_may_read_of(archive: Archive) -> None:
    """By rank, industry or a missing field, a row would say what its columns withhold; the number stays."""
    manager = _manager(archive)
    scope, whole = archive.scope(Audience.EVERYONE, manager), archive.whole
    of_clients = select(Client.id).where(client_readable_by(scope.actor, Client, aliased(Dossier), scope.today))
    dossiers = set(archive.session.scalars(select(Dossier.id).where(Dossier.client_id.in_(of_clients))))
    asked = 0
    for figure in FIGURES:
        for one in figure.dimensions:
            if not (one.beyond_register or figure.beyond_register):
                continue
            found = rows_behind(figure, scope, {}, whole=whole, limit=None, with_keys=(one,))
            for key in {keys[0] for keys in found.keys}:
                shown = rows_shown(figure, scope, {one.name: key}, whole=whole, offset=0, limit=ALL)
                assert {row.thing.links[0].id for row in shown.rows} <= dossiers, (figure.name, one.name, key)
                assert len(shown.rows) + shown.withheld == shown.total > 0
                for_keeper = rows_shown(
                    figure, archive.scope(Audience.EVERYONE), {one.name: key}, whole=whole, offset=0, limit=ALL
                )
                assert (for_keeper.value, for_keeper.withheld) == (shown.value, 0)
                asked += shown.withheld
    assert asked > 100


@pytest.mark.parametrize("name", ["clients-incomplete", "fields-missing", "yearly-reports-missing"])
def test_a_figure_that_tells_of_a_client_names_only_those_one_may_read_of(archive: Archive, name: str) -> None:
    scope = archive.scope(Audience.EVERYONE, _manager(archive))
    shown = rows_shown(_figure(name), scope, {}, whole=archive.whole, offset=0, limit=ALL)
    mine = client_readable_by(scope.actor, Client, aliased(Dossier), scope.today)
    assert {row.thing.cells[0] for row in shown.rows} <= set(archive.session.scalars(select(Client.name).where(mine)))
    assert shown.withheld > 0


def test_what_says_more_than_the_register_is_marked() -> None:
    """A field of the client that its row withholds is marked wherever figures are divided by it."""
    marked = {one.name for figure in FIGURES for one in figure.dimensions if one.beyond_register}
    kinds = {"client_kind", "client_rank", "country", "industry", "client_size", "currency", "capital", "field"}
    assert marked == kinds


def test_the_purpose_of_a_request_that_asks_for_a_core_dossier_too_is_not_stated(session: Session) -> None:
    """The words are of the whole request: on the line of the general dossier they would name the core one."""
    shelves = LendingArchive(session)
    plain = shelves.line(MARCH_BEGINS, purpose="Audit")
    mixed = shelves.line(MARCH_BEGINS, purpose="Lawsuit against Secret Works")
    shelves.line(MARCH_BEGINS, of=shelves.core, purpose="To be in one form").request = mixed.request
    session.flush()
    assert len(mixed.request.lines) == 2
    found = {}
    for audience in Audience:
        counted = shelves.count("requests-submitted", audience=audience)
        (by,) = (one for one in counted.breakdowns if one.name == "purpose")
        found[audience] = {group.key: group.values.this for group in by.groups}
    assert found[Audience.EVERYONE] == {"Audit": 1, "": 1}
    assert found[Audience.CORE] == {"Audit": 1, "Lawsuit against Secret Works": 2}
    assert plain.request_id != mixed.request_id


def test_requests_and_grants_are_for_those_who_may_open_them(archive: Archive) -> None:
    manager = _manager(archive)
    for name in ("requests-submitted", "requests-settled", "grants-given"):
        assert rows_shown(
            _figure(name), archive.scope(Audience.EVERYONE), {}, whole=archive.whole, offset=0, limit=ALL
        ).rows
        scope = archive.scope(Audience.EVERYONE, manager)
        shown = rows_shown(_figure(name), scope, {}, whole=archive.whole, offset=0, limit=ALL)
        assert shown.withheld > 0, name
        assert len(shown.rows) + shown.withheld == shown.total == shown.value
        if name == "grants-given":
            assert {row.thing.cells[2] for row in shown.rows} <= {"Person 13"}
        else:
            lines = archive.session.scalars(
                select(RequestLine)
                .join(Request)
                .join(Dossier, Dossier.id == RequestLine.dossier_id)
                .where(visible_to(scope.actor, scope.today))
            )
            assert {row.thing.cells[2] for row in shown.rows} <= {line.reader.name for line in lines}


def test_of_a_client_whose_dossiers_one_may_not_read_the_name_alone_is_shown(archive: Archive) -> None:
    untold = []
    for actor in (archive.keeper, _manager(archive)):
        scope = archive.scope(Audience.EVERYONE, actor)
        shown = rows_shown(_figure("clients-known"), scope, {}, whole=archive.whole, offset=0, limit=ALL)
        mine = client_readable_by(scope.actor, Client, aliased(Dossier), scope.today)
        readable = set(archive.session.scalars(select(Client.name).where(mine)))
        assert {row.thing.cells[0] for row in shown.rows if any(row.thing.cells[1:])} <= readable
        untold.append([row for row in shown.rows if not any(row.thing.cells[1:])])
    assert not untold[0] and untold[1]


def _manager(archive: Archive) -> Actor:
    """Makes reports and has no other right: not of the records department, head of nothing, responsible for nobody."""
    return replace(
        archive.keeper, id=13, roles=frozenset({Role.EMPLOYEE, Role.MANAGER}), headed_departments=frozenset()
    )


def test_who_looked_at_pages_is_for_those_who_may_see_the_trail(archive: Archive) -> None:
    figure = _figure("page-looks")
    whole = archive.whole
    for actor, told in ((archive.keeper, True), (_manager(archive), False)):
        assert actor.may(Permission.TRAIL_VIEW) is told
        shown = rows_shown(figure, archive.scope(Audience.EVERYONE, actor), {}, whole=whole, offset=0, limit=ALL)
        assert bool(shown.rows) is told
        assert (shown.withheld == 0) is told
        assert any(row.thing.cells[1] for row in shown.rows) is told
        assert shown.total == shown.value > 0


def test_handovers_are_for_those_who_may_see_them(archive: Archive) -> None:
    """Who makes reports learns how many there were, and not whose, their own apart."""
    figure = _figure("handovers-opened")
    scope = archive.scope(Audience.EVERYONE, _manager(archive))
    shown = rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=ALL)
    assert {row.thing.cells[0] for row in shown.rows} <= {"Person 13"}
    assert shown.withheld > 0
    assert shown.withheld + len(shown.rows) == shown.total == shown.value


def test_the_register_of_overdue_loans_is_longest_late_first(archive: Archive) -> None:
    figure, scope = _figure("volumes-overdue"), archive.scope(Audience.EVERYONE)
    register = listed(scope, figure)
    headings = [column.heading for column in register.columns]
    assert headings == ["Dossier", "Client", "Volume", "Borrower", "Department", "Issued on", "Due on", "Days late"]
    late = [row[7] for row in register.rows]
    assert late == sorted(late, reverse=True)
    assert late
    assert min(late) > 0
    core = set(archive.session.scalars(select(Volume.barcode).where(Volume.dossier_id.in_(archive.core))))
    assert not {row[2] for row in register.rows} & core
    assert (
        len(register.rows) + register.left_out
        == rows_shown(figure, scope, {}, whole=archive.whole, offset=0, limit=1).total
    )


def test_a_register_holds_the_longest_late_where_it_cannot_hold_all(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, scope = _figure("volumes-overdue"), archive.scope(Audience.CORE)
    whole = listed(scope, figure)
    assert len(whole.rows) < MOST_LISTED
    monkeypatch.setattr("portal.reports.queries.listings.MOST_LISTED", 3)
    short = listed(scope, figure)
    assert short.rows == whole.rows[:3]
    assert short.left_out == len(whole.rows) - 3


def test_other_figures_can_be_listed_too(archive: Archive) -> None:
    register = listed(archive.scope(Audience.EVERYONE), _figure("clients-known"))
    assert register.rows
    assert all(isinstance(cell, str) for row in register.rows for cell in row)


def test_days_late() -> None:
    due = date(2024, 2, 28)
    out, back = LoanState.ON_LOAN, LoanState.RETURNED
    assert days_late(out, due, None, date(2024, 3, 1)) == 2
    assert days_late(back, due, date(2024, 2, 29), date(2024, 3, 5)) == 1
    assert days_late(back, due, date(2024, 3, 5), date(2024, 3, 1)) == 2
    assert days_late(back, due, due, date(2024, 3, 1)) == 0
    assert days_late(out, due, None, due) == 0
    assert days_late(LoanState.LOST, due, None, date(2025, 3, 1)) == 0


def test_what_is_lost_grows_no_later_in_a_custom_list(archive: Archive) -> None:
    """The custom list, the rows behind the figures and the loans' own pages say the same."""
    scope = archive.scope(Audience.CORE)
    spec = ListSpec(ListOf.LOANS, fields=("dossier", "volume", "issued_on", "due_on", "returned_on", "days_late"))
    rows = count_list(spec, scope, Audience.CORE).register.rows
    loans = archive.session.scalars(
        select(Loan)
        .join(Volume, Volume.id == Loan.volume_id)
        .join(Dossier, Dossier.id == Volume.dossier_id)
        .where(scope.known, scope.on_days(Loan.issued_on), Loan.state != LoanState.VOIDED)
        .order_by(Loan.issued_on, Loan.id)
    ).all()
    lost = [loan for loan in loans if loan.state == LoanState.LOST and loan.due_on < scope.today]
    assert lost
    assert [row[-1] for row in rows] == [queries.days_late(loan, scope.today) for loan in loans]


def test_loans_say_how_late_they_were(archive: Archive) -> None:
    scope = archive.scope(Audience.CORE)
    shown = rows_shown(_figure("returned-late"), scope, {}, whole=archive.whole, offset=0, limit=ALL)
    assert shown.rows
    loans = {loan.id: loan for loan in archive.session.scalars(select(Loan))}
    for row in shown.rows:
        loan = loans[row.thing.links[2].id]
        assert loan.returned_on is not None
        assert row.thing.cells[7] == (loan.returned_on - loan.due_on).days
