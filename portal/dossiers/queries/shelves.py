"""The order in which one walks along the shelves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from portal.dossiers.models import Volume


def in_shelf_order() -> Sequence[ColumnElement[Any] | InstrumentedAttribute[int]]:
    """ORDER BY of a query over `Volume`: left to right and top to bottom, by where each volume stands (or would
    stand). Within one place by dossier and volume number; volumes without a place come last. The order is total.

    In Python, `volume.shelf_key` is the same key (None without a place).
    """
    return (Volume.shelf_key.asc().nulls_last(), Volume.dossier_id, Volume.ordinal)
