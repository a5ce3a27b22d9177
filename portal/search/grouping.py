"""From what the index matched to the rows a person is shown and that are counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from portal.search.rules import read_key
from search_index import DOCUMENT, Match


class Right(IntEnum):
    """What a person may do with a dossier; each includes the ones before it."""

    KNOW = 1
    FIND = 2
    READ = 3


@dataclass
class Row:
    """One result: a readable document, or a dossier's register entry (`document_id` None).

    `needs`: the least right under which what matched may be told. `inside`: something matched in the text.
    """

    dossier_id: int
    document_id: int | None
    needs: Right
    score: float
    inside: bool = False


def group(matches: Iterable[Match]) -> list[Row]:
    """One row for each readable document, and one for each dossier found by its register entry or by documents
    that may not be read. Best first, as the matches are."""
    rows: list[Row] = []
    entries: dict[int, Row] = {}
    for match in matches:
        if match.type == DOCUMENT and match.readable:
            rows.append(Row(read_key(match.group)[1], read_key(match.id)[1], Right.READ, match.score, True))
            continue
        needs = Right.FIND if match.type == DOCUMENT else Right.READ if match.readable else Right.KNOW
        dossier_id = read_key(match.group)[1]
        entry = entries.get(dossier_id)
        if entry is None:
            entry = entries[dossier_id] = Row(dossier_id, None, needs, match.score)
            rows.append(entry)
        entry.needs = min(entry.needs, needs)
        entry.inside = entry.inside or match.type == DOCUMENT
    return rows


def permitted(rows: Iterable[Row], rights: Mapping[int, Right]) -> list[Row]:
    """The rows that may be told under these rights (dossier id → right; missing: not even known)."""
    return [row for row in rows if rights.get(row.dossier_id, 0) >= row.needs]
