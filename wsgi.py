"""The portal for any WSGI server."""

from portal.application import create_app

app = create_app()
