"""Real PDFs and scans of a private corpus; skipped where `PORTAL_SAMPLES` does not say where that is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.documents.reading.formats import Refusal, check_upload
from portal.documents.reading.kinds import sniff
from portal.documents.reading.limits import UploadLimits
from portal.documents.reading.reader import PageReader

SAMPLES = os.environ.get("PORTAL_SAMPLES")
pytestmark = pytest.mark.skipif(not SAMPLES, reason="PORTAL_SAMPLES is not set: the private corpus is not here")


def files(folder: str, *patterns: str) -> list[Path]:
    root = Path(SAMPLES or ".") / folder
    return sorted(path for pattern in patterns for path in root.glob(pattern)) if SAMPLES else []


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


@pytest.mark.parametrize("path", files("pdf", "*.pdf"), ids=lambda path: path.stem)
def test_every_pdf_is_refused_kept_unreadable_or_drawn(reader: PageReader, path: Path) -> None:
    try:
        accepted = check_upload(path, path.name, UploadLimits(), reader)
    except Refusal:
        assert path.name.startswith("unopenable")
        return
    if accepted.reason:
        assert path.name.startswith("unopenable")
        return
    assert accepted.pages >= 1
    assert reader.render_page(path, accepted.kind, 1, 600).startswith(b"\xff\xd8")


@pytest.mark.parametrize("path", files("pdf", "cuad_*.pdf"), ids=lambda path: path.stem[:30])
def test_contracts_with_text_give_their_own_words(reader: PageReader, path: Path) -> None:
    kind = sniff(path)
    assert kind
    page = reader.read_page(path, kind, 1)
    truth = set(re.findall(r"[a-z]{4,}", path.with_suffix(".txt").read_text().lower()))
    read = set(re.findall(r"[a-z]{4,}", page.text.lower()))
    assert page.source == "embedded"
    assert len(read & truth) > 0.9 * len(read)


@pytest.mark.parametrize(
    "name",
    [
        "scans_en/funsd_test_87332450.png",
        "scans_es/born_camelot_grouprows_p001.png",
        "scans_zh/born_pymupdf4546_p002.png",
    ],
)
def test_a_scan_of_each_language_is_read(reader: PageReader, name: str) -> None:
    path = Path(SAMPLES or ".") / name
    kind = sniff(path)
    assert kind
    page = reader.read_page(path, kind, 1)
    truth = re.sub(r"\W", "", path.with_suffix(".txt").read_text().casefold())
    read = re.sub(r"\W", "", page.text.casefold())
    pairs = {truth[i : i + 2] for i in range(len(truth) - 1)}
    found = {read[i : i + 2] for i in range(len(read) - 1)}
    assert len(pairs & found) > 0.85 * len(pairs)
