"""The portal for any WSGI server."""

from portal.application import create_app
from portal.server import settle_memory

app = create_app()
settle_memory()
