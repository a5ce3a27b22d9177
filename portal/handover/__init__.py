"""The day someone leaves: what must be given back and handed on, and the two signatures that it was (R17)."""
