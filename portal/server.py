"""Serving the portal: `flask serve` with waitress, `flask worker run` for the queues alone."""

from __future__ import annotations

import gc
import logging
import signal
import threading

import click
import waitress
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from portal.extensions import db
from portal.http.command import fail, running_parts
from portal.migrations import newest_revision, present_revision
from portal.policy.startup import warn_of_policy
from portal.queue import WorkQueues
from portal.search.maintenance import heal


def check_schema() -> None:
    """End with a message unless the database has the schema this program expects."""
    present, expected = present_revision(db.engine), newest_revision()
    if present != expected:
        fail(
            f"the database {'has the schema ' + present if present else 'is empty'}; this program expects {expected}. "
            "Run `flask db upgrade` (after a backup)."
        )


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)  # It reports every wake-up otherwise.


def settle_memory() -> None:
    """Take what is loaded by now out of the collector's sight: it stays for good, and each look at all of it would
    keep one request in a hundred waiting for a sixth of a second."""
    gc.collect()
    gc.freeze()


def _look_at_policy() -> None:
    with running_parts().looking() as work:
        warn_of_policy(work)


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Serve the portal on PORTAL_HOST and PORTAL_PORT, working the queues too unless PORTAL_WORKER=external."""
    check_schema()
    _log_to_stderr()
    _look_at_policy()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings = running_parts().settings
    queues: WorkQueues = app.extensions["legajo_queues"]
    server = waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=8,
        max_request_body_size=settings.max_upload_bytes * 2,
        ident=None,
    )
    signal.signal(signal.SIGTERM, _stop)
    if settings.embedded_worker:
        heal(running_parts())
        queues.start()
    settle_memory()
    click.echo(f"Legajo is at http://{settings.host}:{settings.port}/")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if settings.embedded_worker:
            queues.stop()


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


worker = AppGroup("worker", help="The queues.")


@worker.command("run")
@with_appcontext
def run_worker() -> None:
    """Work the queues in this process until it is told to stop (for PORTAL_WORKER=external)."""
    check_schema()
    _log_to_stderr()
    _look_at_policy()
    queues: WorkQueues = current_app.extensions["legajo_queues"]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    heal(running_parts())
    queues.start()
    settle_memory()
    click.echo("The worker is running.")
    stop.wait()
    queues.stop()


server_commands = (serve, worker)
