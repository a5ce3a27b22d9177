"""The inbox, the number beside it, and `flask lending remind`."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select

from portal.accounts.models import Department, Person
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level
from portal.dossiers.models import Dossier
from portal.lending import services
from portal.lending.models import Loan, RequestLine
from portal.lending.states import RequestKind
from portal.notices.kinds import REMINDERS, NoticeKind
from portal.notices.models import Notice
from portal.notices.services import MAIL, notify
from tests.factories import actor
from tests.unit.lending_world import TEXTS
from tests.web.visitor import Visitor

DUE = date(2026, 3, 5)


def tell(parts: Any, login: str, kind: NoticeKind, occasion: str, dossier_id: int, **more: Any) -> int:
    with parts.writing() as work:
        person = work.session.scalars(select(Person).where(Person.login == login)).one()
        assert notify(work, person.id, kind, occasion, dossier_id=dossier_id, **more)
        return work.session.scalars(select(Notice.id).order_by(Notice.id.desc())).first() or 0


def number_in_frame(page: str) -> int:
    return int(re.search(r'class="count"[^>]*>(\d+)<', page)[1])  # type: ignore[index]


def headings(page: str) -> list[str]:
    return re.findall(r"<h2><a[^>]*>([^<]*)</a>", page)


@pytest.fixture
def lent(parts: Any, world: Any) -> int:
    """A file of the general dossier that Amparo holds since Monday 2 March, due on the 5th; returns the loan's id."""
    with parts.writing() as work:
        people = {row.login: row for row in work.session.scalars(select(Person))}
        department = work.session.get(Department, people["amparo"].department_id)
        department.head_id = people["nobody"].id

        def as_(login: str) -> Any:
            work.actor = actor(work.session, people[login])
            return work

        request = services.file_request(as_("amparo"), kind=RequestKind.BORROW, dossier_ids=[world.general], **TEXTS)
        line: RequestLine = request.lines[0]
        services.decide_as_head(as_("nobody"), line.id, line.row_version, approve=True)
        (loan,) = services.issue_line(as_("clerk"), line.id, line.row_version)
        for notice in work.session.scalars(select(Notice)):
            notice.read_at = work.now
        return loan.id


def test_an_empty_inbox_says_what_will_be_in_it(amparo: Visitor) -> None:
    page = amparo.get("/inbox").text
    assert "No notices yet" in page
    assert "Mark all as read" not in page
    assert number_in_frame(page) == 0


def test_notices_are_listed_newest_first_and_counted_until_read(parts: Any, world: Any, amparo: Visitor) -> None:
    first = tell(parts, "amparo", NoticeKind.GRANT_ENDED, "1", world.general)
    tell(parts, "amparo", NoticeKind.REQUEST_READY, "2", world.general, until=DUE)
    tell(parts, "nobody", NoticeKind.GRANT_ENDED, "1", world.general)
    page = amparo.get("/inbox").text
    assert headings(page) == ["Your request to borrow is approved", "A permission to read has ended"]
    assert f"gets dossier {world.general_number} from the shelf for you" in page
    assert "collect it at the desk until Thu, Mar 5, 2026." in page
    assert number_in_frame(page) == number_in_frame(amparo.get("/").text) == 2
    answer = amparo.post(f"/inbox/{first}/read", {}, shown_at="/inbox")
    assert answer.status_code == 302
    page = amparo.get("/inbox").text
    assert len(headings(page)) == 2
    assert number_in_frame(page) == 1
    amparo.post("/inbox/read", {}, shown_at="/inbox", action="/inbox/read")
    assert number_in_frame(amparo.get("/inbox").text) == 0


def test_a_signature_somebody_has_given_is_news_no_longer(app: Any, parts: Any, world: Any) -> None:
    with parts.writing() as work:
        people = {row.login: row for row in work.session.scalars(select(Person))}
        work.session.get(Department, people["amparo"].department_id).head_id = people["nobody"].id
        work.actor = actor(work.session, people["amparo"])
        filed = services.file_request(work, kind=RequestKind.BORROW, dossier_ids=[world.general], **TEXTS)
        line_id, version = filed.lines[0].id, filed.lines[0].row_version
    head = Visitor(app, "nobody")
    assert ("New</span>" in head.get("/inbox").text, "Settled" in head.get("/inbox").text) == (True, False)
    with parts.writing() as work:
        work.actor = actor(work.session, work.session.scalars(select(Person).where(Person.login == "nobody")).one())
        services.decide_as_head(work, line_id, version, approve=True)
    page = head.get("/inbox").text
    assert ("New</span>" in page, "Settled" in page, "Mark as read" in page) == (False, True, False)


def test_all_read_reads_what_was_shown_not_what_came_meanwhile(parts: Any, world: Any, amparo: Visitor) -> None:
    tell(parts, "amparo", NoticeKind.GRANT_ENDED, "1", world.general)
    form = amparo.hidden_fields("/inbox", "/inbox/read")
    tell(parts, "amparo", NoticeKind.GRANT_ENDED, "2", world.general)
    amparo.client.post("/inbox/read", data=form, headers=amparo.headers)
    assert number_in_frame(amparo.get("/inbox").text) == 1


def test_a_notice_leads_to_its_dossier_and_is_read(parts: Any, world: Any, amparo: Visitor) -> None:
    notice = tell(parts, "amparo", NoticeKind.GRANT_ENDED, "1", world.general)
    answer = amparo.get(f"/inbox/{notice}")
    assert answer.location.endswith(f"/dossiers/{world.general}")
    assert number_in_frame(amparo.get("/inbox").text) == 0


def test_a_link_from_a_mail_asks_for_the_log_in_first(app: Any, parts: Any, world: Any) -> None:
    notice = tell(parts, "amparo", NoticeKind.GRANT_ENDED, "1", world.general)
    answer = Visitor(app).get(f"/inbox/{notice}")
    assert answer.location.endswith(f"/log-in?next=/inbox/{notice}")


@pytest.mark.parametrize("address", ["/inbox/{}", "/inbox/99999"])
def test_somebody_elses_notice_is_not_there(parts: Any, world: Any, amparo: Visitor, address: str) -> None:
    notice = tell(parts, "nobody", NoticeKind.GRANT_ENDED, "1", world.general)
    assert amparo.get(address.format(notice)).status_code == 404
    form = amparo.hidden_fields("/inbox")
    answer = amparo.client.post(f"{address.format(notice)}/read", data=form, headers=amparo.headers)
    assert answer.status_code == 404
    with parts.looking() as work:
        assert work.session.get(Notice, notice).read_at is None


def test_a_core_dossier_is_told_of_only_to_those_cleared(parts: Any, world: Any, app: Any) -> None:
    hidden = tell(parts, "nobody", NoticeKind.GRANT_ENDED, "1", world.core)
    tell(parts, "nobody", NoticeKind.LOAN_RECALLED, "1", world.core, volume="V-9", due_on=DUE)
    visitor = Visitor(app, "nobody")
    page = visitor.get("/inbox").text
    assert headings(page) == ["A file is called back"]
    assert "Please" not in page
    assert "Volume V-9, which you hold, is needed: please bring it back by Thu, Mar 5, 2026." in page
    assert world.core_number not in page
    assert number_in_frame(page) == 1
    assert visitor.get(f"/inbox/{hidden}").location.endswith("/inbox")
    with parts.writing() as work:
        work.session.scalars(select(Person).where(Person.login == "nobody")).one().clearance = Level.CORE
    assert world.core_number in visitor.get("/inbox").text


def test_what_waits_is_named_above_and_counted_until_it_is_dealt_with(
    app: Any, parts: Any, clock: Any, lent: int, amparo: Visitor
) -> None:
    """A late loan is one thing, not one thing for each day and notice; reading about it does not bring it back."""
    runner = app.test_cli_runner()
    for day in (6, 7):
        clock.put(datetime(2026, 3, day, 1, tzinfo=UTC))
        runner.invoke(args=["lending", "remind"])
    amparo = Visitor(app, "amparo")
    page = amparo.get("/inbox").text
    assert headings(page)[:2] == ["A file is overdue", "A file is overdue"]
    assert "1 overdue loan" in page
    assert number_in_frame(page) == 1
    amparo.post("/inbox/read", {}, shown_at="/inbox", action="/inbox/read")
    assert number_in_frame(amparo.get("/inbox").text) == 1
    assert amparo.get(f"/inbox/{notice_of(parts, 'amparo')}").location.endswith(f"/loans/{lent}")


def notice_of(parts: Any, login: str) -> int:
    with parts.looking() as work:
        query = select(Notice.id).join(Person, Person.id == Notice.person_id).where(Person.login == login)
        return work.session.scalars(query.order_by(Notice.id.desc())).first() or 0


def test_long_inboxes_have_pages_and_few_queries(app: Any, parts: Any, world: Any, amparo: Visitor) -> None:
    for number in range(60):
        tell(parts, "amparo", NoticeKind.GRANT_ENDED, str(number), world.general)
    queries: list[str] = []

    def note(*details: Any) -> None:
        queries.append(details[2])

    with app.app_context():
        engine = app.extensions["legajo"].new_session().get_bind()
    event.listen(engine, "before_cursor_execute", note)
    page = amparo.get("/inbox").text
    event.remove(engine, "before_cursor_execute", note)
    assert len(headings(page)) == 50
    assert len(headings(amparo.get("/inbox?page=2").text)) == 10
    assert len(queries) <= 15, "\n".join(queries)


class TestRemind:
    def test_it_prints_what_it_told(self, app: Any, parts: Any, clock: Any, lent: int) -> None:
        runner = app.test_cli_runner()
        clock.put(datetime(2026, 3, 6, 1, tzinfo=UTC))
        told = json.loads(runner.invoke(args=["lending", "remind", "--json"]).output)
        assert told == {
            "on": "2026-03-06",
            "borrowers": 1,
            "escalations": 1,
            "signatures": 0,
            "grants": 0,
            "notices": 2,
        }
        again = runner.invoke(args=["lending", "remind"])
        assert again.exit_code == 0
        assert again.output.startswith("2026-03-06: 0 notices")

    def test_on_another_day(self, app: Any, parts: Any, lent: int) -> None:
        runner = app.test_cli_runner()
        told = json.loads(runner.invoke(args=["lending", "remind", "--on", "2026-03-08", "--json"]).output)
        assert (told["on"], told["borrowers"], told["escalations"]) == ("2026-03-08", 1, 2)
        with parts.looking() as work:
            (days,) = {row.params["days"] for row in work.session.scalars(select(Notice)) if "days" in row.params}
        assert days == 3

    def test_a_day_that_is_none_is_refused(self, app: Any) -> None:
        answer = app.test_cli_runner().invoke(args=["lending", "remind", "--on", "tomorrow"])
        assert answer.exit_code == 2

    def test_the_clock_of_the_queues_does_the_same(
        self, app: Any, parts: Any, queues: Any, clock: Any, lent: int
    ) -> None:
        """Just after the office's midnight, once; then at any hour when something becomes due."""

        def tick() -> int:
            for act in queues._each_tick:
                act(parts)
            with parts.looking() as work:
                return work.session.scalar(select(func.count(Notice.id)).where(Notice.kind.in_(REMINDERS))) or 0

        clock.put(datetime(2026, 3, 3, 15, 59, tzinfo=UTC))  # One minute to midnight in Shanghai.
        assert tick() == 0
        clock.advance(minutes=1)
        assert tick() == 1
        assert tick() == 1
        with parts.writing() as work:
            work.session.get(Loan, lent).due_on = date(2026, 3, 4)
        assert tick() == 1  # It looks every few minutes, not every few seconds.
        clock.advance(minutes=5)
        assert tick() == 2
        with parts.looking() as work:
            asked = work.session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.kind == MAIL))
            assert asked == work.session.scalar(select(func.count(Notice.id)))


class TestWhatOneHolds:
    def test_one_click_renews(self, parts: Any, lent: int, amparo: Visitor) -> None:
        before = loan(parts, lent).due_on
        amparo.post(f"/loans/{lent}/renew", {}, shown_at="/", action=f"/loans/{lent}/renew")
        assert loan(parts, lent).due_on > before
        page = amparo.get("/").text
        assert f"/loans/{lent}/renew" not in page  # Once, by policy.

    def test_one_click_says_i_am_bringing_it(self, parts: Any, lent: int, amparo: Visitor) -> None:
        answer = amparo.post(f"/loans/{lent}/announce", {}, shown_at="/", action=f"/loans/{lent}/announce")
        assert answer.status_code == 302
        page = amparo.get("/").text
        assert "The desk knows that you are bringing it." in page
        assert f"/loans/{lent}/announce" not in page

    def test_a_late_file_is_brought_back_not_renewed(self, app: Any, clock: Any, lent: int) -> None:
        clock.put(datetime(2026, 3, 9, 1, tzinfo=UTC))
        page = Visitor(app, "amparo").get("/").text
        assert f"/loans/{lent}/renew" not in page
        assert f"/loans/{lent}/announce" in page

    def test_a_file_one_may_no_longer_know_of_has_no_buttons(
        self, parts: Any, world: Any, lent: int, amparo: Visitor
    ) -> None:
        with parts.writing() as work:
            work.session.get(Dossier, world.general).level = Level.CORE
        page = amparo.get("/").text
        assert "A dossier you may no longer know of" in page
        assert f"/loans/{lent}" not in page

    @pytest.mark.parametrize("login", ["amparo", "nobody", "clerk", "keeper"])
    def test_the_front_page_asks_little(
        self, app: Any, parts: Any, world: Any, clock: Any, lent: int, login: str
    ) -> None:
        """With a late loan, an own request, a notice, and something to sign for the head."""
        with parts.writing() as work:
            people = {row.login: row for row in work.session.scalars(select(Person))}
            work.actor = actor(work.session, people["amparo"])
            services.file_request(work, kind=RequestKind.BORROW, dossier_ids=[world.general], **TEXTS)
        clock.put(datetime(2026, 3, 9, 1, tzinfo=UTC))
        visitor = Visitor(app, login)
        queries: list[str] = []

        def note(*details: Any) -> None:
            queries.append(details[2])

        engine = parts.new_session().get_bind()
        event.listen(engine, "before_cursor_execute", note)
        assert visitor.get("/").status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        asked = [query for query in queries if not query.startswith("BEGIN")]
        assert len(asked) <= 15, "\n".join(asked)


def loan(parts: Any, loan_id: int) -> Loan:
    with parts.looking() as work:
        return work.session.get_one(Loan, loan_id)
