"""Measures how long a text PDF takes from its upload to being found, in a portal filled by `bench.search_pages`.

    python -m bench.upload_to_search --folder /tmp/archive [--engine whoosh] [--times 10]

The portal works its queues in this process as `flask serve` does; uploads go through the form, searches through the
page.
"""

from __future__ import annotations

import argparse
import io
import re
import time
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
from reportlab.pdfgen.canvas import Canvas

from bench.filling import CLERK
from bench.search_pages import log_in, open_portal

_DOSSIER = 1
_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def letter(word: str) -> bytes:
    """A PDF of two pages of text with a word that stands nowhere else."""
    data = io.BytesIO()
    canvas = Canvas(data)
    for page in (1, 2):
        for line in range(30):
            canvas.drawString(50, 780 - 20 * line, f"Page {page}, line {line}: please confirm the delivery to {word}.")
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def file_and_find(client: Any, word: str) -> float:
    """Seconds from sending the form to the first search that finds the word."""
    address = f"/dossiers/{_DOSSIER}/documents/new"
    form = client.get(address).text
    form = next(part for part in form.split("<form") if f'action="{address}"' in unescape(part))
    attributes = [dict(_ATTRIBUTE.findall(field)) for field in _FIELD.findall(form)]
    hidden = {each["name"]: unescape(each.get("value", "")) for each in attributes if "name" in each}
    fields = {"kind": "letter", "direction": "in", "dated": "2026-01-05"}
    files = {"files": [(io.BytesIO(letter(word)), f"{word}.pdf")]}
    start = time.perf_counter()
    answer = client.post(address, data={**hidden, **fields, **files}, content_type="multipart/form-data")
    assert answer.status_code in (200, 302), answer.status
    while "data-hit" not in client.get("/search", query_string={"q": f"{word} delivery"}).text:
        time.sleep(0.05)
        assert time.perf_counter() - start < 120, "it is not found"
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--engine", default="whoosh", choices=("whoosh", "tantivy", "postgres"))
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    app = open_portal(options.folder, options.engine, 0)
    queues = app.extensions["legajo_queues"]
    client = log_in(app, CLERK)
    queues.start()
    try:
        words = [f"quetzal{time.time_ns()}n{number}" for number in range(options.times)]
        taken = [file_and_find(client, word) for word in words]
    finally:
        queues.stop()
        app.extensions["legajo"].close()
    print(f"first {taken[0]:.2f} s, p50 {np.median(taken):.2f} s, slowest {max(taken):.2f} s")


if __name__ == "__main__":
    main()
