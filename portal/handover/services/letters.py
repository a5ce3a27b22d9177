"""Writing to the clients of a leaver: the text, and a letter each, never twice. Filing and mail follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from portal.access.models import Responsibility
from portal.access.queries import client_known_to, readable_by
from portal.accounts.models import Person
from portal.clients.models import Client
from portal.clients.rules import tidy
from portal.core.errors import Conflict, Invalid, NotFound, NotPermitted, StaleVersion
from portal.core.messages import N_, Message
from portal.core.permissions import Level, Permission
from portal.core.unit_of_work import UnitOfWork
from portal.dossiers.models import Dossier
from portal.dossiers.states import DossierState
from portal.handover.letters.texts import DEFAULTS, LANGUAGES, Text, language_of, unknown_places
from portal.handover.models import ClientLetter, Handover, HandoverItem, LetterText
from portal.handover.queries import handover_by_id, stands
from portal.handover.rules import may_manage
from portal.handover.states import HandoverState, LetterChannel
from portal.printing.paper import day_text

CLIENT_LETTER = "client_letter"
"""Outbox kind: file a letter, and mail it where it goes by mail. The key is its id."""
CLIENTS = "clients"
"""Key of the source of obligations whose items are clients."""


@dataclass(frozen=True)
class ToTell:
    """A client whose contact leaves, who follows, and the letter, if there is one.

    `dossier_id`: where the letter is registered; None where the acting person may not read of the client, or it has
    no official dossier: then somebody else writes.
    """

    client: Client
    successors: tuple[str, ...]
    department: str
    language: str
    dossier_id: int | None
    letter: ClientLetter | None


def text_in(work: UnitOfWork, language: str) -> Text:
    """The text of the letter in a language: the newest that somebody wrote, or the one that comes with the portal."""
    row = newest_text(work, language)
    return Text(row.subject, row.body) if row else DEFAULTS[language]


def newest_text(work: UnitOfWork, language: str) -> LetterText | None:
    """The text somebody has put in force in a language; None for the one that comes with the portal."""
    return work.session.scalar(
        select(LetterText).where(LetterText.language == language).order_by(LetterText.id.desc()).limit(1)
    )


def write_text(work: UnitOfWork, language: str, text: Text, before: int) -> None:
    """Put another text in force, for the letters written from now on.

    `before`: the id of the text it was written over, 0 for the one that comes with the portal. Raises NotPermitted,
    NotFound, StaleVersion (another is in force by now), Invalid.
    """
    work.require(Permission.HANDOVER_MANAGE)
    if language not in LANGUAGES:
        raise NotFound()
    newest = newest_text(work, language)
    if before != (newest.id if newest else 0):
        raise StaleVersion()
    text = Text(tidy(text.subject), tidy(text.body, keep_lines=True))
    wrong: dict[str, Message] = {}
    for field, value, most in (("subject", text.subject, 200), ("body", text.body, 4000)):
        if not value:
            wrong[field] = Message(N_("Please fill in this field."))
        elif len(value) > most:
            wrong[field] = Message(N_("At most %(most)s characters, please."), {"most": most})
    if unknown := unknown_places(text):
        wrong["body"] = Message(N_("There is no name that stands for {%(place)s}."), {"place": unknown[0]})
    if wrong:
        raise Invalid(fields=wrong)
    row = LetterText(
        language=language, subject=text.subject, body=text.body, written_at=work.now, written_by_id=work.person.id
    )
    work.session.add(row)
    work.session.flush()
    work.record("letter:text", f"letter_texts:{row.id}", details={"language": language})


def clients_to_tell(work: UnitOfWork, handover: Handover) -> list[ToTell]:
    """The clients that were handed over, those the acting person may know of, by name, with their letters."""
    handed_over = work.session.scalars(
        select(HandoverItem.client_id).where(
            HandoverItem.handover_id == handover.id,
            HandoverItem.source == CLIENTS,
            HandoverItem.closed_at.is_not(None),
        )
    )
    ids = {client_id for client_id in handed_over if client_id is not None}
    if not ids:
        return []
    clients = work.session.scalars(
        select(Client)
        .where(Client.id.in_(ids), client_known_to(work.person, Client, Dossier))
        .order_by(Client.name_key, Client.id)
    ).all()
    letters = {
        row.client_id: row
        for row in work.session.scalars(
            select(ClientLetter)
            .where(ClientLetter.handover_id == handover.id)
            .options(joinedload(ClientLetter.written_by).joinedload(Person.department))
        )
    }
    contacts, dossiers = _contacts(work, ids), _dossiers(work, ids)
    return [
        ToTell(
            client=client,
            successors=tuple(name for name, _ in contacts[client.id]),
            department=contacts[client.id][0][1] if contacts[client.id] else handover.from_department.name,
            language=language_of(client.country),
            dossier_id=dossiers.get(client.id),
            letter=letters.get(client.id),
        )
        for client in clients
    ]


def _contacts(work: UnitOfWork, client_ids: Collection[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Names and departments of who looks after the clients now, first contact first."""
    rows = work.session.scalars(
        select(Responsibility)
        .where(Responsibility.client_id.in_(client_ids), Responsibility.until_date.is_(None))
        .order_by(Responsibility.client_id, Responsibility.rank)
    ).all()
    people = {
        row.id: row
        for row in work.session.scalars(
            select(Person).where(Person.id.in_({row.person_id for row in rows})).options(joinedload(Person.department))
        )
    }
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row.client_id].append((people[row.person_id].name, people[row.person_id].department.name))
    return found


def _dossiers(work: UnitOfWork, client_ids: Collection[int]) -> dict[int, int]:
    """For each client the dossier its letter is registered in: an official one that the acting person may read, not
    core if there is another."""
    rows = work.session.execute(
        select(Dossier.client_id, Dossier.id)
        .where(
            Dossier.client_id.in_(client_ids),
            Dossier.state == DossierState.OPEN,
            readable_by(work.person, Dossier, work.today),
        )
        .order_by(case((Dossier.level == Level.CORE, 1), else_=0), Dossier.id)
    )
    found: dict[int, int] = {}
    for client_id, dossier_id in rows:
        found.setdefault(client_id, dossier_id)
    return found


def write_letters(
    work: UnitOfWork,
    handover_id: int,
    channel: LetterChannel,
    client_ids: Collection[int] | None = None,
    language: str | None = None,
) -> int:
    """Write to these clients (all that were not told yet, without `client_ids`); returns to how many.

    By mail only those that have an address. `language`: for all, instead of each client's own. Whoever was told already
    is not told again, whatever is asked. Raises NotFound, NotPermitted, Conflict (called off).
    """
    handover = handover_by_id(work.session, handover_id, lock=True)
    if handover is None:
        raise NotFound()
    if not may_manage(work.person, stands(work.session, work.person, handover.person, handover.from_department)):
        raise NotPermitted()
    if handover.state == HandoverState.CALLED_OFF:
        raise Conflict(N_("This handover is over."))
    texts = {code: text_in(work, code) for code in LANGUAGES}
    chosen = [
        _letter(work, handover, row, channel, texts, language or row.language)
        for row in clients_to_tell(work, handover)
        if (client_ids is None or row.client.id in client_ids)
        and row.letter is None
        and row.dossier_id
        and (channel == LetterChannel.PRINT or row.client.email)
    ]
    return _write(work, chosen) if chosen else 0


def _letter(
    work: UnitOfWork,
    handover: Handover,
    row: ToTell,
    channel: LetterChannel,
    texts: Mapping[str, Text],
    language: str,
) -> dict[str, Any]:
    text = texts[language].filled(
        {
            "client": row.client.name,
            "leaver": handover.person.name,
            "successor": ", ".join(row.successors) or row.department,
            "department": row.department,
            "day": day_text(handover.last_day, language),
        }
    )
    return {
        "handover_id": handover.id,
        "client_id": row.client.id,
        "dossier_id": row.dossier_id,
        "language": language,
        "channel": channel,
        "email": row.client.email if channel == LetterChannel.MAIL else "",
        "subject": text.subject[:500],
        "body": text.body,
        "written_at": work.now,
        "written_by_id": work.person.id,
    }


def _write(work: UnitOfWork, letters: Sequence[Mapping[str, Any]]) -> int:
    """Add those letters whose client has none yet; returns how many. Hundreds at once: rows of a kind go together."""
    dialect = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(ClientLetter).on_conflict_do_nothing(index_elements=["handover_id", "client_id"])
    added = work.session.execute(insert.returning(ClientLetter.id, ClientLetter.client_id), letters).all()
    of_client = {each["client_id"]: each for each in letters}
    for letter_id, client_id in added:
        letter = of_client[client_id]
        work.record(
            "letter:write",
            f"client_letters:{letter_id}",
            dossier_id=letter["dossier_id"],
            details={"client": client_id, "language": letter["language"], "channel": letter["channel"].value},
        )
    work.session.flush()
    for letter_id, _ in added:
        work.want(CLIENT_LETTER, str(letter_id))
    return len(added)
