"""The room of clients."""

from __future__ import annotations

from portal.http.guards import Room

clients = Room("clients", __name__)
