"""What can go wrong by the rules. Every error carries a message id; the edge translates it."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.messages import N_, Message


class PortalError(Exception):
    """Base of all errors a person may be shown. `status` is the HTTP status the edge answers with."""

    message_id: str = N_("Something went wrong. Nothing was changed.")
    status: int = 400

    def __init__(self, message_id: str | None = None, **params: object) -> None:
        self.message = Message(message_id or self.message_id, params)
        super().__init__(str(self.message))


class NotPermitted(PortalError):
    """The acting person may not do this. The attempt is written to the trail."""

    message_id = N_("You are not allowed to do this. The attempt was recorded.")
    status = 403


class DownloadsStopped(NotPermitted):
    """A handover is open, and no file is given out any more (R17)."""

    message_id = N_("Downloads are stopped for you until your handover is signed off. The attempt was recorded.")


class NotFound(PortalError):
    """There is no such thing, or this person may not know of it: the answer is the same."""

    message_id = N_("There is nothing here, or it is not for you to see.")
    status = 404


class Conflict(PortalError):
    """The present state does not allow the action."""

    message_id = N_("This is no longer possible: the state has changed in the meantime.")
    status = 409


class StaleVersion(Conflict):
    """A form was filled in over an older version of the row than the one now stored."""

    message_id = N_(
        "Someone else changed this while you were editing. Nothing was saved. "
        "Compare with the version shown now and enter your change again."
    )


class Invalid(PortalError):
    """Input that breaks a rule. `fields` maps field names to messages; nothing was changed."""

    message_id = N_("Please correct the marked fields. Nothing was saved.")
    status = 422

    def __init__(
        self, message_id: str | None = None, *, fields: Mapping[str, Message] | None = None, **params: object
    ) -> None:
        super().__init__(message_id, **params)
        self.fields: Mapping[str, Message] = dict(fields or {})
