"""What can go wrong with documents, beyond the errors of reading (`reading.formats`, `reading.reader`)."""

from __future__ import annotations

from portal.core.errors import Conflict, PortalError
from portal.core.messages import N_


class AlreadyFiled(Conflict):
    """The same content is in this dossier already; `document_id` is the document it was filed as."""

    message_id = N_(
        "“%(name)s” is already in this dossier, filed as “%(subject)s”. Nothing was kept. "
        "If it belongs there twice, say so in the form and send it again."
    )

    def __init__(self, document_id: int, *, name: str, subject: str) -> None:
        super().__init__(name=name, subject=subject)
        self.document_id = document_id


class SameFile(Conflict):
    """The document has this very content already."""

    message_id = N_("“%(name)s” is the same file as version %(number)s of this document. Nothing was kept.")


class CannotReplace(PortalError):
    """A file that cannot be read is no better scan."""

    message_id = N_(
        "“%(name)s” needs a password to be opened, so it cannot take the place of what can be read. Nothing was kept."
    )
    status = 422


class FileUnavailable(PortalError):
    """The archive does not give the file out: missing, damaged, or the disk refused."""

    message_id = N_(
        "The file of this document is missing from the archive or damaged there. "
        "Please tell the administrator; the check of the archive names it."
    )
    status = 500


class NotKept(PortalError):
    """The store did not take a file that was all right."""

    message_id = N_(
        "“%(name)s” could not be kept: the archive's disk refused it. Nothing was kept. Please tell the administrator."
    )
    status = 503
