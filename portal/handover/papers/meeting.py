"""The open items as paper, for the meeting of the leaver, the department and the records department (R17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.core.messages import N_, Message
from portal.core.obligations import SIDE_NAMES, WAY_NAMES, Side
from portal.handover.checklist import Checklist, Group
from portal.handover.models import Handover
from portal.handover.papers.sheet import ListOfRows, Sheet, Signature, sheet_pdf
from portal.handover.states import HANDOVER_KIND_NAMES
from portal.notices.wording import in_words
from portal.printing.paper import deadline_text, moment_text


def meeting_pdf(handover: Handover, checklist: Checklist, language: str, now: datetime) -> bytes:
    """What each department still has to see to, with room to note what was agreed. `now` is in the office's zone.

    `checklist` is the one of whoever prints it: they carry no name into the meeting that they may not know.
    """

    def say(message_id: str, **params: object) -> str:
        return in_words(Message(message_id, params), language)

    facts = [
        (say(N_("Who")), handover.person.name),
        (say(N_("Why")), say(HANDOVER_KIND_NAMES[handover.kind])),
        (say(N_("Department")), handover.from_department.name),
        (say(N_("Last day")), deadline_text(handover.last_day, language)),
    ]
    if handover.to_department is not None:
        facts.append((say(N_("To department")), handover.to_department.name))
    lists = [_side(checklist, side, say, language) for side in Side]
    return sheet_pdf(
        Sheet(
            language=language,
            title=say(N_("Handover: open items")),
            number="",
            facts=facts,
            opening=[
                say(
                    N_(
                        "Open: %(owed)s of %(total)s. Each is closed by doing it: given back at the desk, handed to a "
                        "colleague, ended or decided. This paper closes nothing."
                    ),
                    owed=checklist.owed,
                    total=checklist.total,
                )
            ],
            lists=lists,
            closing=[],
            signatures=[
                Signature(handover.person.name),
                *(Signature(say(SIDE_NAMES[side])) for side in Side),
            ],
            foot=say(N_("Printed on %(moment)s"), moment=moment_text(now, language)),
            page_words=say(N_("Page %(page)s of %(pages)s"), page="%(page)s", pages="%(pages)s"),
        )
    )


def _side(checklist: Checklist, side: Side, say: Callable[..., str], language: str) -> ListOfRows:
    rows = [row for group in checklist.groups if group.side == side for row in _rows(group, say, language)]
    return ListOfRows(
        heading=say(SIDE_NAMES[side]),
        columns=[say(N_("What")), say(N_("How")), say(N_("Until")), say(N_("Agreed"))],
        widths=[42, 18, 21, 19],
        rows=rows,
        empty=say(N_("Nothing is open.")),
    )


def _rows(group: Group, say: Callable[..., str], language: str) -> list[tuple[str, ...]]:
    return [
        (
            f"{say(group.name)}: {in_words(item.what, language)}",
            ", ".join(say(WAY_NAMES[way]) for way in item.obligation.ways),
            deadline_text(item.obligation.due_on, language) if item.obligation.due_on and item.named else "",
            "",
        )
        for item in group.owed
    ]
