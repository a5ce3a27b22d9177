"""Compares ways of recognising text: `PORTAL_SAMPLES=… python -m bench.ocr [--engine legajo …] [--files 24] [--each]`.

Per engine and language: the share of the truth's character n-grams that were found (the order of tables and
columns differs between truth and engine, so n-grams are compared and not whole texts), the same for letters and
digits only (what a search sees), the character error rate of single-column pages that people typed, seconds a page
on the clock and of the processor, and the largest memory. The engines take turns page by page, so that a busy
machine slows all of them alike. Exits with a note when PORTAL_SAMPLES is not set.

`legajo` is the portal's own way, in the portal's own child process; `legajo-onnxruntime` the same without OpenVINO;
`rapidocr` is RapidOCR as it comes; `tesseract` is Debian's, where it is installed.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import rapidocr
from PIL import Image
from rapidfuzz.distance import Levenshtein

from portal.documents.reading import engine
from portal.documents.reading.kinds import sniff
from portal.documents.reading.layout import in_reading_order, text_of, without_hyphenation
from portal.documents.reading.pictures import Picture
from portal.documents.reading.reader import PageReader, ReadingFailed
from portal.documents.reading.recognition import Recogniser

LANGUAGES = ("en", "es", "zh")
NGRAM = {"zh": 2}
TYPED_SINGLE_COLUMN = ("fondue_", "tesseract_phototest", "cnocr_")
"""Names of pages whose truth was typed by people and that have one column."""

HEAD = """| engine | language | pages | n-grams found | worst page | letters and digits | character errors (pages) \
| seconds | processor seconds | MB |
|---|---|---|---|---|---|---|---|---|---|"""

TESSERACT_LANGUAGES = {"en": "eng", "es": "spa", "zh": "chi_sim+eng"}


def folded(text: str) -> str:
    """`text` without spaces, rules and leaders; engines differ in how many dots a leader has."""
    return re.sub(r"[\s_.\-·…]+", "", unicodedata.normalize("NFKC", text).casefold())


def letters(text: str) -> str:
    """Only letters and digits: no quotes, dashes and boxes to tick, which truths write in many ways."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def found_share(truth: str, read: str, length: int) -> float | None:
    """The share of the n-grams of `truth` that are in `read`; None when there was nothing to find."""
    wanted, got = (Counter(text[i : i + length] for i in range(len(text) - length + 1)) for text in (truth, read))
    return sum((wanted & got).values()) / sum(wanted.values()) if wanted else None


def error_rate(truth: str, read: str) -> float:
    """Edits a character of `truth` needs, spaces and divided words aside."""
    first, second = (folded(without_hyphenation(text.replace("¬", "-"))) for text in (truth, read))
    return float(Levenshtein.distance(first, second)) / max(1, len(first))


class Engine(ABC):
    """A way of reading a page. `processor_seconds` and `megabytes` are those of whatever does the work."""

    @abstractmethod
    def read(self, path: Path, language: str) -> str:
        """The text of a page; empty where it cannot be read."""

    def processor_seconds(self) -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    def megabytes(self) -> float:
        return peak_megabytes(os.getpid())

    def close(self) -> None:  # noqa: B027  (most hold nothing)
        """Let go of what the engine holds."""


class Legajo(Engine):
    """The portal's reader, child process and all."""

    def __init__(self) -> None:
        self._reader = PageReader()

    def read(self, path: Path, language: str) -> str:
        kind = sniff(path)
        assert kind, path
        try:
            return self._reader.read_page(path, kind, 1).text
        except ReadingFailed as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return ""

    def processor_seconds(self) -> float:
        if not self._reader.process_id:
            return 0.0
        fields = Path(f"/proc/{self._reader.process_id}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        return peak_megabytes(self._reader.process_id) if self._reader.process_id else 0.0

    def close(self) -> None:
        self._reader.close()


class LegajoOnOnnxruntime(Engine):
    """The portal's recognition on onnxruntime, in this process."""

    def __init__(self) -> None:
        self._recogniser = Recogniser(2, engine.Runtime.ONNXRUNTIME)

    def read(self, path: Path, language: str) -> str:
        found = self._recogniser.read(opened(path))
        return text_of(in_reading_order(found.pieces, found.page_width, found.vertical))


class RapidAsItComes(Engine):
    """RapidOCR with the settings of its wheel, its lines from top to bottom as it gives them."""

    def __init__(self) -> None:
        self._rapid = rapidocr.RapidOCR(params={"Global.log_level": "critical"})

    def read(self, path: Path, language: str) -> str:
        pixels = cv2.cvtColor(np.asarray(opened(path).convert("RGB")), cv2.COLOR_RGB2BGR)
        return "\n".join(self._rapid(pixels).txts or ())


class Tesseract(Engine):
    """Debian's tesseract, told which language to expect."""

    def read(self, path: Path, language: str) -> str:
        with tempfile.NamedTemporaryFile(suffix=".png") as page:
            opened(path).save(page.name)
            command = ["tesseract", page.name, "-", "-l", TESSERACT_LANGUAGES[language]]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def processor_seconds(self) -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def megabytes(self) -> float:
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


ENGINES: dict[str, Callable[[], Engine]] = {
    "legajo": Legajo,
    "legajo-onnxruntime": LegajoOnOnnxruntime,
    "rapidocr": RapidAsItComes,
    "tesseract": Tesseract,
}


@dataclass
class Figures:
    """What was measured of one engine in one language, a value a page."""

    found: list[float] = field(default_factory=list)
    found_letters: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def row(self, name: str, language: str, megabytes: float) -> str:
        errors = f"{statistics.mean(self.errors):.3f} ({len(self.errors)})" if self.errors else "–"
        return (
            f"| {name} | {language} | {len(self.seconds)} | {statistics.mean(self.found):.3f} | {min(self.found):.2f} "
            f"| {statistics.mean(self.found_letters):.3f} | {errors} | {statistics.mean(self.seconds):.1f} "
            f"| {statistics.mean(self.processor):.1f} | {megabytes:.0f} |"
        )


def opened(path: Path) -> Image.Image:
    """The first page of a picture file."""
    kind = sniff(path)
    assert kind, path
    return Picture(path, kind, 150_000_000, 1000).page(1)


def scans(folder: Path, count: int) -> Iterator[Path]:
    """At most `count` files that have their truth beside them, spread over the folder."""
    files = sorted(p for p in folder.iterdir() if p.suffix != ".txt" and p.with_suffix(".txt").exists())
    step = max(1, len(files) // count)
    yield from files[::step][:count]


def peak_megabytes(process_id: int) -> float:
    """The largest resident size that process has had."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text())
    return int(match.group(1)) / 1024 if match else 0.0


def measure(path: Path, language: str, reading: Engine, figures: Figures) -> str:
    """Read one page and add what was measured; returns a line about it."""
    truth, length = path.with_suffix(".txt").read_text(), NGRAM.get(language, 3)
    start, before = time.perf_counter(), reading.processor_seconds()
    text = reading.read(path, language)
    figures.seconds.append(time.perf_counter() - start)
    figures.processor.append(max(0.0, reading.processor_seconds() - before))
    share = found_share(folded(truth), folded(text), length)
    in_letters = found_share(letters(truth), letters(text), length)
    if share is not None and in_letters is not None:
        figures.found.append(share)
        figures.found_letters.append(in_letters)
    if path.name.startswith(TYPED_SINGLE_COLUMN):
        figures.errors.append(error_rate(truth, text))
    return f"{path.name:50} {share or 0:.3f} {in_letters or 0:.3f} {figures.processor[-1]:.1f} s"


def table(samples: Path, names: Sequence[str], languages: Sequence[str], files: int, each: bool) -> list[str]:
    """Let the engines named take turns on every page; returns the table's rows."""
    rows = []
    for language in languages:
        engines = {name: ENGINES[name]() for name in names}
        figures = {name: Figures() for name in names}
        for path in scans(samples / f"scans_{language}", files):
            for name, reading in engines.items():
                line = measure(path, language, reading, figures[name])
                if each:
                    print(f"  {name:20} {line}", flush=True)
        for name, reading in engines.items():
            rows.append(figures[name].row(name, language, reading.megabytes()))
            reading.close()
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure text recognition on a private corpus.")
    parser.add_argument("--files", type=int, default=24, help="files per language")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--each", action="store_true", help="print every file")
    options = parser.parse_args()
    samples = os.environ.get("PORTAL_SAMPLES")
    if not samples:
        sys.exit("PORTAL_SAMPLES is not set: there is nothing to measure on.")
    names = options.engine or ["legajo"]
    if "tesseract" in names and not shutil.which("tesseract"):
        sys.exit("tesseract is not installed.")
    rows = table(Path(samples), names, options.language or LANGUAGES, options.files, options.each)
    print(HEAD)
    print("\n".join(rows))


if __name__ == "__main__":
    main()
