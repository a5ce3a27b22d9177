"""Telling the clients of somebody who leaves who follows them: a letter each, once, kept as correspondence (R17)."""
