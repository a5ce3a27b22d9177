"""Measures reading on a corpus of scans: `PORTAL_SAMPLES=… python bench/reading.py [--files 24] [--each]`.

For each language: the share of the truth's character n-grams and words that were found (the order of tables
and columns differs between truth and engine, so n-grams are compared and not whole texts), seconds a page,
and the largest memory of the child process. Exits with a note when PORTAL_SAMPLES is not set.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from portal.documents.reading.kinds import sniff
from portal.documents.reading.layout import without_hyphenation
from portal.documents.reading.reader import PageReader, ReadingFailed

LANGUAGES = ("en", "es", "zh")
NGRAM = {"zh": 2}


def ngrams(text: str, length: int) -> Counter[str]:
    """Character n-grams without spaces and rules; engines differ in how many dots a leader has."""
    text = re.sub(r"[\s_.\-·…]+", "", unicodedata.normalize("NFKC", text).casefold())
    return Counter(text[i : i + length] for i in range(len(text) - length + 1))


def words(text: str) -> Counter[str]:
    """Latin words of three letters or more, as a search would ask for them: not divided at a line's end."""
    text = unicodedata.normalize("NFKC", without_hyphenation(text)).casefold()
    return Counter(word for word in re.findall(r"[^\W\d_\u2e80-\U0003ffff]{3,}", text))


def found_share(truth: Counter[str], read: Counter[str]) -> float | None:
    """The share of `truth` that is in `read`; None when there was nothing to find."""
    return sum((truth & read).values()) / sum(truth.values()) if truth else None


def scans(folder: Path, count: int) -> Iterator[Path]:
    """At most `count` files that have their truth beside them, spread over the folder."""
    files = sorted(p for p in folder.iterdir() if p.suffix != ".txt" and p.with_suffix(".txt").exists())
    step = max(1, len(files) // count)
    yield from files[::step][:count]


def peak_megabytes(process_id: int) -> float:
    """The largest resident size that process has had."""
    status = Path(f"/proc/{process_id}/status").read_text()
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match.group(1)) / 1024 if match else 0.0


def measure(language: str, folder: Path, count: int, each: bool) -> str:
    """Read the scans of one language and return its row of the table."""
    shares, word_shares, seconds = [], [], []
    memory = 0.0
    with PageReader() as reader:
        for path in scans(folder, count):
            kind = sniff(path)
            assert kind, path
            truth = path.with_suffix(".txt").read_text()
            start = time.perf_counter()
            try:
                text = reader.read_page(path, kind, 1).text
            except ReadingFailed as error:
                text = ""
                print(f"{path.name}: {error}", file=sys.stderr)
            seconds.append(time.perf_counter() - start)
            share = found_share(ngrams(truth, NGRAM.get(language, 3)), ngrams(text, NGRAM.get(language, 3)))
            if share is not None:
                shares.append(share)
            word_share = found_share(words(truth), words(text))
            if word_share is not None:
                word_shares.append(word_share)
            if reader.process_id:
                memory = max(memory, peak_megabytes(reader.process_id))
            if each:
                print(f"  {path.name:50} {share or 0:.3f} {word_share or 0:.3f} {seconds[-1]:.1f} s")
    return (
        f"| {language} | {len(seconds)} | {statistics.mean(shares):.3f} | {min(shares):.2f} "
        f"| {statistics.mean(word_shares):.3f} | {statistics.mean(seconds):.1f} | {memory:.0f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure text recognition on a private corpus.")
    parser.add_argument("--files", type=int, default=24, help="files per language")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--each", action="store_true", help="print every file")
    options = parser.parse_args()
    samples = os.environ.get("PORTAL_SAMPLES")
    if not samples:
        sys.exit("PORTAL_SAMPLES is not set: there is nothing to measure on.")
    rows = [
        measure(language, Path(samples) / f"scans_{language}", options.files, options.each)
        for language in options.language or LANGUAGES
    ]
    print("| language | pages | n-grams found | worst page | words found | seconds a page | MB |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
