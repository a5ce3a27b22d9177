"""A file as the answer to a request."""

from __future__ import annotations

from flask import Response

from portal.reports.services.exporting import FileFormat

_MIME_TYPES = {
    FileFormat.PDF: "application/pdf",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.CSV: "text/csv",
    FileFormat.JSON: "application/json",
}


def file_answer(content: bytes, name: str, wanted: FileFormat) -> Response:
    """The file: a PDF is shown by the browser, anything else is kept."""
    place = "inline" if wanted is FileFormat.PDF else "attachment"
    headers = {"Content-Disposition": f'{place}; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, mimetype=_MIME_TYPES[wanted], headers=headers)
