"""What a custom list says as a report: counted for whom it is made, kept, and set as a PDF."""

from __future__ import annotations

from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from portal.accounts.queries import actor_of
from portal.core.errors import Conflict, NotFound
from portal.core.messages import N_
from portal.core.unit_of_work import UnitOfWork
from portal.printing.registers import Head, RegisterSheet, register_pdf
from portal.reports.files import register_csv, register_xlsx, worth
from portal.reports.models.issued import Report
from portal.reports.papers.standing import Standing
from portal.reports.queries.counting import as_audience
from portal.reports.queries.declaring import Scope
from portal.reports.queries.lists import count_list
from portal.reports.regular.queries import regular_of
from portal.reports.services.exporting import FileFormat
from portal.reports.statistics.counted import AUDIENCE_NAMES
from portal.reports.statistics.lists import LIST_DEFINITIONS, LIST_NAMES, ListReport, read_list, stored_list
from portal.reports.statistics.wording import (
    Translate,
    cell_text,
    moment_text,
    name_text,
    number_text,
    period_text,
)

MOST_UPRIGHT = 6
"""Columns of a page that stands upright; more lie across."""
_NARROWEST, _WIDEST, _LONGEST_WORD, _GUTTER = 5.0, 30.0, 18.0, 2.0
"""Letters by which the width of a column is reckoned: at least, at most, at most for one word, between two columns."""


def freeze_list(work: UnitOfWork, report: Report) -> bytes:
    """The list of a report counted now, as canonical data: with the rights of whom it is made for, never more.

    Raises NotFound for a report that was made for no regular report; Conflict where it is for core readers, but whom it
    is made for is not cleared any more: the list would not be what it says it is.
    """
    regular = regular_of(work.session, report.id)
    if regular is None or regular.owner is None or regular.spec is None:
        raise NotFound()
    owner = actor_of(work.session, regular.owner)
    if report.is_core and not owner.cleared_for_core:
        raise Conflict(
            N_(
                "This list is for core readers, but whoever it is made for is not cleared for core any more. "
                "Hand the regular report to somebody who is, or discard the draft."
            )
        )
    actor = as_audience(owner, report.audience)
    scope = Scope(work.session, actor, report.period, work.today, work.now, work.zone)
    return stored_list(count_list(regular.spec, scope, report.audience))


def list_pdf(data: bytes, standing: Standing, language: str, translate: Translate, title: str | None) -> bytes:
    """A kept list as a PDF in a language, under its own title or what it is a list of."""
    counted = read_list(data)
    zone = ZoneInfo(counted.zone)
    rows = rows_in_words(counted, language, translate)
    heads = [
        Head(
            translate(column.heading),
            column.is_number,
            _weight(translate(column.heading), [row[place] for row in rows]),
        )
        for place, column in enumerate(counted.register.columns)
    ]
    number = standing.number or ""
    foot = " · ".join(
        part for part in (number, standing.checksum or moment_text(standing.made_at, zone, language)) if part
    )
    return register_pdf(
        RegisterSheet(
            language=language,
            title=title or translate(LIST_NAMES[counted.of]),
            number=number,
            facts=[*about_list(counted, language, translate), *_signed(standing, zone, language, translate)],
            heads=heads,
            rows=rows,
            empty=translate(N_("There is nothing to list for this period.")),
            foot=foot,
            page_words=translate(N_("Page %(page)s of %(pages)s")),
            mark=standing.mark,
            landscape=len(heads) > MOST_UPRIGHT,
        )
    )


def list_file(
    data: bytes, standing: Standing, wanted: FileFormat, language: str, translate: Translate, title: str | None
) -> bytes:
    """A kept list as a spreadsheet, or as a table of text; above it what it lists, and what it is worth."""
    counted = read_list(data)
    zone = ZoneInfo(counted.zone)
    title = title or translate(LIST_NAMES[counted.of])
    about = [
        *about_list(counted, language, translate),
        *worth(standing, zone=zone, language=language, translate=translate),
    ]
    if wanted is FileFormat.CSV:
        titled = [(translate(N_("Title")), title), *about]
        return register_csv(counted.register, about=titled, language=language, translate=translate, zone=zone)
    return register_xlsx(
        counted.register,
        title=title,
        about=about,
        language=language,
        translate=translate,
        zone=zone,
    )


def rows_in_words(counted: ListReport, language: str, translate: Translate) -> list[list[str]]:
    """The rows as somebody reads them."""
    zone = ZoneInfo(counted.zone)
    return [
        [
            cell_text(cell, column.shape, language=language, translate=translate, zone=zone)
            for cell, column in zip(row, counted.register.columns, strict=True)
        ]
        for row in counted.register.rows
    ]


def about_list(counted: ListReport, language: str, translate: Translate) -> list[tuple[str, str]]:
    """The lines that stand above a list: name and text."""
    zone = ZoneInfo(counted.zone)
    lines = [
        (N_("Period"), period_text(counted.period, language=language, translate=translate)),
        (N_("What is listed"), translate(LIST_DEFINITIONS[counted.of])),
        (N_("Made for"), translate(AUDIENCE_NAMES[counted.audience])),
        *((heading, name_text(name, language=language, translate=translate)) for heading, name in counted.filters),
        (N_("Counted"), moment_text(counted.counted_at, zone, language)),
        (N_("Rows"), number_text(len(counted.register.rows), language)),
    ]
    if counted.register.left_out:
        lines.append((N_("Rows left out"), number_text(counted.register.left_out, language)))
    return [(translate(name), text) for name, text in lines]


def _signed(standing: Standing, zone: ZoneInfo, language: str, translate: Translate) -> list[tuple[str, str]]:
    lines = [
        (translate(one.role), f"{one.name}, {moment_text(one.at, zone, language)}" if one.at else one.name)
        for one in standing.signed
        if one.name
    ]
    if standing.remark:
        lines.append((translate(N_("Note")), standing.remark))
    return lines


def _weight(heading: str, texts: list[str]) -> float:
    """The share of the width: room for the longest word, and beyond that by how long most texts are."""
    words = max((_width(word) for text in (heading, *texts) for word in text.split()), default=0.0)
    lengths = sorted(_width(text) for text in texts)
    typical = lengths[int(len(lengths) * 0.9)] if lengths else 0.0
    return _GUTTER + max(_NARROWEST, min(words, _LONGEST_WORD), min(typical, _WIDEST))


def _width(text: str) -> float:
    """Letters, those of Chinese counted twice."""
    return float(sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text))
