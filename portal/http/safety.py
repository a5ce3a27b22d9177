"""What every request and every answer is held to, whatever the page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.routing import IntegerConverter

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


class _IdConverter(IntegerConverter):
    """Ids in addresses: what no database column holds is no address (404), not a failure of the driver."""

    def __init__(self, map: object, *args: object, **options: object) -> None:
        options.setdefault("max", 2**31 - 1)
        super().__init__(map, *args, **options)  # type: ignore[arg-type]


def row_id(text: str | int) -> int:
    """An id in a query string; what no column holds is 0, which no row has."""
    number = int(text)
    return number if 0 < number < 2**31 else 0


def is_own_path(target: str) -> bool:
    """Whether `target` is a path of this portal: only there may somebody be led by an address they came with."""
    if not target.isprintable() or not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def use_safe_addresses(app: Flask) -> None:
    """Limit ids in addresses; call before routes are registered."""
    app.url_map.converters["int"] = _IdConverter


def add_security_headers(app: Flask) -> None:
    """Headers that keep a page from being framed, sniffed, cached by others or made to load foreign code."""

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not (request.endpoint or "").endswith("static"):
            # What a person may see changes; nothing of it may stay in a shared cache or the back button.
            response.headers.setdefault("Cache-Control", "no-store")
        return response
