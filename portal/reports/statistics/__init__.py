"""The statistics as plain data: what was counted, in words and numbers, and how it is stored. No database, no web."""
