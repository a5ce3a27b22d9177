"""The client list and the index (R4): lists of the register that anyone may print, of what they may know.

A list lies on desks. So a core dossier stands at its end with its number only, whoever prints it: among the names, even
the place in the alphabet would tell something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Department
from portal.clients.models import CLIENT_KIND_NAMES, CLIENT_RANK_NAMES
from portal.clients.responsibility.ordering import name_order
from portal.core.messages import N_
from portal.core.permissions import LEVEL_NAMES, Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.dossiers.queries import WHERE_NAMES, RegisterFilter, RegisterRow, RegisterSort, whole_register
from portal.dossiers.states import DOSSIER_STATE_NAMES, DossierState
from portal.printing import queries
from portal.printing.paper import Translate, day_text
from portal.printing.registers import Head, RegisterSheet, register_pdf
from portal.printing.services.common import count_text, printed_by, record_paper
from portal.printing.states import PAPER_FORM_NAMES, PaperForm

_UNSAID = "—"
_NO_LETTER = "0–9"
_CUT = N_("%(listed)s of %(total)s: the list was cut here. Choose a part of the register to see the rest.")


@dataclass(frozen=True)
class PrintedList:
    """A list as PDF, and how many rows are on it."""

    form: PaperForm
    pdf: bytes
    rows: int


def print_client_list(
    work: UnitOfWork,
    wanted: RegisterFilter,
    sort: RegisterSort = RegisterSort.NAME,
    *,
    descending: bool = False,
    language: str,
    translate: Translate,
) -> PrintedList:
    """The part of the register that is wanted, in that order; it says so if it is not all. Reads only."""
    actor = work.require(Permission.REGISTER_VIEW)
    found, total = whole_register(
        work.session, actor, work.today, wanted, sort, descending=descending, most=queries.MOST_ROWS
    )
    named, core = _divided(found)
    listable = [row for row in core if _may_list(row.dossier, wanted)]
    total -= len(core) - len(listable)
    core = listable
    rows = [_line(row, language, translate) for row in named]
    rows += [_core_line(row, translate) for row in core]
    facts = [
        (translate(N_("As of")), day_text(work.today, language)),
        (translate(N_("Dossiers")), count_text(len(rows), total, language, translate, cut=_CUT)),
        *_filter_facts(work, wanted, translate),
    ]
    sheet = RegisterSheet(
        language=language,
        title=translate(PAPER_FORM_NAMES[PaperForm.CLIENT_LIST]),
        number="",
        facts=facts,
        heads=(
            Head(translate(N_("Number")), weight=1.5),
            Head(translate(N_("Client")), weight=5),
            Head(translate(N_("Department")), weight=2),
            Head(translate(N_("Kind")), weight=1.8),
            Head(translate(N_("Confidentiality")), weight=1.7),
            Head(translate(N_("Paper file")), weight=1.8),
            Head(translate(N_("Opened")), weight=1.5),
        ),
        rows=rows,
        sections={len(named): translate(_CORE_HEADING)} if core else {},
        empty=translate(N_("No dossier that you may know of matches this filter.")),
        foot=printed_by(work, language, translate),
        page_words=translate(N_("Page %(page)s of %(pages)s")),
        landscape=True,
    )
    return PrintedList(PaperForm.CLIENT_LIST, register_pdf(sheet), len(rows))


def print_index(work: UnitOfWork, *, language: str, translate: Translate) -> PrintedList:
    """All official dossiers by the name of their client, under initial letters, with their places. Reads only.

    Places and titles stand there as far as the acting person may read the dossier.
    """
    actor = work.require(Permission.REGISTER_VIEW)
    found, total = whole_register(work.session, actor, work.today, RegisterFilter(), most=queries.MOST_INDEXED)
    official = [row for row in found if row.dossier.state == DossierState.OPEN]
    named, core = _divided(official)
    placed = sorted(((*_in_alphabet(row.dossier.client.name), row) for row in named), key=_index_order)
    rows: list[tuple[str, ...]] = []
    sections: dict[int, str] = {}
    letter = None
    for (_, initial), _, row in placed:
        if initial != letter:
            letter = sections[len(rows)] = initial
        rows.append(_indexed(row, translate))
    if core:
        sections[len(rows)] = translate(_CORE_HEADING)
        rows += [_indexed(row, translate) for row in core]
    sheet = RegisterSheet(
        language=language,
        title=translate(PAPER_FORM_NAMES[PaperForm.INDEX]),
        number="",
        facts=(
            (translate(N_("As of")), day_text(work.today, language)),
            (
                translate(N_("Dossiers")),
                count_text(len(rows), max(len(rows), total - len(found) + len(rows)), language, translate, cut=_CUT),
            ),
        ),
        heads=(
            Head(translate(N_("Client")), weight=5),
            Head(translate(N_("Number")), weight=1.7),
            Head(translate(N_("Department")), weight=2.2),
            Head(translate(N_("Place")), weight=2.4),
        ),
        rows=rows,
        sections=sections,
        empty=translate(N_("No dossier is open yet that you may know of.")),
        foot=printed_by(work, language, translate),
        page_words=translate(N_("Page %(page)s of %(pages)s")),
    )
    return PrintedList(PaperForm.INDEX, register_pdf(sheet), len(rows))


def record_list(work: UnitOfWork, printed: PrintedList) -> None:
    """Record that the acting person printed the list."""
    work.require(Permission.REGISTER_VIEW)
    record_paper(work, printed.form, printed.rows)


_CORE_HEADING = N_("Core dossiers: by number only")


def _divided(found: Sequence[RegisterRow]) -> tuple[list[RegisterRow], list[RegisterRow]]:
    """Those that are named, and core ones in the order of their numbers."""
    named = [row for row in found if row.dossier.level != Level.CORE]
    core = [row for row in found if row.dossier.level == Level.CORE]
    return named, sorted(core, key=lambda row: row.dossier.number or "")


def _may_list(core: Dossier, wanted: RegisterFilter) -> bool:
    """Whether a core dossier may stand on a list of this part of the register, which the paper names: not where that
    would tell whose it is."""
    if wanted.text.strip() and wanted.text.strip().lower() not in (core.number or "").lower():
        return False
    return not (wanted.kind or wanted.rank or wanted.department_id or wanted.mine)


def _index_order(item: tuple[Any, Any, RegisterRow]) -> tuple[Any, Any, str]:
    heading, name, row = item
    return heading, name, row.dossier.number or ""


def _in_alphabet(name: str) -> tuple[tuple[bool, str], tuple[str, str]]:
    """Where a name stands: its heading (what begins with no letter comes first), and its place below it. What is no
    letter or digit at its beginning («, (, ") does not count."""
    spelled, written = name_order(name)
    begin = next((place for place, sign in enumerate(spelled) if sign.isalnum()), len(spelled))
    initial = spelled[begin : begin + 1]
    lettered = initial.isalpha()
    return (lettered, initial.upper() if lettered else _NO_LETTER), (spelled[begin:], written)


def _client(row: RegisterRow) -> str:
    name, title = row.dossier.client.name, row.dossier.title if row.readable else ""
    return f"{name} · {title}" if title else name


def _number(dossier: Dossier, translate: Translate) -> str:
    return dossier.number or translate(DOSSIER_STATE_NAMES[dossier.state])


def _custody(row: RegisterRow, translate: Translate) -> str:
    several = len(row.custody) > 1
    words = ((translate(item.name), item.volumes) for item in row.custody)
    return ", ".join(f"{word} ×{volumes}" if several else word for word, volumes in words)


def _line(row: RegisterRow, language: str, translate: Translate) -> tuple[str, ...]:
    dossier = row.dossier
    return (
        _number(dossier, translate),
        _client(row),
        dossier.department.name,
        translate(CLIENT_KIND_NAMES[dossier.client.kind]) if row.readable else _UNSAID,
        translate(LEVEL_NAMES[dossier.level]),
        _custody(row, translate),
        day_text(dossier.opened_on, language) if dossier.opened_on else "",
    )


def _core_line(row: RegisterRow, translate: Translate) -> tuple[str, ...]:
    level = translate(LEVEL_NAMES[row.dossier.level])
    return _number(row.dossier, translate), _UNSAID, _UNSAID, _UNSAID, level, _custody(row, translate), _UNSAID


def _indexed(row: RegisterRow, translate: Translate) -> tuple[str, ...]:
    dossier = row.dossier
    core = dossier.level == Level.CORE
    places = "\n".join(dict.fromkeys(volume.place for volume in dossier.volumes if volume.place))
    return (
        _UNSAID if core else _client(row),
        _number(dossier, translate),
        _UNSAID if core else dossier.department.name,
        (places or translate(N_("No place"))) if row.readable else _UNSAID,
    )


def _filter_facts(work: UnitOfWork, wanted: RegisterFilter, translate: Translate) -> list[tuple[str, str]]:
    """What part of the register it is."""
    facts = []
    if text := wanted.text.strip():
        facts.append((translate(N_("Name or number")), text))
    if wanted.kind:
        facts.append((translate(N_("Kind")), translate(CLIENT_KIND_NAMES[wanted.kind])))
    if wanted.rank:
        facts.append((translate(N_("Rank")), translate(CLIENT_RANK_NAMES[wanted.rank])))
    if wanted.level:
        facts.append((translate(N_("Confidentiality")), translate(LEVEL_NAMES[wanted.level])))
    if wanted.department_id and (department := work.session.get(Department, wanted.department_id)):
        facts.append((translate(N_("Department")), department.name))
    if wanted.where:
        facts.append((translate(N_("Paper file")), translate(WHERE_NAMES[wanted.where])))
    if wanted.mine:
        facts.append((translate(N_("Responsible")), work.person.name))
    return facts
