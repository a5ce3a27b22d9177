"""`flask documents` and `flask archive`: filing, reading and checking from the command line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from portal.accounts.queries import holders_of
from portal.core.errors import Invalid, NotFound, PortalError
from portal.core.messages import N_, Message
from portal.core.permissions import Actor, Role
from portal.core.unit_of_work import UnitOfWork
from portal.documents import queries, services
from portal.documents.checking import ArchiveReport, check_archive, repair_archive
from portal.documents.intake import receive
from portal.documents.models import READING_STATE_NAMES, Direction, Document, DocumentKind, ReadingState
from portal.documents.services import DocumentFacts
from portal.dossiers.models import Dossier
from portal.dossiers.queries import known_dossier
from portal.http.command import actor_named, fail, running_parts
from portal.http.edge import translate
from portal.parts import Parts
from portal.queue import WorkQueues

_PAUSE_SECONDS = 0.5

documents = AppGroup("documents", help="Documents of dossiers.")
archive = AppGroup("archive", help="The files of the archive.")


@documents.command("add")
@click.option("--dossier", "number", required=True, help="Number of the dossier.")
@click.option("--kind", type=click.Choice([kind.value for kind in DocumentKind]), required=True)
@click.option(
    "--direction",
    type=click.Choice([way.value for way in Direction]),
    default=Direction.INCOMING.value,
    show_default=True,
)
@click.option("--date", "dated", type=click.DateTime(["%Y-%m-%d"]), help="Date of the documents; today by default.")
@click.option("--subject", default="", help="What they are about; the file name by default.")
@click.option("--correspondent", default="")
@click.option("--again", is_flag=True, help="File again what is in this dossier already.")
@click.option(
    "--as", "login", help="Log-in name of who files. Without it the portal files, and the records manager is named."
)
@click.option("--no-wait", is_flag=True, help="Do not wait until the documents are read and indexed.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_appcontext
def add(
    number: str,
    kind: str,
    direction: str,
    dated: object,
    subject: str,
    correspondent: str,
    again: bool,
    login: str | None,
    no_wait: bool,
    files: Sequence[Path],
) -> None:
    """Keep FILES, read and index them. Prints the id of each document; errors go to stderr, file by file.

    Without --as the trail says that the portal did it; the documents then name the first records manager as
    who filed them, or the first administrator.
    """
    parts = running_parts()
    try:
        with parts.looking() as work:
            actor = actor_named(work.session, login) if login else None
            dossier_id = _dossier_numbered(work, actor, number)
            filed_by_id = actor.id if actor else _keeper(work)
            day = getattr(dated, "date", lambda: work.today)()
    except PortalError as error:
        fail(error)
    facts = DocumentFacts(kind, direction, day, subject, correspondent)
    filed: list[int] = []
    for path in files:
        try:
            filed.append(_add_one(parts, actor, dossier_id, facts, path, again, filed_by_id))
        except (PortalError, OSError) as error:
            _complain(path, error)
        else:
            click.echo(filed[-1])
    read = no_wait or _read_and_report(parts, filed)
    if len(filed) < len(files) or not read:
        sys.exit(1)


def _add_one(
    parts: Parts,
    actor: Actor | None,
    dossier_id: int,
    facts: DocumentFacts,
    path: Path,
    again: bool,
    filed_by_id: int,
) -> int:
    path.stat()  # An error that names the file, before anything else.
    with parts.looking(actor) as work:
        kept = receive(parts, work, dossier_id, facts, path, path.name, again=again)
    with parts.writing(actor) as work:
        return services.file_document(work, dossier_id, facts, kept, again=again, filed_by_id=filed_by_id).id


def _complain(path: Path, error: PortalError | OSError) -> None:
    if not isinstance(error, PortalError):
        words = error.strerror or type(error).__name__
    elif isinstance(error, Invalid) and error.fields:
        words = " ".join(translate(message) for message in error.fields.values())
    else:
        words = translate(error.message)
    click.echo(f"Error: {path}: {words}", err=True)


def _dossier_numbered(work: UnitOfWork, actor: Actor | None, number: str) -> int:
    dossier_id = work.session.scalar(select(Dossier.id).where(Dossier.number == number))
    try:
        if dossier_id is not None and actor is not None:
            known_dossier(work.session, actor, dossier_id)
    except NotFound:
        dossier_id = None
    if dossier_id is None:
        raise Invalid(N_("There is no dossier with the number %(number)s."), number=number)
    return dossier_id


def _keeper(work: UnitOfWork) -> int:
    """Whom documents name as having filed them when the portal itself does."""
    for role in (Role.RECORDS_MANAGER, Role.ADMINISTRATOR):
        people = holders_of(work.session, role)
        if people:
            return people[0].id
    raise Invalid(N_("There is no records manager and no administrator yet. Say with --as who files."))


def _read_and_report(parts: Parts, document_ids: Sequence[int]) -> bool:
    """Read what was filed, here or by waiting for whoever has it; False when one of them was not read."""
    queues: WorkQueues = current_app.extensions["legajo_queues"]
    _work_until_settled(parts, queues, document_ids)
    all_read = True
    for document_id in document_ids:
        with parts.looking() as work:
            version = work.session.get_one(Document, document_id).current
            words = translate(Message(READING_STATE_NAMES[version.state]))
            reason = translate(Message(version.reason)) if version.reason else ""
            state = version.state
        if state != ReadingState.READ:
            all_read = False
            click.echo(f"Error: {document_id}: {words}{': ' if reason else '.'}{reason}", err=True)
    return all_read


def _work_until_settled(parts: Parts, queues: WorkQueues, document_ids: Sequence[int]) -> None:
    """Do the work on these documents until none is left, before any other. A running server does its share; what has
    failed too often rests, and is not waited for.
    """
    for document_id in document_ids:
        while left := _work_left(parts, document_id):
            if not any(queues.work_on(kind, key) for kind, key in left):
                time.sleep(_PAUSE_SECONDS)


def _work_left(parts: Parts, document_id: int) -> list[tuple[str, str]]:
    with parts.looking() as work:
        return [(row.kind, row.key) for row in queries.work_left(work.session, document_id)]


@documents.command("text")
@click.argument("document_id", type=int)
@click.option("--as", "login", required=True, help="Log-in name of who reads; the look is recorded.")
@click.option("--page", "number", type=int, help="Only this page.")
@with_appcontext
def text(document_id: int, login: str, number: int | None) -> None:
    """Print the text of a document's pages, each followed by a form feed."""
    parts = running_parts()
    try:
        with parts.looking() as work:
            actor = actor_named(work.session, login)
        with parts.writing(actor) as work:
            document = queries.readable_document(work, document_id)
            numbers = [number] if number else [page.number for page in document.current.pages]
            for wanted in numbers:
                _, page = services.record_look(work, document_id, wanted, "text")
                click.echo(page.text)
                click.echo("\f", nl=False)
    except PortalError as error:
        fail(error)


@archive.command("check")
@click.option("--repair", is_flag=True, help="Remove files nothing refers to; read what was left unread.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@with_appcontext
def check(repair: bool, as_json: bool) -> None:
    """Compare the files with the database and hash every file again. Exit code 1 when something is wrong.

    Only a backup brings back what is missing or damaged.
    """
    parts = running_parts()
    report = check_archive(parts)
    if repair:
        repair_archive(parts, report)
    click.echo(json.dumps(report.to_json(), indent=2) if as_json else _in_words(report, repaired=repair))
    if not report.sound:
        sys.exit(1)


def _in_words(report: ArchiveReport, *, repaired: bool) -> str:
    lines = [f"{report.files} files were read and hashed."]
    lines += [f"Missing: {row.content} of document {row.document_id}" for row in report.missing]
    lines += [f"Damaged: {row.content} of document {row.document_id}" for row in report.damaged]
    lines += [
        f"Missing or damaged: {key}, of the tray, an outside reader, a handover or a report"
        for key in report.lost_papers
    ]
    lines += [f"Nothing refers to: {key}" for key in report.orphans]
    lines += [f"Not read, and nobody is reading it: document {row.document_id}" for row in report.unread]
    if repaired:
        lines.append(
            f"{report.removed_orphans} files that nothing refers to were removed; "
            f"{report.reading_again} documents will be read again."
        )
    if report.sound:
        lines.append("All is well." if not repaired else "All is well now.")
    elif not repaired and (report.orphans or report.unread):
        lines.append("Run with --repair to remove what nothing refers to and to read what was left unread.")
    return "\n".join(lines)


document_commands = (documents, archive)
