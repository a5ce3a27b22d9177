"""`python -m tests.catalogues`: every string has its translation in every language, with the same placeholders.

Used by `make check` and by tests/unit/test_catalogues.py.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
LANGUAGES = ("es", "zh")
KEYWORDS = {
    "_": None,
    "N_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def messages_in_code() -> set[str]:
    """Every message id in Python and templates."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found: set[str] = set()
    for folder in ("portal", "templates"):
        prefixed = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods]
        prefixed_options = {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()}
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, prefixed, prefixed_options, KEYWORDS
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def catalogue(language: str) -> Catalog:
    """The catalogue of a language, fuzzy entries included."""
    path = ROOT / "portal" / "translations" / language / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def faults(language: str) -> list[str]:
    """What is missing or wrong in a language's catalogue."""
    entries = catalogue(language)
    wrong = []
    for message in sorted(messages_in_code()):
        entry = entries.get(message)
        texts = [] if entry is None else list(entry.string) if entry.pluralizable else [entry.string]
        if entry is None or not texts or not all(texts) or entry.fuzzy:
            wrong.append(f"{language}: not translated: {message!r}")
            continue
        wanted = set(PLACEHOLDER.findall(message)) - {"num"}
        for text in texts:
            if not wanted <= set(PLACEHOLDER.findall(text)) or set(PLACEHOLDER.findall(text)) - wanted - {"num"}:
                wrong.append(f"{language}: placeholders differ: {message!r} → {text!r}")
    return wrong


def main() -> int:
    """Print the faults; 1 if there are any."""
    wrong = [fault for language in LANGUAGES for fault in faults(language)]
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{len(messages_in_code())} strings, {len(wrong)} faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
