"""Where the text of a page stands, in the short form in which the database keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from portal.documents.models import Page
from portal.documents.reading.results import TextBox
from portal.documents.texts import storable

_DECIMALS = 4
"""A ten-thousandth of A4 is less than a pixel of a page image."""


def packed(boxes: Sequence[TextBox]) -> str:
    """`boxes` as compact JSON: [[x0,y0,x1,y1,text],…], coordinates as shares of the page."""
    rows = [[*(round(value, _DECIMALS) for value in box[:4]), storable(box.text)] for box in boxes]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def boxes_of(page: Page) -> list[TextBox]:
    """The pieces of the text that was read on `page` and where they stand; none for a page without an image.

    They belong to what was read: a person's correction does not move them.
    """
    return [TextBox(*row) for row in json.loads(page.boxes or "[]")]
