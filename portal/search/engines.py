"""Which engine answers: the settings choose, the contract is the same (docs/decisions/0006-search-engines.md)."""

from __future__ import annotations

from portal.config import Settings
from search_index import SearchIndex
from search_index.postgres import PostgresIndex
from search_index.tantivy import TantivyIndex
from search_index.whoosh import WhooshIndex


def open_index(settings: Settings) -> SearchIndex:
    """The index of `PORTAL_SEARCH`, made if there is none; filled by `flask search rebuild`, or by a server that
    starts and finds it empty."""
    if settings.search == "postgres":
        return PostgresIndex(settings.database_url)
    if settings.search == "tantivy":
        return TantivyIndex(settings.index)
    return WhooshIndex(settings.index)
