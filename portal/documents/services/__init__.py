"""What is done with documents: filing them, taking down what was read, giving them out."""

from portal.documents.services.correcting import correct_document
from portal.documents.services.filing import (
    DocumentFacts,
    KeptFile,
    check_facts,
    file_document,
    keep_file,
)
from portal.documents.services.looking import TURNS, record_download, record_look, record_sent_ahead, turn_page
from portal.documents.services.page_texts import accept_text, correct_text
from portal.documents.services.reading import (
    record_opened,
    record_page_failed,
    record_page_read,
    record_unopened,
    retry_page,
    retry_version,
    want_unread,
)
from portal.documents.services.versions import add_version, document_to_replace, keep_version

__all__ = [
    "TURNS",
    "DocumentFacts",
    "KeptFile",
    "accept_text",
    "add_version",
    "check_facts",
    "correct_document",
    "correct_text",
    "document_to_replace",
    "file_document",
    "keep_file",
    "keep_version",
    "record_download",
    "record_look",
    "record_opened",
    "record_page_failed",
    "record_page_read",
    "record_sent_ahead",
    "record_unopened",
    "retry_page",
    "retry_version",
    "turn_page",
    "want_unread",
]
