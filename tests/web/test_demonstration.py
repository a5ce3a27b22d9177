"""`flask demo`: a whole archive out of nothing, by the rules, once, the same for the same day."""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text

from portal.access.models import ReadingGrant
from portal.access.queries import active_grant, findable_by, known_to, readable_by
from portal.accounts.models import Person
from portal.accounts.queries import actor_of, departments, person_by_login
from portal.accounts.services import check_password
from portal.application import create_app
from portal.clients.models import Client
from portal.config import load_settings
from portal.core import outbox, trail
from portal.core.clock import SetClock
from portal.core.errors import NotPermitted
from portal.core.permissions import Role
from portal.core.trail import TrailEntry
from portal.demonstration.archive import TOUR_FAX, demonstration_archive
from portal.demonstration.fill import PASSWORD, fill
from portal.demonstration.log_ins import LOG_INS
from portal.demonstration.undertaking import NOT_YET
from portal.documents.models import Document, DocumentVersion, Page, ReadingState, TextSource
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.home.queries import front_page, inbox_count
from portal.lending import queries as lending
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, LoanState
from portal.search.hits import DocumentHit, RegisterHit
from portal.search.maintenance import compare
from portal.search.queries import Asked, search
from portal.search.saved.queries import saved_searches
from portal.undertaking.queries import Day, breaches, force_today, missing_people, version_with_texts
from tests.conftest import TRAIL_KEY

pytestmark = pytest.mark.xdist_group("demonstration")

TODAY = date(2026, 11, 26)
"""A Thursday: what was issued on Monday is due today. (Nothing ever falls due on a Tuesday or Wednesday.)"""
ARCHIVE = demonstration_archive(TODAY)
EARLY_THAT_DAY = datetime(2026, 11, 26, 0, 30, tzinfo=UTC)
"""Half past eight in Shanghai: what the plan puts on the day itself would come later."""


@pytest.fixture(scope="module")
def make_portal(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Makes portals with an empty migrated database each; a clock and further settings as arguments."""
    server = os.environ.get("PORTAL_TEST_DATABASE")
    portals: list[Any] = []
    names: list[str] = []

    def make(now: datetime = EARLY_THAT_DAY, **environment: str) -> Any:
        data = tmp_path_factory.mktemp("demonstration")
        values = {"PORTAL_DATA": str(data), "PORTAL_TRAIL_KEY": TRAIL_KEY.decode(), **environment}
        if server:
            names.append(f"test_{uuid.uuid4().hex[:12]}")
            _administer(server, f"CREATE DATABASE {names[-1]} TEMPLATE {database_template}")
            values["PORTAL_DATABASE"] = f"{server.rpartition('/')[0]}/{names[-1]}"
        else:
            shutil.copy(database_template, data / "portal.db")
        app = create_app(load_settings(values), clock=SetClock(now))
        portals.append(app)
        return app

    yield make
    for app in portals:
        app.extensions["legajo"].close()
    for name in names:
        _administer(server or "", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()


@pytest.fixture(scope="module")
def made(make_portal: Callable[..., Any]) -> Any:
    """A portal in which `flask demo` has run, and what it said."""
    app = make_portal()
    result = app.test_cli_runner().invoke(args=["demo"])
    assert result.exit_code == 0, result.output
    app.said = result.output
    return app


@pytest.fixture
def work(made: Any) -> Iterator[Any]:
    """A look into the archive."""
    with made.extensions["legajo"].looking() as work:
        yield work


def actor(work: Any, login: str) -> Any:
    person = person_by_login(work.session, login)
    assert person is not None
    return actor_of(work.session, person)


def titles(work: Any, clause: Any) -> set[str]:
    return set(work.session.scalars(select(Dossier.title).where(clause)))


def title_of(key: str) -> str:
    return next(dossier.title for dossier in ARCHIVE.dossiers if dossier.key == key)


def count(work: Any, table: Any) -> int:
    return int(work.session.scalar(select(func.count()).select_from(table)))


class TestWhatIsThere:
    def test_counts(self, work: Any) -> None:
        assert count(work, Person) == 14
        assert count(work, Client) == 12
        assert count(work, Dossier) == 20
        assert count(work, Document) == 45
        assert Counter(work.session.scalars(select(Dossier.state))) == {
            DossierState.OPEN: 18,
            DossierState.SUBMITTED: 1,
            DossierState.DRAFT: 1,
        }

    def test_requests_are_in_every_state(self, work: Any) -> None:
        found = Counter(work.session.scalars(select(RequestLine.state)))
        assert found == Counter(LineState(request.state) for request in ARCHIVE.requests)

    def test_loans_are_late_and_in_time(self, work: Any) -> None:
        mei = actor(work, "mei")
        rows = lending.some_loans(work.session, mei, TODAY, lending.LoanFilter.OPEN, 50).rows
        assert [row.days_late for row in rows] == [10, 3, 0, 0, 0]
        assert lending.loan_counts(work.session, mei, TODAY).due_today == 1
        returned = work.session.scalars(select(Loan).where(Loan.state == LoanState.RETURNED)).all()
        assert Counter(loan.returned_on > loan.due_on for loan in returned) == {False: 6, True: 3}
        states = Counter(work.session.scalars(select(Loan.state)))
        assert states == {LoanState.RETURNED: 9, LoanState.ON_LOAN: 5, LoanState.LOST: 1, LoanState.VOIDED: 1}
        assert all(loan.issued_on.weekday() < 5 and loan.returned_on.weekday() < 5 for loan in returned)

    def test_somebody_has_something_to_do_in_every_place(self, work: Any) -> None:
        assert len(lending.waiting_for_my_decision(work.session, actor(work, "jorge"), TODAY)) == 1
        assert len(lending.waiting_for_my_decision(work.session, actor(work, "mei"), TODAY)) == 2
        assert lending.desk_queue(work.session, actor(work, "tom"), TODAY).total == 2
        assert len(lending.my_loans(work.session, actor(work, "hao"), TODAY)) == 1

    def test_two_grants_are_active(self, work: Any) -> None:
        rows = work.session.execute(
            select(Person.login, Dossier.title)
            .select_from(ReadingGrant)
            .join(Person, Person.id == ReadingGrant.person_id)
            .join(Dossier, Dossier.id == ReadingGrant.dossier_id)
            .where(active_grant(TODAY))
        )
        assert {tuple(row) for row in rows} == {
            ("ana", title_of("mose-campaign")),
            ("emma", title_of("hengda-exclusive")),
        }

    def test_numbers_follow_rule_and_year_without_gaps(self, work: Any) -> None:
        series: dict[str, list[str]] = defaultdict(list)
        rows = work.session.scalars(
            select(Dossier).where(Dossier.state == DossierState.OPEN).order_by(Dossier.decided_at)
        )
        for dossier in rows:
            core = "K" if dossier.level == "core" else ""
            series[f"{core}{dossier.opened_on.year}"].append(dossier.number)
        assert len(series) > 3
        for prefix, numbers in series.items():
            assert numbers == [f"{prefix}-{n:04d}" for n in range(1, len(numbers) + 1)]


class TestLogIns:
    def test_one_for_each_role(self, work: Any) -> None:
        for role, login in LOG_INS.items():
            assert role in actor(work, login).roles
            assert role == Role.EMPLOYEE or role in {r for p in ARCHIVE.people if p.key == login for r in p.roles}
        assert set(LOG_INS) == set(Role)

    @pytest.mark.parametrize("login", LOG_INS.values())
    def test_they_are_printed_kept_and_work(self, made: Any, login: str) -> None:
        sheet = (made.extensions["legajo"].settings.data / "demonstration").read_text(encoding="utf-8")
        assert made.said.endswith(sheet)
        row = next(line.split() for line in sheet.splitlines() if login in line.split())
        password = row[row.index(login) + 1]
        parts = made.extensions["legajo"]
        with parts.looking() as look:
            assert check_password(look, login, password).login == login

    def test_the_sheet_says_where_and_that_it_is_a_demonstration(self, made: Any) -> None:
        assert "http://127.0.0.1:8000/" in made.said
        assert "for demonstration only" in made.said
        assert ARCHIVE.document(TOUR_FAX).phrase in made.said


class TestRights:
    def test_the_tour_dossier_is_found_by_ana_but_not_read(self, work: Any) -> None:
        ana, title = actor(work, "ana"), title_of(ARCHIVE.document(TOUR_FAX).dossier)
        assert title in titles(work, findable_by(ana, Dossier, TODAY))
        assert title not in titles(work, readable_by(ana, Dossier, TODAY))

    def test_hao_reads_his_clients_and_knows_of_no_core_dossier(self, work: Any) -> None:
        hao = actor(work, "hao")
        readable = titles(work, readable_by(hao, Dossier, TODAY))
        assert {title_of("lvyuan-supply"), title_of("lvyuan-tooling")} <= readable
        assert title_of("hengda-supply") not in readable
        core = {dossier.title for dossier in ARCHIVE.dossiers if dossier.level == "core"}
        assert not core & titles(work, known_to(hao, Dossier))

    def test_administrator_and_auditor_read_nothing(self, work: Any) -> None:
        for login in ("sam", "grace"):
            assert not titles(work, readable_by(actor(work, login), Dossier, TODAY))


class TestReading:
    def test_texts_are_read_and_scans_wait(self, work: Any) -> None:
        states = Counter(work.session.scalars(select(DocumentVersion.state)))
        assert states == {ReadingState.READ: 34, ReadingState.WAITING: 12}
        assert set(work.session.scalars(select(Page.source).where(Page.state == ReadingState.READ))) == {
            TextSource.EMBEDDED
        }

    def test_the_tours_fax_is_read_next(self, work: Any) -> None:
        row = outbox.due(work.session, ["open_version", "read_page", "index"], work.now, limit=1)[0]
        assert row.kind == "read_page"
        document = work.session.get_one(Page, int(row.key)).version.document
        assert document.subject == ARCHIVE.document(TOUR_FAX).subject

    def test_the_index_says_what_the_database_says(self, made: Any) -> None:
        found = compare(made.extensions["legajo"])
        assert found.agrees
        assert found.entries == 18 + 45

    def test_a_letter_is_found_by_its_words(self, made: Any, work: Any) -> None:
        letter = ARCHIVE.document("es-carta-cortinas")
        index = made.extensions["legajo"].index
        work.actor = actor(work, "ana")
        hit = search(work, index, Asked(f'"{letter.phrase}"')).hits[0]
        assert isinstance(hit, DocumentHit)
        assert hit.subject == letter.subject
        work.actor = actor(work, "hao")
        assert isinstance(search(work, index, Asked(f'"{letter.phrase}"')).hits[0], RegisterHit)


class TestVersionsAndNews:
    def test_a_better_file_took_the_place_of_a_scan(self, work: Any) -> None:
        twice = select(DocumentVersion.document_id).where(DocumentVersion.number == 2)
        (document,) = work.session.scalars(select(Document).where(Document.id.in_(twice)))
        plan = ARCHIVE.document("en-letter-enamel")
        assert document.subject == plan.subject and document.current.state == ReadingState.READ
        assert plan.phrase in " ".join(page.text for page in document.current.pages).replace("\n", " ")

    def test_a_saved_search_has_news_that_its_owner_may_know_of(self, work: Any) -> None:
        (row,) = saved_searches(work.session, actor(work, "ana"), TODAY)
        assert row.saved.name == "Taladros"
        (news,) = row.news
        assert news.dossier.title == title_of(ARCHIVE.document("es-llamada-taladros").dossier)


class TestUndertaking:
    def test_all_but_two_have_accepted_and_a_breach_was_settled(self, work: Any) -> None:
        force = force_today(work.session, TODAY)
        version = version_with_texts(work.session, force.version_id)
        assert version is not None
        seen = missing_people(
            work.session, {row.id for row in departments(work.session)}, version, Day(TODAY, work.zone, 12), 1
        )
        assert {row.person.login for row in seen.rows} == NOT_YET
        assert not NOT_YET & set(LOG_INS.values())
        (breach,) = breaches(work.session, actor(work, "mei"), only_open=False, number=1).rows
        assert breach.closed_at is not None


class TestInbox:
    def test_the_number_in_the_frame_is_that_of_the_lists(self, made: Any, work: Any) -> None:
        counts: dict[str, int] = {}
        for person in work.session.scalars(select(Person)):
            who = actor_of(work.session, person)
            page = front_page(work.session, who, work.now, work.today)
            late = [held for held in page.loans if held.row.days_late > 0]
            counts[person.login] = inbox_count(work.session, who, work.today)
            lists = page.decisions.total + len(page.openings) + len(late) + len(page.answered)
            assert counts[person.login] == lists + page.waiting.notices
        assert sum(counts.values()) > 3


class TestTrail:
    def test_it_verifies_and_everything_is_sealed(self, work: Any) -> None:
        found = trail.verify(work.session, work.trail_key, work.now)
        assert found.sound
        assert found.entries == found.seals > 200

    def test_it_tells_the_history_in_order_and_nothing_of_the_future(self, work: Any) -> None:
        moments = list(work.session.scalars(select(TrailEntry.at).order_by(TrailEntry.id)))
        assert moments == sorted(moments)
        assert moments[-1] <= EARLY_THAT_DAY
        assert moments[0].year == 2022

    def test_everything_but_the_accounts_was_done_by_somebody(self, work: Any) -> None:
        unnamed = set(work.session.scalars(select(TrailEntry.action).where(TrailEntry.actor_id.is_(None))))
        assert unnamed == {"department:add", "person:add", "department:lead", "request:expire"}


class TestOnce:
    def test_a_second_time_is_refused_and_changes_nothing(self, made: Any, work: Any) -> None:
        before = count(work, TrailEntry), count(work, Person)
        result = made.test_cli_runner().invoke(args=["demo"])
        assert result.exit_code == 1
        assert "is not empty" in result.output
        work.session.rollback()
        assert (count(work, TrailEntry), count(work, Person)) == before

    def test_what_breaks_a_rule_leaves_the_archive_empty(self, make_portal: Callable[..., Any]) -> None:
        """The last loan is handed out by somebody who may not: all that went before is undone."""
        parts = make_portal().extensions["legajo"]
        loans = (*ARCHIVE.loans[1:], replace(ARCHIVE.loans[0], issued_by="ana"))
        with pytest.raises(NotPermitted):
            fill(parts, replace(ARCHIVE, documents=(), loans=loans))
        with parts.looking() as work:
            assert count(work, Person) == count(work, Dossier) == count(work, TrailEntry) == 0

    def test_the_same_day_gives_the_same_archive(self, make_portal: Callable[..., Any], work: Any) -> None:
        parts = make_portal(datetime(2026, 12, 3, 9, 0, tzinfo=UTC)).extensions["legajo"]
        fill(parts, replace(ARCHIVE, documents=()))
        with parts.looking() as again:
            for columns in (
                (Dossier.number, Dossier.title, Dossier.level, Dossier.opened_on, Dossier.opened_by_id),
                (Loan.issued_on, Loan.due_on, Loan.returned_on, Loan.borrower_id, Loan.volume_id),
                (RequestLine.reader_id, RequestLine.dossier_id, RequestLine.state, RequestLine.expires_on),
            ):
                query = select(*columns).order_by(columns[0].class_.id)
                assert again.session.execute(query).all() == work.session.execute(query).all()


class TestRefusals:
    def test_never_in_production(self, make_portal: Callable[..., Any]) -> None:
        app = make_portal(PORTAL_ENV="production", PORTAL_SECRET_KEY="k" * 40)
        result = app.test_cli_runner().invoke(args=["demo"])
        assert result.exit_code == 1
        assert "never made in production" in result.output

    def test_not_for_a_day_to_come(self, make_portal: Callable[..., Any]) -> None:
        result = make_portal().test_cli_runner().invoke(args=["demo", "--today", "2026-11-27"])
        assert result.exit_code == 1
        assert "still to come" in result.output

    def test_not_without_the_schema(self, tmp_path: Any) -> None:
        app = create_app(load_settings({"PORTAL_DATA": str(tmp_path)}))
        result = app.test_cli_runner().invoke(args=["demo"])
        app.extensions["legajo"].close()
        assert result.exit_code == 1
        assert "flask db upgrade" in result.output


def test_the_password_keeps_the_rule_for_everybody() -> None:
    assert len(PASSWORD) >= 10
    assert not [person.key for person in ARCHIVE.people if person.key in PASSWORD]
