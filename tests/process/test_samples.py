"""Real scans through the commands: kept, read (or a clear reason), found. Needs PORTAL_SAMPLES; skipped without."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from portal.core.permissions import Role
from tests.factories import make_dossier, make_person

SAMPLES = Path(os.environ.get("PORTAL_SAMPLES", ""))
FILES = (
    "scans_en/fax_cuad_02_p01.tif",
    "scans_en/funsd_test_82092117.png",
    "scans_en/born_cuad_08_p03.png",
    "scans_es/fax_camelot_grouprows_p001.tif",
    "scans_es/fondue_33_pardo_bazan_de_mi_tierra.jpg",
    "scans_zh/born_llmsurvey_zh_p019.png",
    "scans_zh/fax_pymupdf4546_p001.tif",
    "pdf/cuad_VnueInc_20150914_8-K_EX-10.1_9259571_EX-10.1_Promotion_Agreement.pdf",
    "pdf/image_only__docling__ocr_test_rotated_180.pdf",
    "pdf/unopenable__paperless-ngx__password-is-test.pdf",
)
_PHRASE = re.compile(r"[㐀-鿿]{6}|[^\W\d_]{4,}(?: [^\W\d_]{2,}){2}")


@pytest.mark.skipif("PORTAL_SAMPLES" not in os.environ, reason="PORTAL_SAMPLES does not name a folder of real scans")
@pytest.mark.timeout(600)
def test_ten_real_files_end_with_text_or_a_reason_and_are_found(app: Any, parts: Any) -> None:
    with parts.writing() as work:
        clerk = make_person(work.session, None, Role.CLERK, login="clerk")
        dossier = make_dossier(work.session, clerk)
        number = dossier.number
        work.want("index", f"dossier:{dossier.id}")
    runner = app.test_cli_runner()
    paths = [str(SAMPLES / name) for name in FILES]

    added = runner.invoke(args=["documents", "add", "--dossier", number, "--kind", "other", "--as", "clerk", *paths])

    assert added.exit_code == 1, "the file behind a password is kept, and the command says that it cannot be read"
    assert "needs a password" in added.stderr
    ids = [int(word) for word in re.findall(r"^(\d+)\b", added.stdout, re.MULTILINE)]
    assert len(ids) == len(FILES), added.output
    read = 0
    for document_id, name in zip(ids, FILES, strict=True):
        shown = runner.invoke(args=["documents", "text", str(document_id), "--as", "clerk"])
        phrase = _PHRASE.search(shown.stdout)
        if phrase is None:
            assert "password" in name, f"{name}: neither text nor a reason: {shown.output!r}"
            continue
        read += 1
        found = runner.invoke(args=["search", "query", f'"{phrase[0]}"', "--as", "clerk", "--json"])
        hits = json.loads(found.stdout)
        rows = hits["hits"] if isinstance(hits, dict) else hits
        assert document_id in [row["id"] for row in rows] or f"document:{document_id}" in [row["id"] for row in rows], (
            f"{name}: {phrase[0]!r} is not found: {found.output}"
        )
    assert read == 9
