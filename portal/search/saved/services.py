"""Keeping questions, and noting what newly answers them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import parse_qs

from sqlalchemy import func, select, true, update
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.accounts.queries import actor_of, hold_people, successor
from portal.arrivals.queries import was_filed_by_the_folder
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted
from portal.core.messages import N_, Message
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Document
from portal.search.custody import Absences, absences
from portal.search.entries import refresh_of
from portal.search.narrowing import Family, Narrowing, both
from portal.search.queries import understand
from portal.search.rights import search_rights
from portal.search.rules import read_key
from portal.search.saved.models import SavedSearch, SavedSearchFind
from search_index import DOCUMENT, Query, Rights
from search_index.judging import Judged

MOST_SAVED = 50
"""Saved searches of one person: each is asked of every document that is filed."""
MOST_UNSEEN = 200
"""News of one saved search that wait to be looked at; whoever lets more gather is not told of each."""
MATCH_SAVED = "match_saved"
"""Outbox kind: ask the saved searches of a document that has been read. The key is the entry's id."""


def save_search(work: UnitOfWork, name: str, question: str, narrowing: str) -> SavedSearch:
    """Keep a question under a name.

    Raises Invalid without name or question, Conflict where the name is taken or there are too many.
    """
    actor = work.require(Permission.SEARCH_USE)
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise Invalid(fields={"name": Message(N_("Give it a name of at most 80 characters."))})
    if not question.strip() or len(question) > 2000 or len(narrowing) > 2000:
        raise Invalid(N_("There is no question to save, or it is too long."))
    if hold_people(work.session, [actor.id])[actor.id].departed_at is not None:
        raise NotPermitted()
    own = select(SavedSearch).where(SavedSearch.person_id == actor.id)
    if work.session.scalar(own.where(SavedSearch.name == name)) is not None:
        raise Conflict(N_("You have a saved search of this name. Choose another name."))
    if (work.session.scalar(select(func.count()).select_from(own.subquery())) or 0) >= MOST_SAVED:
        raise Conflict(N_("You have as many saved searches as there can be. Delete one first."))
    saved = SavedSearch(
        person_id=actor.id, name=name, question=question.strip(), narrowing=narrowing, saved_at=work.now
    )
    work.session.add(saved)
    work.session.flush()
    work.record("saved_search:add", f"saved_searches:{saved.id}")
    return saved


def delete_search(work: UnitOfWork, saved_id: int) -> None:
    """Forget a saved search of one's own. Raises NotFound."""
    saved = _own(work, saved_id)
    work.session.delete(saved)
    work.record("saved_search:delete", f"saved_searches:{saved_id}")


def end_search_of(work: UnitOfWork, saved_id: int, person_id: int) -> None:
    """Forget a saved search of somebody who leaves. Part of a handover, which has checked who may. Raises NotFound."""
    work.session.delete(_of(work, saved_id, person_id))
    work.record("saved_search:delete", f"saved_searches:{saved_id}", details={"person": person_id})


def hand_search_on(work: UnitOfWork, saved_id: int, from_person_id: int, to_person_id: int) -> SavedSearch:
    """Give a saved search of somebody who leaves to a colleague, as it is, but without its news.

    Part of a handover, which has checked who may. What it finds for the colleague, their own rights say. Raises
    NotFound, Invalid for a person who cannot take it, Conflict where they have as many as there can be.
    """
    saved = _of(work, saved_id, from_person_id)
    person = successor(work.session, to_person_id)
    if person is None or person.id == from_person_id:
        raise Invalid(fields={"person_id": Message(N_("Choose a colleague who stays."))})
    if work.person.cleared_for_core and person.clearance != Level.CORE:
        raise Invalid(fields={"person_id": Message(N_("This colleague may know less than you: delete the search."))})
    names = set(work.session.scalars(select(SavedSearch.name).where(SavedSearch.person_id == person.id)))
    if len(names) >= MOST_SAVED:
        raise Conflict(N_("This colleague has as many saved searches as there can be."))
    saved.finds.clear()
    saved.name = _free_name(saved.name, names)
    saved.person_id = person.id
    work.record(
        "saved_search:hand_on",
        f"saved_searches:{saved.id}",
        details={"person": person.id, "from_person": from_person_id},
    )
    return saved


def _free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or with a number behind it that is free; at most 80 characters."""
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{name[:74]} ({number})"
    return tried


def _of(work: UnitOfWork, saved_id: int, person_id: int) -> SavedSearch:
    saved = work.session.get(SavedSearch, saved_id, with_for_update=True)
    if saved is None or saved.person_id != person_id:
        raise NotFound()
    return saved


def mark_seen(work: UnitOfWork, saved_id: int) -> SavedSearch:
    """The person has looked at the news of a saved search of their own. Raises NotFound."""
    saved = _own(work, saved_id)
    work.session.execute(
        update(SavedSearchFind)
        .where(SavedSearchFind.saved_search_id == saved.id, SavedSearchFind.seen_at.is_(None))
        .values(seen_at=work.now)
    )
    return saved


def newly_answered(work: UnitOfWork, key: str) -> dict[int, int]:
    """Ask every saved search of one document, under its owner's rights: id of those it answers for the first time → the
    right under which it does. Not for who filed it by hand, and not for documents that were there when
    the search was saved.

    There may be thousands, of a document of a thousand pages: `work` should only be reading.
    """
    document = work.session.get(Document, read_key(key)[1])
    if document is None or read_key(key)[0] != DOCUMENT:
        return {}
    entries = next(refresh_of(work.session, key).batches, [])
    if not entries:
        return {}
    judged, away = Judged(entries[0]), absences(work.session)
    rights_of: dict[int, Rights] = {}
    found: dict[int, int] = {}
    for saved, person in _to_ask(work.session, document):
        if person.id not in rights_of:
            rights_of[person.id] = search_rights(work.session, actor_of(work.session, person), work.today)
        query = _query_of(work.session, saved, away, rights_of[person.id])
        right = judged.right_under(query.rights)
        if right is not None and judged.answers(query):
            found[saved.id] = int(right)
    return found


def note_finds(work: UnitOfWork, key: str, found: Mapping[int, int]) -> int:
    """Note what `newly_answered` found, but for searches deleted meanwhile; returns how many are new."""
    document = work.session.get(Document, read_key(key)[1])
    if document is None or not found:
        return 0
    count = 0
    for saved, _ in _to_ask(work.session, document):
        if saved.id in found:
            find = SavedSearchFind(
                saved_search_id=saved.id, document_id=document.id, needed_right=found[saved.id], found_at=work.now
            )
            work.session.add(find)
            count += 1
    return count


def narrowing_of(saved: SavedSearch) -> Narrowing:
    """The facets a saved search was narrowed by."""
    arguments = parse_qs(saved.narrowing)
    return Narrowing.read({family: arguments.get(family.value, []) for family in Family})


def _to_ask(session: Session, document: Document) -> list[tuple[SavedSearch, Person]]:
    found = select(SavedSearchFind.saved_search_id).where(SavedSearchFind.document_id == document.id)
    full = (
        select(SavedSearchFind.saved_search_id)
        .where(SavedSearchFind.seen_at.is_(None))
        .group_by(SavedSearchFind.saved_search_id)
        .having(func.count() >= MOST_UNSEEN)
    )
    told = true() if was_filed_by_the_folder(session, document.id) else Person.id != document.filed_by_id
    rows = session.execute(
        select(SavedSearch, Person)
        .join(Person, Person.id == SavedSearch.person_id)
        .where(
            Person.departed_at.is_(None),
            told,
            SavedSearch.saved_at <= document.filed_at,
            SavedSearch.id.not_in(found),
            SavedSearch.id.not_in(full),
        )
        .order_by(SavedSearch.id)
    )
    return [(saved, person) for saved, person in rows]


def _query_of(session: Session, saved: SavedSearch, away: Absences, rights: Rights) -> Query:
    question = understand(session, away, saved.question)
    return Query(both(question.condition, narrowing_of(saved).conditions(away)), rights)


def _own(work: UnitOfWork, saved_id: int) -> SavedSearch:
    actor = work.require(Permission.SEARCH_USE)
    saved = work.session.get(SavedSearch, saved_id)
    if saved is None or saved.person_id != actor.id:
        raise NotFound()
    return saved
