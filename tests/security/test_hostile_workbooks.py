"""A workbook that says it is larger than any sheet is read as far as sheets go."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from portal.documents.reading import office
from portal.documents.reading.office import workbook_pages


def workbook(last_row: int) -> bytes:
    """A sheet whose second row carries that number."""
    plain = io.BytesIO()
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["A1"], sheet["A2"] = "castings", "waybill"
    book.save(plain)
    changed = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b'<row r="2"', b'<row r="%d"' % last_row)
                content = content.replace(b'r="A2"', b'r="A%d"' % last_row)
            target.writestr(part, content)
    return changed.getvalue()


def test_the_last_row_there_can_be_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book"
    path.write_bytes(workbook(1_048_576))
    assert workbook_pages(path, 10) == ["Sheet\n\ncastings\nwaybill"]


def test_rows_behind_it_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_LAST_ROW", 50)
    path = tmp_path / "book"
    path.write_bytes(workbook(2_000_000))
    assert workbook_pages(path, 10) == ["Sheet\n\ncastings"]
