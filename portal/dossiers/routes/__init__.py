"""The pages of dossiers, their volumes and the places these stand in. Every module adds its own to a room."""

from portal.dossiers.routes import register, shelves, volumes
from portal.dossiers.routes.room import dossiers, places

__all__ = ["dossiers", "places", "register", "shelves", "volumes"]
