"""Pages of clients. They live here because its dossiers decide who may see a client."""

from portal.dossiers.client_pages import fields, responsible
from portal.dossiers.client_pages.room import clients

__all__ = ["clients", "fields", "responsible"]
