"""What somebody perhaps meant whose question found nothing.

Only words that this person may read, or names the register shows them, are ever offered: a correction must not tell
what stands in a text that they may not open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from rapidfuzz.distance import Levenshtein
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clients.models import Client
from portal.documents.models import Document
from portal.dossiers.models import Dossier
from portal.search.rules import read_key
from portal.search.texts import texts_of
from search_index import Query, Row, SearchIndex
from search_index.analysis import Reach, Word, fold, matches, words_of
from search_index.conditions import Condition, Text
from search_index.language import Question

Understand = Callable[[str], Condition | None]

_SHORTEST = 4
"""Letters of a word that is worth correcting; shorter ones are near to everything."""
_LOOKED_AT = 10
"""Rows whose texts are looked through for the word as it is written."""
_MOST_CORRECTED = 8
"""Words of a question that are worth correcting, the first ones."""
_PAGES_LOOKED_AT = 12
"""Pages of each of them: a word that is worth offering stands early, and nobody waits for a thousand pages."""


def perhaps_meant(
    session: Session, index: SearchIndex, query: Query, question: Question, text: str, understand: Understand
) -> str | None:
    """The question with the words replaced that nothing holds; None where nothing near them is known, or where the
    question would find nothing then either.

    `query`: what found nothing, under the person's rights. `understand`: from a text to its condition.
    """
    corrected = text
    worth = [word for word in question.words if _is_worth_correcting(word)]
    for word in worth[:_MOST_CORRECTED]:
        if not index.search(replace(query, condition=Text(word), limit=0, offset=0)).total:
            better = _better(session, index, query, word)
            corrected = _replaced(word.text, better, corrected) if better else corrected
    if corrected == text:
        return None
    found = index.search(replace(query, condition=understand(corrected), limit=0, offset=0)).total
    return corrected if found else None


def _better(session: Session, index: SearchIndex, query: Query, word: Word) -> str | None:
    """A word that is written nearly so: one letter off before two, the word as it is before its stems."""
    rights = replace(query.rights, findable=query.rights.readable)
    near = next(iter(words_of(word.text, Reach.SIMILAR)))
    for distance in (1, 2):
        for sought in _within(near, distance):
            rows = index.search(Query(Text(sought), rights, exclude=query.exclude, limit=_LOOKED_AT)).rows
            if written := _as_written(_texts(session, rows), sought, word.text):
                return written
    return None


def _within(near: Word, distance: int) -> list[Word]:
    """What the word may stand for with at most so many letters different, one after the other."""
    return [
        Word(near.text, (tuple(replace(element, distance=distance) for element in sequence),))
        for sequence in near.sequences
        if all(element.distance >= distance for element in sequence)
    ]


def _replaced(word: str, better: str, text: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: better, text, count=1)


def _is_worth_correcting(word: Word) -> bool:
    """Not phrases, numbers, short words and Han text."""
    return len(word.text) >= _SHORTEST and word.text.isalpha() and word.text[0].isascii()


def _texts(session: Session, rows: Iterable[Row]) -> list[str]:
    """The texts of rows that this person may read, and the names of clients they may know of."""
    rows = list(rows)
    document_ids = [read_key(row.document)[1] for row in rows if row.document]
    subjects = session.scalars(select(Document.subject).where(Document.id.in_(document_ids)))
    texts = texts_of(session, document_ids)
    pages = [page for document_id in document_ids for page in islice(texts[document_id], _PAGES_LOOKED_AT)]
    dossier_ids = [read_key(row.group)[1] for row in rows]
    names = session.scalars(
        select(Client.name).join(Dossier, Dossier.client_id == Client.id).where(Dossier.id.in_(dossier_ids)).distinct()
    )
    return [*names, *subjects, *pages]


def _as_written(texts: Iterable[str], near: Word, typed: str) -> str | None:
    """The word that stands where the near word matches: the one written most nearly like what was typed, and of those
    the most frequent."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(text[match.start : match.end].lower() for match in matches(text, [near]))
    wanted = fold(typed).text
    del found[typed.lower()]
    return min(found, key=lambda word: (Levenshtein.distance(fold(word).text, wanted), -found[word]), default=None)
