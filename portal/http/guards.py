"""Every page declares who may open it; deny by default. The commit of a request happens here, at the edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from functools import wraps
from hashlib import sha256
from typing import Any, Protocol, cast

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from portal.accounts.models import OnceKey
from portal.core.errors import DownloadsStopped, NotPermitted
from portal.core.permissions import Permission
from portal.core.unit_of_work import UnitOfWork
from portal.database import begin_writing
from portal.extensions import db
from portal.http.edge import actor_from_session, get_parts, notice_already_done
from portal.http.transactions import SentTwice, keep_once_key, lead_there


class Open(Enum):
    """Doors without a permission."""

    TO_ALL = "to all"
    """No log-in needed: the log-in page itself, health."""
    TO_LOGGED_IN = "to everyone logged in"


Door = Permission | Open

GATE = "legajo_gate"
"""Where `create_app` puts the `Gate`."""


class Gate(Protocol):
    """Answers a person who has something to do before anything else: leads them there, or says so."""

    def __call__(self) -> ResponseReturnValue: ...


class Room(Blueprint):
    """A blueprint whose every route declares its door: `@room.page("/path", may=Permission.X)`."""

    def page(
        self,
        rule: str,
        *,
        may: Door,
        methods: Sequence[str] = ("GET",),
        writes: bool = False,
        once: bool = False,
        before_gate: bool = False,
        endpoint: str | None = None,
    ) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
        """Register a view.

        `may`: who may open it. `writes`: a GET that logs a look (POST always writes). `once`: a form that acts
        once carries an idempotency key; the second submission is led to where the first one led. `before_gate`: it
        opens also to who has something to do before anything else (`Gate`), as what needs no log-in does.
        """

        def declare(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
            guarded = _guard(view, may, writes, once, before_gate or may is Open.TO_ALL)
            self.add_url_rule(rule, endpoint or view.__name__, guarded, methods=list(methods))
            return guarded

        return declare


def _guard(
    view: Callable[..., ResponseReturnValue], may: Door, writes: bool, once: bool, before_gate: bool
) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        _refuse_null_characters()
        session = db.session
        if writes or request.method not in ("GET", "HEAD", "OPTIONS"):
            session.rollback()  # The log-in was looked up in a reading transaction: end it before writing.
            begin_writing(session)
        actor = actor_from_session()
        if may is not Open.TO_ALL and actor is None:
            session.rollback()
            if request.accept_mimetypes["application/json"] > request.accept_mimetypes["text/html"]:
                abort(401)  # A script that is led to the log-in page would take that page for success.
            return redirect(url_for("accounts.log_in", next=request.full_path.rstrip("?")))
        work = get_parts().unit(session, actor, request.remote_addr)
        if not before_gate and _gate_is_shut(work.today):
            session.rollback()
            return cast(Gate, current_app.extensions[GATE])()
        g.work = work
        if isinstance(may, Permission) and not work.person.may(may):
            raise NotPermitted()
        if once and request.method == "POST":
            return _run_once(work, view, values)
        return _commit(work, make_response(view(**values)))

    guarded.door, guarded.before_gate = may, before_gate  # type: ignore[attr-defined]
    return guarded


def _gate_is_shut(today: date) -> bool:
    """Whether the person has something to do first. It stands in their log-in, which every request reads anyway."""
    shut_from: date | None = getattr(current_user, "gate_shut_from", None)
    return shut_from is not None and today >= shut_from


def _refuse_null_characters() -> None:
    """No browser sends U+0000, and PostgreSQL stores none: refused here, once, not in every field."""
    for values in (*request.args.listvalues(), *request.form.listvalues()):
        if any("\0" in value for value in values):
            abort(400)


def _commit(work: UnitOfWork, response: Response) -> Response:
    """Commit what the view changed; an answer of 400 and above has changed nothing."""
    if work.actor is not None and work.actor.downloads_stopped and _is_download(response):
        raise DownloadsStopped()
    if response.status_code >= 400:
        work.session.rollback()
    else:
        work.commit()
    return response


def _is_download(response: Response) -> bool:
    """Whether the answer is a file to keep, and no page, image of a page, or answer to a script."""
    if "attachment" in response.headers.get("Content-Disposition", ""):
        return True
    kind = response.mimetype or ""
    return kind not in ("text/html", "application/json") and not kind.startswith("image/")


def _run_once(work: UnitOfWork, view: Callable[..., ResponseReturnValue], values: dict[str, Any]) -> Response:
    key = request.form.get("once", "")
    if not 16 <= len(key) <= 64:
        abort(400)
    key = sha256(f"{request.path}\n{key}".encode()).hexdigest()  # A key of one form says nothing about another.
    person_id = work.person.id
    if (location := _used_key(work, person_id, key)) is not None:
        return _already_done(work, location)
    try:
        keep_once_key(work, key)
        response = make_response(view(**values))
    except SentTwice:
        return _already_done(work, _used_key(work, person_id, key) or "")
    lead_there(response.headers.get("Location", ""))
    return _commit(work, response)


def _used_key(work: UnitOfWork, person_id: int, key: str) -> str | None:
    return work.session.scalar(select(OnceKey.location).where(OnceKey.person_id == person_id, OnceKey.key == key))


def _already_done(work: UnitOfWork, location: str) -> Response:
    work.session.rollback()
    notice_already_done()
    return make_response(redirect(location or url_for("home.front_page")))


def deny_undeclared() -> None:
    """Before each request: a view that declares no door does not open (the static files apart)."""
    if request.endpoint is None or request.endpoint in ("static", "bootstrap.static"):
        return
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "door"):
        abort(403)


def logged_in() -> bool:
    """Whether the request comes with a valid log-in."""
    return bool(current_user.is_authenticated)
