"""`flask search`: asking from the command line, and keeping the index in step with the database."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from portal.core.errors import PortalError
from portal.http.command import actor_named, fail, running_parts
from portal.search import maintenance
from portal.search.hits import DocumentHit, RegisterHit
from portal.search.queries import PAGE_SIZE, Asked, search
from portal.search.sentences import sentence
from search_index import SearchIndexError

search_commands = AppGroup("search", help="The search index.")


@search_commands.command("query")
@click.argument("text")
@click.option("--as", "login", required=True, help="Log-in name of the person who asks.")
@click.option("--limit", type=click.IntRange(1, 1000), default=PAGE_SIZE, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def query(text: str, login: str, limit: int, as_json: bool) -> None:
    """Search for TEXT as a person: what they may read, and the register entries of what they may only find."""
    parts = running_parts()
    try:
        with parts.looking() as work:
            work.actor = actor_named(work.session, login)
            page = search(work, parts.index, Asked(text, per_page=limit))
    except PortalError as error:
        fail(error)
    except SearchIndexError as error:
        fail(f"{error}. `flask search rebuild` makes a new index.")
    if as_json:
        answer = {
            "total": page.total,
            "problems": [trouble.problem.value for trouble in page.troubles],
            "hits": [_facts(hit) for hit in page.hits],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for trouble in page.troubles:
        click.echo(str(sentence(trouble)))
    for hit in page.hits:
        click.echo(_line(hit))
    click.echo(f"{page.total} found, {len(page.hits)} shown.")


def _facts(hit: DocumentHit | RegisterHit) -> dict[str, Any]:
    """A hit as values; of what may not be read the register entry only."""
    facts: dict[str, Any] = {
        "type": "document" if isinstance(hit, DocumentHit) else "dossier",
        "id": hit.document_id if isinstance(hit, DocumentHit) else hit.register.dossier_id,
        "dossier": hit.register.number,
        "client": hit.register.client_name,
        "score": round(hit.score, 3),
    }
    if isinstance(hit, DocumentHit):
        facts |= {
            "title": hit.subject,
            "page": hit.page,
            "snippet": hit.snippet.text if hit.snippet else None,
        }
    elif hit.readable:
        facts["title"] = hit.title
    return facts


def _line(hit: DocumentHit | RegisterHit) -> str:
    register = hit.register
    line = f"{hit.score:7.2f}  {register.number}  {register.client_name}"
    if isinstance(hit, RegisterHit):
        return line if hit.readable else f"{line}  (register entry)"
    line += f"  {hit.subject}"
    if hit.page is not None and hit.snippet is not None:
        line += f", page {hit.page}\n         {hit.snippet.text}"
    return line


@search_commands.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Fill a new index from the database; the present one answers until it is ready."""
    try:
        count = maintenance.rebuild(running_parts())
    except SearchIndexError as error:
        fail(str(error))
    click.echo(f"The index holds {count} entries.")


@search_commands.command("check")
@click.option("--repair", is_flag=True, help="Bring the index in step with the database.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
def check(repair: bool, as_json: bool) -> None:
    """Compare the index with the database; exit code 1 when they differ (with --repair: when they still do)."""
    parts = running_parts()
    mended = None
    try:
        found = maintenance.compare(parts)
        if repair and not found.agrees:
            mended = maintenance.mend(parts, found)
        left = found if mended is None else maintenance.compare(parts)
    except SearchIndexError as error:
        fail(str(error))
    if as_json:
        click.echo(json.dumps({**_report(found), "agrees": left.agrees, "mended": mended}, indent=2))
    else:
        _print_report(found, left, mended)
    sys.exit(0 if left.agrees else 1)


def _report(found: maintenance.Comparison) -> dict[str, Any]:
    return {
        "state": found.state.value,
        "entries": found.entries,
        "missing": found.missing,
        "stale": found.stale,
        "surplus": found.surplus,
        "hidden": found.hidden,
    }


def _print_report(found: maintenance.Comparison, left: maintenance.Comparison, mended: int | None) -> None:
    for name, keys in (
        ("missing from the index", found.missing),
        ("indexed with another content", found.stale),
        ("in the index without belonging there", found.surplus),
        ("not yet indexed under their present rights", found.hidden),
    ):
        for key in keys:
            click.echo(f"{key}: {name}")
    if mended is not None:
        click.echo(f"{mended} entries were written.")
    if left.agrees:
        click.echo(f"Index and database agree on {left.entries} entries.")
    else:
        click.echo(f"Index ({left.state.value}) and database differ.", err=True)
