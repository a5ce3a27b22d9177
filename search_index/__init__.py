"""Finds text: what is indexed and asked, the analysis for Chinese, Spanish and English, and the engines.

Usable without the portal: `base` is the contract, `analysis` the languages, `whoosh` the default engine.
"""

from search_index.base import (
    DOCUMENT,
    DOSSIER,
    Filter,
    IndexBusy,
    IndexDamaged,
    IndexDocument,
    IndexOutdated,
    IndexState,
    Order,
    Query,
    Results,
    Right,
    Rights,
    Row,
    SearchIndex,
    SearchIndexError,
)

__all__ = [
    "DOCUMENT",
    "DOSSIER",
    "Filter",
    "IndexBusy",
    "IndexDamaged",
    "IndexDocument",
    "IndexOutdated",
    "IndexState",
    "Order",
    "Query",
    "Results",
    "Right",
    "Rights",
    "Row",
    "SearchIndex",
    "SearchIndexError",
]
