"""Other processes of the portal under test: started as anybody starts them, and stopped in good order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.core.outbox import OutboxRow

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds to wait for another process; nothing depends on how long it really takes."""


def environment_of(settings: Any, **more: str) -> dict[str, str]:
    """What another process of the same portal is started with."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "FLASK_APP": "wsgi",
        "PORTAL_DATA": str(settings.data),
        "PORTAL_DATABASE": settings.database_url,
        "PORTAL_TRAIL_KEY": settings.trail_key.decode(),
        **more,
    }


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start a module of Python's with arguments, quietly."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The same for the length of the block; then it is stopped in good order."""
    process = start(environment, *arguments)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something another process does has happened."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def nothing_left(parts: Any) -> bool:
    """Whether no work waits in the outbox."""
    with parts.looking() as work:
        return not work.session.scalars(select(OutboxRow.id).where(OutboxRow.wanted > OutboxRow.done)).all()
