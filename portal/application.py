"""The application factory: settings → extensions → parts → features. The one place that sees everything."""

from __future__ import annotations

import atexit
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from archive_store.filesystem import FilesystemStore
from portal.access.obligations import Grants
from portal.access.services import end_grants_of_mover
from portal.accounts.cli import user as user_commands
from portal.accounts.obligations import Posts, SessionsAndRoles
from portal.accounts.routes import accounts
from portal.accounts.session import register_log_in
from portal.arrivals.jobs import register_work as register_arrival_work
from portal.arrivals.queries import kept_contents as kept_arrivals
from portal.arrivals.routes import arrivals, sheet_actions
from portal.audit.cli import audit_commands
from portal.audit.routes import audit
from portal.clients.obligations import Clients
from portal.config import Settings, load_settings
from portal.core.clock import Clock, SystemClock
from portal.core.obligations import Obligations
from portal.core.spine import SpineParts
from portal.database import prepare_engine
from portal.demonstration.cli import demo
from portal.documents.cli import document_commands
from portal.documents.jobs import register_work as register_reading_work
from portal.documents.reading.limits import ChildLimits
from portal.documents.reading.reader import PageReader
from portal.documents.routes import contents_panel, document_actions, documents
from portal.dossiers.client_pages import clients
from portal.dossiers.obligations import Drafts
from portal.dossiers.pages import SPINE_PARTS
from portal.dossiers.routes import dossiers, places
from portal.extensions import babel, bootstrap, csrf, db
from portal.handover.jobs import HandoverClock
from portal.handover.letters.filing import register_work as register_letter_work
from portal.handover.queries import kept_contents as kept_certificates
from portal.handover.routes import handover
from portal.home.inbox import known_numbers
from portal.home.routes import count_inbox, home
from portal.http.errors import register_error_pages
from portal.http.guards import GATE, deny_undeclared
from portal.http.language import choose_language
from portal.http.presentation import register_presentation
from portal.http.safety import add_security_headers, use_safe_addresses
from portal.lending.cli import lending_commands
from portal.lending.jobs import end_grants_of_those_who_left, end_holds_not_fetched, expire_lapsed_requests
from portal.lending.obligations import HeldFiles, OwnRequests, WaitingDecisions
from portal.lending.queries import kept_contents as kept_papers
from portal.lending.reminding import ReminderClock
from portal.lending.routes import lending
from portal.lending.routes.custody import custody_panel
from portal.lending.services.due_dates import LoansByCalendar
from portal.lending.spine import LOANS_TAB, out_volumes
from portal.migrations.cli import db_commands
from portal.notices.jobs import register_work as register_mail_work
from portal.notices.obligations import Inbox
from portal.parts import Parts
from portal.policy.queries import current_policy
from portal.policy.routes import DEPENDENTS, policy
from portal.printing.routes import printing
from portal.printing.spine import dossier_cover, dossier_labels, place_labels, volume_label
from portal.queue import WorkQueues
from portal.reports.cli import reports_commands
from portal.reports.obligations import UnfinishedReports
from portal.reports.queries.issued import kept_contents as kept_reports
from portal.reports.regular.jobs import ScheduleClock
from portal.reports.regular.obligations import PreparedReports, RegularReports
from portal.reports.routes import reports
from portal.reports.services.moving import take_mover_off_lists
from portal.search.cli import search_commands
from portal.search.engines import open_index
from portal.search.jobs import register_work as register_search_work
from portal.search.routes import search_room
from portal.search.saved.obligations import SavedSearches
from portal.search.saved.routes import saved_room
from portal.server import server_commands
from portal.undertaking.reminding import UndertakingClock
from portal.undertaking.routes import lead_to_undertaking, undertaking
from portal.undertaking.services import hold_at_log_in

ROOMS = (
    home,
    accounts,
    dossiers,
    places,
    clients,
    documents,
    arrivals,
    lending,
    printing,
    handover,
    policy,
    undertaking,
    reports,
    search_room,
    saved_room,
    audit,
)
OBLIGATIONS = Obligations(
    sources=(
        HeldFiles(),
        Clients(),
        OwnRequests(),
        Posts(),
        WaitingDecisions(),
        Drafts(),
        UnfinishedReports(),
        RegularReports(),
        PreparedReports(),
        SavedSearches(),
    ),
    ends=(SessionsAndRoles(), Grants(), Inbox()),
)
"""What each feature says a person owes, in the order of the checklist; and what ends with an account."""
COMMANDS = (
    db_commands,
    user_commands,
    *document_commands,
    reports_commands,
    search_commands,
    lending_commands,
    audit_commands,
    demo,
    *server_commands,
)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """Build the portal. `settings` default to the environment's, `clock` to the machine's."""
    settings = settings or load_settings()
    app = Flask(__name__, template_folder="../templates", static_folder="static")
    app.config.from_mapping(_flask_config(settings))
    use_safe_addresses(app)
    _bind_extensions(app)
    parts = _gather_parts(app, settings, clock or SystemClock())
    app.extensions["legajo"] = parts
    app.extensions["legajo_inbox"] = count_inbox
    app.extensions[DEPENDENTS] = LoansByCalendar()
    app.extensions[GATE] = lead_to_undertaking
    app.extensions[SPINE_PARTS] = SpineParts(
        actions=(document_actions, sheet_actions, dossier_labels, dossier_cover),
        tabs=(LOANS_TAB,),
        contents=contents_panel,
        loans=out_volumes,
        custody=custody_panel,
        volume_actions=(volume_label,),
        place_actions=(place_labels,),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    register_presentation(app)
    register_error_pages(app)
    add_security_headers(app)
    app.before_request(deny_undeclared)
    for room in ROOMS:
        app.register_blueprint(room)
    for command in COMMANDS:
        app.cli.add_command(command)
    return app


def _kept_contents(session: Session, now: datetime) -> set[str]:
    return kept_arrivals(session, now) | kept_papers(session) | kept_certificates(session) | kept_reports(session)


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_ENGINES": {"default": settings.database_url},
        "SESSION_COOKIE_NAME": "legajo",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes * 2,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": settings.language,
        "BABEL_DEFAULT_TIMEZONE": settings.zone.key,
        "WTF_CSRF_TIME_LIMIT": None,  # A form is good for as long as its log-in is.
    }


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    csrf.init_app(app)
    bootstrap.init_app(app)
    babel.init_app(app, locale_selector=choose_language)
    register_log_in(app)


def _gather_parts(app: Flask, settings: Settings, clock: Clock) -> Parts:
    with app.app_context():
        sessionmaker = db.sessionmaker
    queues = WorkQueues()
    limits = ChildLimits(
        memory_bytes=settings.read_memory_bytes,
        max_pixels=settings.max_pixels,
        read_seconds=float(settings.read_seconds),
    )
    parts = Parts(
        settings=settings,
        clock=clock,
        new_session=sessionmaker,
        store=FilesystemStore(settings.files),
        index=open_index(settings),
        reader=PageReader(limits),
        renderer=PageReader(limits),
        start_work=queues.start_work,
        policy=current_policy,
        kept_contents=_kept_contents,
        move_listeners=(end_grants_of_mover, take_mover_off_lists),
        log_in_listeners=(hold_at_log_in,),
        obligations=OBLIGATIONS,
    )
    queues.bind(parts)
    register_reading_work(queues, settings.read_seconds)
    register_search_work(queues)
    register_mail_work(queues, parts, known_numbers)
    register_letter_work(queues, parts)
    if settings.arrivals is not None:
        register_arrival_work(queues, settings.arrivals)
    queues.each_tick(expire_lapsed_requests)
    queues.each_tick(ReminderClock().look)
    queues.each_tick(UndertakingClock().look)
    queues.each_tick(end_grants_of_those_who_left)
    queues.each_tick(end_holds_not_fetched)
    queues.each_tick(HandoverClock().look)
    queues.each_tick(ScheduleClock().look)
    app.extensions["legajo_queues"] = queues
    atexit.register(parts.close)
    return parts
