"""What somebody who is typing perhaps wants: names and numbers the register shows them, words of titles they may read.

Asked of the index under the person's rights, and shown only as far as the database confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.clients.models import Client
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.search.hits import rights_now
from portal.search.rights import search_rights, stale_dossiers
from portal.search.rules import read_key
from portal.search.vocabulary import values_offered
from search_index import DOCUMENT, DOSSIER, Query, Right, Row, SearchIndex
from search_index.analysis import Reach, fold, is_han, matches, words_of
from search_index.conditions import AllOf, Condition, Field, Text

MOST_OF_A_KIND = 5
_LONGEST = 60
"""Characters of what is typed that are looked at."""
_LAST_FIELD = re.compile(r"(?:^|[\s(-])(?P<name>[^\W\d_]+)[:：](?P<value>\w*)$")


@dataclass(frozen=True)
class Suggestion:
    """`text`: what the box would hold. `kind`: "client", "number", "word" or "value" (of a field)."""

    text: str
    kind: str


def suggestions(work: UnitOfWork, index: SearchIndex, typed: str, language: str = "en") -> list[Suggestion]:
    """A few ways to go on from what was typed so far; empty for what is too short or too odd. After the name of a
    field that has few values, these.

    :param language: of the values, where the name of the field does not tell
    :raises search_index.SearchIndexError: the index cannot answer now
    """
    actor = work.require(Permission.SEARCH_USE)
    typed = " ".join(typed.split())
    if not typed or len(typed) > _LONGEST:
        return []
    if values := _values(typed, language):
        return [each for each in values if each.text.casefold() != typed.casefold()]
    rights, stale = search_rights(work.session, actor, work.today), stale_dossiers(work.session)

    def rows_of(condition: Condition | None, type_: str) -> tuple[Row, ...]:
        query = Query(condition, rights, exclude=stale, types=frozenset({type_}), limit=MOST_OF_A_KIND * 2)
        rows = index.search(query).rows if condition else ()
        allowed = rights_now(work.session, actor, work.today, {read_key(row.group)[1] for row in rows})
        return tuple(row for row in rows if allowed.get(read_key(row.group)[1], 0) >= row.right)

    found = [
        *_names(work, rows_of(_beginning(typed, Field.CLIENT), DOSSIER)),
        *_numbers(work, rows_of(_beginning(typed, Field.NUMBER), DOSSIER)),
    ]
    before, _, last = typed.rpartition(" ")
    titles = rows_of(_beginning(last, Field.TITLE, Field.CORRESPONDENT), DOCUMENT)
    words = _words(work, [row for row in titles if row.right == Right.READ and row.document], last)
    found += [Suggestion(f"{before} {each}".strip(), "word") for each in words]
    return [each for each in dict.fromkeys(found) if each.text.casefold() != typed.casefold()]


def _values(typed: str, language: str) -> list[Suggestion]:
    """What may stand behind the field that was typed last, as far as its value begins so."""
    field = _LAST_FIELD.search(typed)
    if field is None:
        return []
    before, begun = typed[: field.start("value")], fold(field["value"]).text
    values = values_offered(field["name"], language)
    return [Suggestion(before + value, "value") for value in values if fold(value).text.startswith(begun)]


def _beginning(typed: str, *fields: Field) -> Condition | None:
    """The words of what is typed, the last of them perhaps not whole yet; None where it is too short to tell."""
    words = list(words_of(typed, Reach.BEGINNING))
    parts = tuple(Text(word, frozenset(fields)) for word in words)
    return AllOf(parts) if parts and (len(words[-1].text) > 1 or is_han(words[-1].text[0])) else None


def _names(work: UnitOfWork, rows: Iterable[Row]) -> list[Suggestion]:
    ids = [read_key(row.group)[1] for row in rows]
    names = work.session.execute(
        select(Dossier.id, Client.name).join(Client, Client.id == Dossier.client_id).where(Dossier.id.in_(ids))
    )
    by_dossier = {row.id: row.name for row in names}
    distinct = dict.fromkeys(by_dossier[id_] for id_ in ids if id_ in by_dossier)
    return [Suggestion(name, "client") for name in list(distinct)[:MOST_OF_A_KIND]]


def _numbers(work: UnitOfWork, rows: Iterable[Row]) -> list[Suggestion]:
    ids = [read_key(row.group)[1] for row in rows]
    numbers = work.session.scalars(select(Dossier.number).where(Dossier.id.in_(ids)).order_by(Dossier.number))
    return [Suggestion(number, "number") for number in list(numbers)[:MOST_OF_A_KIND] if number]


def _words(work: UnitOfWork, rows: Sequence[Row], typed: str) -> list[str]:
    """The words of subjects and correspondents that begin so, as they are written there."""
    words = list(words_of(typed, Reach.BEGINNING))
    ids = [read_key(row.document)[1] for row in rows]
    texts = work.session.execute(select(Document.subject, Document.correspondent).where(Document.id.in_(ids)))
    found: dict[str, str] = {}
    for subject, correspondent in texts:
        for text in (subject, correspondent):
            for match in matches(text, words):
                written = text[match.start : match.end]
                found.setdefault(written.casefold(), written)
    return list(found.values())[:MOST_OF_A_KIND]
