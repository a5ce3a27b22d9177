"""The figures counted once more, in plain Python over the raw rows: what the SQL says is held against this.

Written from the definitions of the figures alone, without the queries in view, and to stay so: whoever changes a figure
changes its definition, the query and this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from tests.unit.reports.recount import clients, holding, lending
from tests.unit.reports.recount.view import Counted, View


@dataclass(frozen=True)
class Recount:
    """How one figure is counted again."""

    rows: Callable[[View], Iterable[Counted]]
    by: tuple[str, ...]
    crossed: tuple[tuple[str, str], ...] = ()
    measure: str = "rows"
    """rows, sum, days (mean, in tenths), hours (mean of seconds, in tenths), share (in tenths of a percent)."""
    only_now: bool = False
    """Whether there is nothing to compare with."""
    register: Callable[[View], list[tuple[Any, ...]]] | None = None
    """The rows the report lists, where it does."""

    @property
    def adds_up(self) -> bool:
        """Whether the values of parts make the value of the whole."""
        return self.measure in ("rows", "sum")

    def value(self, rows: Collection[Counted]) -> int | None:
        """What the rows come to."""
        amounts = sum(row.amount for row in rows)
        if self.adds_up:
            return len(rows) if self.measure == "rows" else amounts
        if not rows:
            return None
        tenths = {"days": Fraction(10), "hours": Fraction(10, 3600), "share": Fraction(1000)}[self.measure]
        return floor(tenths * amounts / len(rows) + Fraction(1, 2))


def _recounts() -> Iterator[tuple[str, Recount]]:
    both = ("client_kind", "client_rank")
    kept = (*both, "level", "department")
    stacked = (("department", "level"),)
    yield "dossiers-held", Recount(holding.dossiers_held, (*kept, "age", "size"), stacked)
    yield "volumes-held", Recount(holding.volumes_held, (*kept, "custody", "condition"), only_now=True)
    yield "documents-held", Recount(holding.documents_held, (*kept, "document_kind", "age"))
    pages = ("client_kind", "level", "department", "document_kind")
    yield "pages-held", Recount(holding.pages_held, pages, measure="sum")
    yield "dossiers-opened", Recount(holding.dossiers_opened, ("day", "client_kind", "level", "department"))
    yield "hours-to-open", Recount(holding.hours_to_open, ("department",), measure="hours")
    filed = ("day", "document_kind", "department")
    yield "documents-filed", Recount(holding.documents_filed, filed)
    yield "pages-filed", Recount(holding.pages_filed, filed, measure="sum")
    yield "better-scans", Recount(holding.better_scans, filed[1:])
    yield "clients-incomplete", Recount(clients.clients_incomplete, both, only_now=True)
    yield "fields-missing", Recount(clients.fields_missing, ("field", "client_kind"), only_now=True)
    yield "yearly-reports-missing", Recount(clients.yearly_reports_missing, both)
    yield "clients-short-of-people", Recount(clients.clients_short_of_people, both)
    yield "clients-without-anyone", Recount(clients.clients_without_anyone, both)
    known = (*both, "industry", "country", "client_size")
    yield "clients-known", Recount(clients.clients_known, known, (both, ("currency", "capital")))
    yield "new-clients", Recount(clients.new_clients, ("day", "client_kind", "country"))
    letters = ("day", "correspondence_kind", "direction", "department", "client_rank")
    yield "correspondence", Recount(holding.correspondence, letters, (("correspondence_kind", "direction"),))
    asked = ("day", "request_kind", "department", "level", "purpose", "outcome", "dossier")
    yield "requests-submitted", Recount(lending.requests_submitted, asked, (("department", "request_kind"),))
    yield "requests-settled", Recount(lending.requests_settled, ("outcome", "request_kind", "department"))
    waiting = ("department", "level", "request_kind")
    yield "hours-to-decide", Recount(lending.hours_to_decide, waiting, measure="hours")
    yield "requests-waiting", Recount(lending.requests_waiting, waiting)
    issued = ("day", "department", "level", "where_read", "dossier")
    yield "volumes-issued", Recount(lending.volumes_issued, issued, (("weekday", "hour"),))
    yield "volumes-returned", Recount(lending.volumes_returned, ("day", "department"))
    yield "returned-late", Recount(lending.returned_late, ("department",))
    yield "late-share", Recount(lending.late_share, ("department",), measure="share")
    yield "days-out", Recount(lending.days_out, ("department", "client_kind"), measure="days")
    yield "volumes-on-loan", Recount(lending.volumes_on_loan, ("department", "level"))
    yield "renewals", Recount(lending.renewals, ("day", "department"))
    yield "recalls", Recount(lending.recalls, ("day", "department"))
    late = lending.overdue_register
    yield "volumes-overdue", Recount(lending.volumes_overdue, ("department", "lateness"), register=late)
    yield "grants-given", Recount(lending.grants_given, ("day", "level", "department"))
    yield "grants-open", Recount(lending.grants_open, ("level", "department"))
    yield "page-looks", Recount(lending.page_looks, ("day", "level", "department"))
    yield "downloads", Recount(lending.downloads, ("day", "department"))
    yield "pages-read", Recount(holding.pages_read, ("day", "text_source"))
    yield "pages-failed", Recount(holding.pages_failed, ("document_kind", "reading_state"), only_now=True)
    yield "pages-waiting", Recount(holding.pages_waiting, ("document_kind",), only_now=True)
    yield "pages-corrected", Recount(holding.pages_corrected, ("day", "document_kind"))
    yield "handovers-opened", Recount(lending.handovers_opened, ("handover_kind", "department"))
    yield "handovers-signed-off", Recount(lending.handovers_signed_off, ("handover_kind", "department"))
    yield "handovers-open", Recount(lending.handovers_open, ("handover_kind", "department"))
    yield "bytes-kept", Recount(holding.bytes_kept, ("file_kind", "document_kind", "department"), measure="sum")
    yield "bytes-added", Recount(holding.bytes_added, ("day", "document_kind"), measure="sum")


RECOUNTS: dict[str, Recount] = dict(_recounts())
