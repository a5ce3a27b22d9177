"""The pages of documents. Every module adds its own to the one room."""

from portal.documents.routes import checking, comparing, document, filing, images, pages, versions
from portal.documents.routes.contents import contents_panel, document_actions
from portal.documents.routes.room import documents

__all__ = [
    "checking",
    "comparing",
    "contents_panel",
    "document",
    "document_actions",
    "documents",
    "filing",
    "images",
    "pages",
    "versions",
]
