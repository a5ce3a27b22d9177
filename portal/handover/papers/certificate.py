"""The certificate: what was returned, handed over and decided, who signed, and that confidentiality lasts (R17).

Its facts are frozen as data when it is issued, message ids and values, and the PDF is made from them and kept. It goes
through many hands, so that it names nothing of core dossiers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.core.messages import N_, Message, read_message
from portal.core.obligations import SIDE_NAMES, Side
from portal.handover.models import HandoverItem
from portal.handover.papers.sheet import ListOfRows, Sheet, Signature, sheet_pdf
from portal.handover.states import HANDOVER_KIND_NAMES, HandoverKind
from portal.notices.wording import in_words
from portal.printing.paper import day_text, deadline_text, moment_text


@dataclass(frozen=True)
class Signed:
    """One of the two signatures. `at` is in the office's zone."""

    side: Side
    name: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """What a certificate states. `items`: by heading, what was owed and how it was closed, when, by whom."""

    number: str
    person: str
    department: str
    kind: HandoverKind
    to_department: str
    last_day: date
    items: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
    ended: Sequence[tuple[str, int]]
    signed: Sequence[Signed]

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "number": self.number,
            "person": self.person,
            "department": self.department,
            "kind": self.kind.value,
            "to_department": self.to_department,
            "last_day": self.last_day.isoformat(),
            "items": [[name, list(rows)] for name, rows in self.items],
            "ended": [[name, count] for name, count in self.ended],
            "signed": [[row.side.value, row.name, row.at.isoformat()] for row in self.signed],
        }


def item_facts(
    rows: Sequence[HandoverItem],
    open_dossiers: Collection[int],
    open_clients: Collection[int],
    zone: Any,
) -> list[dict[str, Any]]:
    """What the certificate says of the items of one source: those of dossiers and clients that every employee may know
    of. Of the others it does not even say how many there were."""
    facts = []
    for row in rows:
        named = (row.dossier_id is None or row.dossier_id in open_dossiers) and (
            row.client_id is None or row.client_id in open_clients
        )
        if not named:
            continue
        facts.append(
            {
                "what": row.what,
                "how": row.outcome or {"id": N_("Dealt with"), "params": {}},
                "by": row.closed_by.name if row.closed_by else "",
                "at": row.closed_at.astimezone(zone).date().isoformat() if row.closed_at else "",
            }
        )
    return facts


def certificate_pdf(facts: Facts, language: str) -> bytes:
    """The certificate as PDF in `language`."""

    def say(message_id: str, **params: object) -> str:
        return in_words(Message(message_id, params), language)

    leaving = facts.kind == HandoverKind.LEAVING
    head = [
        (say(N_("Who")), facts.person),
        (say(N_("Department")), facts.department),
        (say(N_("Why")), say(HANDOVER_KIND_NAMES[facts.kind])),
        (say(N_("Last day")), deadline_text(facts.last_day, language)),
    ]
    if facts.to_department:
        head.append((say(N_("To department")), facts.to_department))
    lists = [_items(name, rows, say, language) for name, rows in facts.items]
    ended = [(say(name), str(count)) for name, count in facts.ended if count]
    if ended:
        lists.append(
            ListOfRows(say(N_("Ended with the sign-off")), [say(N_("What")), say(N_("How many"))], [4, 1], ended)
        )
    opening = (
        N_(
            "%(person)s has handed over everything that was held, asked for and looked after on behalf of the company. "
            "Nothing is open any more. The account is closed."
        )
        if leaving
        else N_(
            "%(person)s has handed over everything that was held, asked for and looked after in this department. "
            "Nothing is open any more."
        )
    )
    closing = N_(
        "No information about clients is taken along, neither on paper nor in any other form. The duty of "
        "confidentiality lasts: it does not end with the work."
    )
    return sheet_pdf(
        Sheet(
            language=language,
            title=say(N_("Clearance certificate")),
            number=facts.number,
            facts=head,
            opening=[say(opening, person=facts.person)],
            lists=lists,
            closing=[say(closing)],
            signatures=[
                *(
                    Signature(say(SIDE_NAMES[row.side]), (row.name, moment_text(row.at, language)))
                    for row in facts.signed
                ),
                Signature(facts.person),
            ],
            foot=say(N_("Clearance certificate %(number)s"), number=facts.number),
            page_words=say(N_("Page %(page)s of %(pages)s"), page="%(page)s", pages="%(pages)s"),
        )
    )


def _items(name: str, rows: Sequence[Mapping[str, Any]], say: Any, language: str) -> ListOfRows:
    return ListOfRows(
        heading=say(name),
        columns=[say(N_("What")), say(N_("How it was closed")), say(N_("Closed by")), say(N_("Closed on"))],
        widths=[40, 27, 17, 18],
        rows=[
            (
                in_words(read_message(row["what"]), language),
                in_words(read_message(row["how"]), language),
                row["by"],
                day_text(date.fromisoformat(row["at"]), language) if row["at"] else "",
            )
            for row in rows
        ],
    )
