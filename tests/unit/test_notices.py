"""Telling people something: once, in their language, and no more than they may know at that moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.errors import NotFound
from portal.core.messages import Message
from portal.core.outbox import OutboxRow
from portal.core.permissions import Level
from portal.home.inbox import inbox_page, shown_notices, target_of
from portal.home.queries import inbox_count
from portal.lending.models import Loan
from portal.notices.kinds import KINDS_COUNTED_ELSEWHERE, WORDINGS, NoticeKind
from portal.notices.models import Notice
from portal.notices.services import MAIL, mark_all_read, mark_read, notify
from portal.notices.wording import in_words, sentence_of, title_of
from tests.unit.lending_world import World, make_world

DUE = date(2026, 3, 5)


@pytest.fixture
def world(session: Any, work_as: Callable[..., Any]) -> World:
    return make_world(session, work_as)


def tell(
    world: World,
    work_as: Callable[..., Any],
    kind: NoticeKind = NoticeKind.LOAN_DUE_SOON,
    *,
    person: Any = None,
    occasion: str = "7",
    dossier: Any = None,
    **more: Any,
) -> Any:
    """A notice of this kind, with values for whatever its sentence needs."""
    values = {"volume": "V-1", "due_on": DUE, "was_due_on": DUE, "until": DUE, "since": DUE, "days": 2}
    values |= {"last_day": DUE, "open": 3}
    values |= {"day": DUE, "count": 3}
    values |= {"first": DUE, "last": DUE, "number": "R2026-0101", "successor": "R2026-0102", "title": "The month"}
    person = person or world.reader
    given = {name: values[name] for name in WORDINGS[kind].params}
    dossier = dossier or world.dossier()
    about = {"about_id": world.colleague.id} if WORDINGS[kind].names_person else {}
    told = notify(work_as(), person.id, kind, occasion, dossier_id=dossier.id, **about, **given, **more)
    found = select(Notice).where(Notice.person_id == person.id, Notice.kind == kind, Notice.occasion == occasion)
    return world.session.scalars(found).one() if told else None


def sentences(world: World, person: Any) -> list[str]:
    return [str(row.sentence) for row in inbox_page(world.session, world.act(person), 1, world.work(person).today)[1]]


def count(world: World, person: Any) -> int:
    return inbox_count(world.session, world.act(person), world.work(person).today)


def test_a_notice_and_the_work_of_mailing_it_are_one_transaction(world: World, work_as: Any) -> None:
    notice = tell(world, work_as)
    (row,) = world.session.scalars(select(OutboxRow).where(OutboxRow.kind == MAIL))
    assert row.key == str(notice.id)
    world.session.rollback()
    assert world.session.scalar(select(OutboxRow.id).where(OutboxRow.kind == MAIL)) is None
    assert world.session.scalar(select(Notice.id)) is None


def test_an_occasion_is_told_once_to_each_person(world: World, work_as: Any) -> None:
    dossier = world.dossier()
    first = tell(world, work_as, dossier=dossier)
    assert first is not None
    mark_read(world.work(world.reader), first.id)
    assert tell(world, work_as, dossier=dossier) is None
    assert tell(world, work_as, dossier=dossier, person=world.colleague) is not None
    assert tell(world, work_as, dossier=dossier, occasion="8") is not None
    assert tell(world, work_as, NoticeKind.LOAN_LATE, dossier=dossier) is not None
    assert world.session.query(Notice).count() == 4
    assert world.session.query(OutboxRow).filter_by(kind=MAIL).count() == 4


@pytest.mark.parametrize("params", [{}, {"volume": "V-1"}, {"volume": "V-1", "due_on": DUE, "days": 3}])
def test_the_values_of_the_sentence_must_be_given_and_no_others(
    world: World, work_as: Any, params: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="due_on"):
        notify(work_as(), world.reader.id, NoticeKind.LOAN_DUE_SOON, "1", dossier_id=world.dossier().id, **params)


def test_what_names_a_dossier_or_a_person_must_be_told_which(world: World, work_as: Any) -> None:
    with pytest.raises(ValueError, match="dossier_id"):
        notify(work_as(), world.reader.id, NoticeKind.GRANT_ENDED, "1")
    with pytest.raises(ValueError, match="about_id"):
        notify(work_as(), world.head.id, NoticeKind.SIGNATURE_WANTED, "1", dossier_id=world.dossier().id)


@pytest.mark.parametrize("language", ["en", "es", "zh"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_can_be_put_into_words(world: World, work_as: Any, kind: NoticeKind, language: str) -> None:
    notice = tell(world, work_as, kind)
    named, unnamed = sentence_of(notice, "2026-0001"), sentence_of(notice, None)
    assert ("2026-0001" in in_words(named, language)) == WORDINGS[kind].names_dossier
    assert in_words(title_of(notice), language)
    if unnamed is not None:
        assert "%(dossier)s" not in unnamed.id
        assert in_words(unnamed, language)
    for said in (named, unnamed):
        assert said is None or "{" not in in_words(said, language)


def test_dates_are_written_in_the_readers_language() -> None:
    message = Message("%(due_on)s", {"due_on": DUE})
    assert [in_words(message, language) for language in ("en", "es", "zh")] == [
        "Thu, Mar 5, 2026",
        "jue, 5 mar 2026",
        "2026年3月5日周四",
    ]


def test_the_inbox_is_one_s_own_newest_first(world: World, work_as: Any) -> None:
    tell(world, work_as, occasion="1")
    tell(world, work_as, NoticeKind.GRANT_ENDED)
    other = tell(world, work_as, person=world.colleague)
    assert ["no longer open" in text for text in sentences(world, world.reader)] == [True, False]
    with pytest.raises(NotFound):
        mark_read(world.work(world.reader), other.id)
    assert other.read_at is None


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if WORDINGS[kind].names_dossier])
def test_a_dossier_one_may_no_longer_know_of_is_not_named(world: World, work_as: Any, kind: NoticeKind) -> None:
    dossier = world.dossier(Level.CORE)
    notice = tell(world, work_as, kind, dossier=dossier)
    assert any(dossier.number in text for text in sentences(world, world.reader))
    counted = count(world, world.reader)
    assert counted == (kind not in KINDS_COUNTED_ELSEWHERE)
    world.reader.clearance = Level.IMPORTANT
    world.session.flush()
    told = sentences(world, world.reader)
    assert not any(dossier.number in text for text in told)
    shown = WORDINGS[kind].unnamed is not None
    assert len(told) == shown
    assert count(world, world.reader) == (counted if shown else 0)
    assert target_of(world.work(world.reader), notice) is None


def test_what_may_no_longer_be_named_is_no_longer_in_the_catalogue_of_known_kinds() -> None:
    """The borrower alone is told of a file without its number: they have it in their hands."""
    unnamed = {kind for kind, wording in WORDINGS.items() if wording.unnamed is not None}
    assert unnamed == {
        NoticeKind.LOAN_DUE_SOON,
        NoticeKind.LOAN_DUE_TODAY,
        NoticeKind.LOAN_LATE,
        NoticeKind.LOAN_RECALLED,
        NoticeKind.DUE_DATE_CHANGED,
    }


def test_all_is_read_up_to_what_was_shown(world: World, work_as: Any) -> None:
    """What came meanwhile, what is hidden, and what is somebody else's stays unread."""
    dossier = world.dossier(Level.CORE)
    hidden = tell(world, work_as, NoticeKind.GRANT_ENDED, dossier=dossier)
    seen = tell(world, work_as, occasion="1")
    newer = tell(world, work_as, occasion="2")
    other = tell(world, work_as, person=world.colleague, occasion="1")
    world.reader.clearance = Level.GENERAL
    work = world.work(world.reader)
    assert mark_all_read(work, newer.id - 1, shown_notices(work.person)) == 1
    world.session.expire_all()
    assert [row.read_at is not None for row in (hidden, seen, newer, other)] == [False, True, False, False]
    assert count(world, world.reader) == 1


def test_a_notice_leads_to_what_the_person_may_open(world: World, work_as: Any) -> None:
    dossier = world.dossier()
    loan: Loan = world.lend(dossier)
    own = tell(world, work_as, dossier=dossier, loan_id=loan.id)
    of_head = tell(world, work_as, NoticeKind.LOAN_LATE_OF, person=world.deputy, dossier=dossier, loan_id=loan.id)
    request = tell(world, work_as, NoticeKind.REQUEST_READY, dossier=dossier, line_id=loan.line_id)

    def leads_to(person: Any, notice: Notice) -> str | None:
        target = target_of(world.work(person), notice)
        return target and target.endpoint

    assert leads_to(world.reader, own) == "lending.loan_page"
    assert leads_to(world.reader, request) == "lending.request_page"
    assert leads_to(world.deputy, of_head) == "dossiers.contents"  # The register of loans is not the deputy's.
