"""Finds pages by what stands on them: `PORTAL_SAMPLES=… python -m bench.recall [--files 99] [--others 2000]`.

Every scan that has its truth beside it is read by the portal and indexed among made-up documents. Then phrases of the
truth are asked for, three consecutive words or five consecutive Han characters; once in quotation marks and
once as plain words. The figure is the share of phrases for which the scan is among the first ten results. Phrases that
the truth has but a reader misread are misses: this measures reading, analysis and ranking together.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from bench.ocr import LANGUAGES, Legajo, scans
from bench.search_archive import Archive
from search_index import DOCUMENT, IndexDocument, Query, Rights, SearchIndex
from search_index.language import parse
from search_index.whoosh import WhooshIndex

PHRASES_OF_A_PAGE = 20
FIRST = 10
_WORDS = 3
_CHARACTERS = 5
_WORD = re.compile(r"[^\W\d_\u2e80-\U0003ffff]{2,}")
_HAN = re.compile(r"[\u4e00-\u9fff]{5,}")


def phrases(truth: str, language: str) -> list[str]:
    """Phrases of one page, the same at every run: at most so many, spread over the page."""
    found = list(dict.fromkeys(_han_phrases(truth) if language == "zh" else _word_phrases(truth)))
    return sorted(random.Random(len(truth)).sample(found, min(PHRASES_OF_A_PAGE, len(found))))


def _han_phrases(truth: str) -> Iterator[str]:
    for run in _HAN.findall(truth):
        for start in range(len(run) - _CHARACTERS + 1):
            yield run[start : start + _CHARACTERS]


def _word_phrases(truth: str) -> Iterator[str]:
    for line in truth.splitlines():
        words = list(_WORD.finditer(line))
        # Only words with nothing but a space between them: other marks may be read in other ways.
        together = [0, *(i + 1 for i, (one, two) in enumerate(pairwise(words)) if line[one.end() : two.start()] != " ")]
        for start, end in pairwise([*together, len(words)]):
            for first in range(start, end - _WORDS + 1):
                yield " ".join(word.group() for word in words[first : first + _WORDS])


def is_found(index: SearchIndex, question: str, wanted: str) -> bool:
    """Whether the wanted document is among the first results."""
    rows = index.search(Query(parse(question).condition, Rights.everything(), limit=FIRST)).rows
    return any(row.document == wanted for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=99, help="scans of each language at most")
    parser.add_argument("--others", type=int, default=2000, help="made-up documents among which they are looked for")
    options = parser.parse_args()
    if not os.environ.get("PORTAL_SAMPLES"):
        sys.exit("PORTAL_SAMPLES is not set: there is nothing to look for.")
    samples = Path(os.environ["PORTAL_SAMPLES"])
    reader = Legajo()
    with tempfile.TemporaryDirectory() as folder:
        index = WhooshIndex(Path(folder) / "index")
        index.rebuild(Archive(options.others).entries())
        questions: list[tuple[str, str, str]] = []
        for language in LANGUAGES:
            for path in scans(samples / f"scans_{language}", options.files):
                id_ = f"document:scan-{language}-{path.stem}"
                text = reader.read(path, language)
                index.write([IndexDocument(id_, DOCUMENT, frozenset(), pages=(text,), group="dossier:scans")])
                truth = path.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
                questions += [(language, id_, phrase) for phrase in phrases(truth, language)]
        reader.close()
        print("| language | phrases | in quotation marks | as words |\n|---|---|---|---|")
        for language in LANGUAGES:
            own = [(id_, phrase) for each, id_, phrase in questions if each == language]
            quoted = sum(is_found(index, f'"{phrase}"', id_) for id_, phrase in own)
            plain = sum(is_found(index, phrase, id_) for id_, phrase in own)
            count = max(1, len(own))
            print(f"| {language} | {len(own)} | {quoted / count:.3f} | {plain / count:.3f} |")
        index.close()


if __name__ == "__main__":
    main()
