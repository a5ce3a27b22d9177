"""A real SMTP receiver, and the portal that sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from portal.application import create_app
from portal.config import MailSettings
from tests.mail_receiver import Receiver
from tests.unit.mail.mail_world import URL


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def mail_settings(receiver: Receiver) -> MailSettings:
    return MailSettings("127.0.0.1", receiver.port, "none", "", "", "Legajo · 档案", "legajo@company.example")


@pytest.fixture
def app(settings: Any, clock: Any, mail_settings: MailSettings) -> Iterator[Any]:
    """The portal with that mail server."""
    app = create_app(replace(settings, mail=mail_settings, url=URL), clock=clock)
    yield app
    app.extensions["legajo"].close()
