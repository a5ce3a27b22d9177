"""What is done with documents: filing them, taking down what was read, giving them out."""

from portal.documents.services.filing import (
    DocumentFacts,
    KeptFile,
    check_facts,
    file_document,
    keep_file,
)
from portal.documents.services.looking import record_download, record_look
from portal.documents.services.reading import (
    record_opened,
    record_page_failed,
    record_page_read,
    record_unopened,
    retry_page,
    retry_version,
    want_unread,
)

__all__ = [
    "DocumentFacts",
    "KeptFile",
    "check_facts",
    "file_document",
    "keep_file",
    "record_download",
    "record_look",
    "record_opened",
    "record_page_failed",
    "record_page_read",
    "record_unopened",
    "retry_page",
    "retry_version",
    "want_unread",
]
