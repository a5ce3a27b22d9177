"""Handovers on paper: the open items for the meeting, the certificate at the end."""
