"""Handing a mail to the mail server, and telling apart what will pass and what will not."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

from portal.config import MailSettings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""How long the server may keep one answer waiting."""
PAUSE = timedelta(minutes=1)
"""How long a server that failed is left alone: other work waits for each attempt at it."""


class ServerTrouble(Exception):
    """The mail server cannot be reached, or takes nothing from us: nothing is wrong with the mail."""


class NotNow(Exception):
    """The server will take this mail later (4xx)."""


class Refused(Exception):
    """The server will never take this mail (5xx). `code` is the server's, 0 where it was not even asked."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        super().__init__(reason)


class Post:
    """The way to one mail server."""

    def __init__(self, settings: MailSettings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self._now = now
        self._closed_until: datetime | None = None
        self.tls = ssl.create_default_context()

    def send(self, mail: EmailMessage, to: str) -> None:
        """Hand one mail over. Raises ServerTrouble, NotNow or Refused.

        After ServerTrouble the server is not asked again for a while: ServerTrouble comes at once then.
        """
        if self._closed_until is not None and self._now() < self._closed_until:
            raise ServerTrouble("the mail server failed a moment ago")
        try:
            server = self._connect()
            try:
                self._hand_over(server, mail, to)
            finally:
                _hang_up(server)
        except ServerTrouble as trouble:
            self._closed_until = self._now() + PAUSE
            log.warning("no mail can be sent through %s: %s", self.settings.host, trouble)
            raise
        self._closed_until = None

    def _connect(self) -> smtplib.SMTP:
        settings = self.settings
        server: smtplib.SMTP | None = None
        try:
            if settings.security == "tls":
                server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=self.tls)
            else:
                server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
            if settings.security == "starttls":
                server.starttls(context=self.tls)
            if settings.user:
                server.login(settings.user, settings.password)
        except (OSError, smtplib.SMTPException) as error:  # Certificates that do not fit are OSErrors too.
            if server is not None:
                server.close()
            raise ServerTrouble(_told(error)) from error
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage, to: str) -> None:
        try:
            server.send_message(mail, self.settings.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(*error.recipients[to]) from error
        except smtplib.SMTPSenderRefused as error:
            raise ServerTrouble(_told(error)) from error
        except smtplib.SMTPNotSupportedError as error:  # An address in letters this server cannot take.
            raise Refused(0, _told(error)) from error
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ServerTrouble(_told(error)) from error


def _hang_up(server: smtplib.SMTP) -> None:
    """End the conversation. What was taken before is taken, however the server says goodbye."""
    try:
        server.docmd("QUIT")
    except (OSError, smtplib.SMTPException):
        pass  # It has hung up first.
    finally:
        server.close()


def _verdict(code: int, answer: bytes | str) -> NotNow | Refused:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return Refused(code, text) if 500 <= code < 600 else NotNow(f"{code} {text}")


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
