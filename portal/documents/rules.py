"""The rules of reading documents that are numbers."""

from __future__ import annotations

SURE_ENOUGH = 0.80
"""A page whose text was recognised with less confidence (0 to 1) waits for a person to look at it."""

LONGEST_TEXT = 100_000
"""Characters a person may make of one page's text; a dense newspaper page has 20,000."""
