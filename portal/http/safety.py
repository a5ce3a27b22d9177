"""Headers that keep a page from being framed, sniffed, cached by others or made to load foreign code."""

from __future__ import annotations

from flask import Flask, Response, request

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def add_security_headers(app: Flask) -> None:
    """Attach the headers to every response."""

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not (request.endpoint or "").endswith("static"):
            # What a person may see changes; nothing of it may stay in a shared cache or the back button.
            response.headers.setdefault("Cache-Control", "no-store")
        return response
