"""A query cut into its marks: words, phrases, signs and operators, each with its place in what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rapidfuzz import fuzz, process

from search_index.analysis import Reach, fold_text, spaced_number
from search_index.language.question import MAX_DEPTH, FieldReader, Problem, Trouble

_DOUBLE = '"\u201c\u201d\u201e\u201f\u301d\u301e\u301f'
_PAIRS = ("\u00ab\u00bb", "\u2039\u203a", "\u300c\u300d", "\u300e\u300f")
_QUOTES = {quote: re.compile(f"[{family}]") for family in (_DOUBLE, *_PAIRS) for quote in family}
"""Quotation mark → those that end what it begins. Keyboards often give only one of a pair."""
_SINGLE = re.compile(r"\u2018([^\u2018\u2019]*)\u2019(?!\w)")
_WORD = re.compile(rf"[^\s()|{re.escape(''.join(_QUOTES))}]+")
_MINUS = re.compile(r"[-\u2212\u2013](?=[^\s\-\u2212\u2013])")
_HYPHENS = re.compile(r"[-\u2010-\u2015\u2212]+")
_FIELD = re.compile(r"([^\W\d_]+):")
_NUMBER = re.compile(r"\+?\(?(?=[0-9])")
_SIGNS = "*~"
_SIGNS_BEHIND = re.compile(rf"[{_SIGNS}]+$")
_AFTER_VALUES = ",;:!?\u3001\u3002"
_PUNCTUATION = _AFTER_VALUES + ".\u2026"
_ADDRESS = re.compile(r"//|[\\/]")
_NEARLY_THE_NAME = 60


class Sort(Enum):
    """What a mark is."""

    WORD = "word"
    PHRASE = "phrase"
    NUMBER = "number"
    FIELD = "field"
    NOT = "not"
    AND = "and"
    OR = "or"
    OPEN = "open"
    CLOSE = "close"


_OPERATORS = {"NOT": Sort.NOT, "AND": Sort.AND, "OR": Sort.OR}


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a query. `text`: of a word without the sign behind it, of a phrase without its quotation marks, of
    a field its folded name."""

    sort: Sort
    start: int
    end: int
    text: str = ""
    reach: Reach = Reach.EXACT


@lru_cache(maxsize=4096)
def _narrow(char: str) -> str:
    """The sign on a Latin keyboard for the one on a Chinese keyboard; what would change its length stays."""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


class Cutter:
    """Cuts one query. `marks` holds what was found, parentheses in pairs; `troubles` what was wrong."""

    def __init__(self, text: str, fields: Mapping[str, FieldReader]) -> None:
        self.marks: list[Mark] = []
        self.troubles: list[Trouble] = []
        self._text = text
        self._plain = "".join(map(_narrow, text))
        self._fields = fields
        self._figures_end = 0
        at = 0
        while at < len(text):
            at = self._cut(at)
        self._pair_parentheses()

    def _add(self, sort: Sort, start: int, end: int, text: str = "", reach: Reach = Reach.EXACT) -> int:
        self.marks.append(Mark(sort, start, end, text, reach))
        return end

    def _trouble(self, problem: Problem, start: int, end: int, expected: tuple[str, ...] = ()) -> None:
        self.troubles.append(Trouble(problem, start, end, self._text[start:end].strip(), expected))

    def _cut(self, at: int) -> int:
        """Find what begins here; returns where the next may begin."""
        char = self._plain[at]
        if char.isspace():
            return at + 1
        number_end = self._number_end(at)
        if number_end:
            return self._add(Sort.NUMBER, at, number_end, self._text[at:number_end])
        if char == "(":
            return self._add(Sort.OPEN, at, at + 1)
        if char == ")":
            return self._add(Sort.CLOSE, at, at + 1)
        if char == "|":
            return self._add(Sort.OR, at, at + 1)
        if char in _QUOTES:
            return self._phrase(at)
        if single := _SINGLE.match(self._plain, at):
            return self._add(Sort.PHRASE, at, single.end(), self._text[at + 1 : single.end() - 1])
        if self._may_negate(at):
            return self._add(Sort.NOT, at, at + 1)
        if not self._follows(Sort.FIELD, at) and (hyphens := _HYPHENS.match(self._plain, at)):
            return hyphens.end()
        return self._field(at) or self._word(at)

    def _number_end(self, at: int) -> int:
        """Where a telephone number with spaces, parentheses or a plus in it ends; 0 where none begins."""
        start = _NUMBER.match(self._plain, at)
        if start is None or start.end() < self._figures_end or self._follows(Sort.FIELD, at):
            return 0
        groups, end = spaced_number(self._plain, start.end())
        if not groups:
            self._figures_end = end
        written = self._plain[at:end]
        is_spaced = any(sign in written for sign in " (+")
        is_whole = written.count("(") == written.count(")") and self._plain[end : end + 1] not in {*_SIGNS, ":"}
        if not groups or not is_spaced or not is_whole:
            return 0
        # -2025 2026 0042 leaves out 2025 only.
        is_bare_not = bool(self.marks) and self.marks[-1].sort is Sort.NOT and start.end() == at
        return 0 if is_bare_not else end

    def _phrase(self, at: int) -> int:
        closing = _QUOTES[self._plain[at]].search(self._plain, at + 1)
        if closing is None:
            self._trouble(Problem.UNCLOSED_QUOTE, at, len(self._text))
            return at + 1
        end = closing.start()
        is_open = self._plain[end + 1 : end + 2] == Reach.BEGINNING
        reach = Reach.BEGINNING if is_open else Reach.EXACT
        return self._add(Sort.PHRASE, at, end + 1 + len(reach), self._text[at + 1 : end], reach)

    def _may_negate(self, at: int) -> bool:
        before = self._plain[at - 1] if at else " "
        return bool(_MINUS.match(self._plain, at)) and (before.isspace() or before in "(|" or before in _QUOTES)

    def _follows(self, sort: Sort, at: int) -> bool:
        return bool(self.marks) and self.marks[-1].sort is sort and self.marks[-1].end == at

    def _field(self, at: int) -> int:
        """A field's name with its colon; 0 where none begins."""
        name = _FIELD.match(self._plain, at)
        if name is None or self._follows(Sort.FIELD, at):
            return 0
        folded = fold_text(name.group(1))
        if folded in self._fields:
            return self._add(Sort.FIELD, at, name.end(), folded)
        value = self._plain[name.end() : name.end() + 2]
        is_text = not value.strip() or value[0].isspace() or bool(_ADDRESS.match(value))
        if self._fields and not is_text:
            near = process.extract(
                folded, list(self._fields), scorer=fuzz.ratio, score_cutoff=_NEARLY_THE_NAME, limit=3
            )
            self._trouble(Problem.UNKNOWN_FIELD, at, name.end(1), tuple(found for found, *_ in near))
        return 0

    def _word(self, at: int) -> int:
        found = _WORD.match(self._plain, at)
        if found is None:
            return at + 1
        is_value = self._follows(Sort.FIELD, at)
        if found.group() in _OPERATORS and not is_value:
            return self._add(_OPERATORS[found.group()], at, found.end())
        chunk = found.group().rstrip(_AFTER_VALUES if is_value else _PUNCTUATION)
        signs = _SIGNS_BEHIND.search(chunk)
        start, end, last = at, at + (signs.start() if signs else len(chunk)), at + len(chunk)
        while start < end and self._plain[start] in _SIGNS:
            start += 1
        if start > at:
            self._trouble(Problem.LONELY_MARK, at, start)
        if signs and start == end:
            self._trouble(Problem.LONELY_MARK, end, last)
        elif start < end:
            self._add(Sort.WORD, start, last, self._text[start:end], Reach(signs.group()[0]) if signs else Reach.EXACT)
        return found.end()

    def _pair_parentheses(self) -> None:
        """Leave out parentheses that close nothing and those too deep within others; close the open ones."""
        opened: list[int] = []
        dropped: set[int] = set()
        too_deep = False
        for index, mark in enumerate(self.marks):
            if mark.sort is Sort.OPEN:
                opened.append(index)
                if len(opened) > MAX_DEPTH:
                    dropped.add(index)
                    if not too_deep:
                        self._trouble(Problem.TOO_DEEP, mark.start, mark.end)
                    too_deep = True
            elif mark.sort is Sort.CLOSE and opened:
                if opened.pop() in dropped:
                    dropped.add(index)
            elif mark.sort is Sort.CLOSE:
                dropped.add(index)
                self._trouble(Problem.EXTRA_PARENTHESIS, mark.start, mark.end)
        for index in opened:
            self._trouble(Problem.UNCLOSED_PARENTHESIS, self.marks[index].start, self.marks[index].end)
        missing = sum(1 for index in opened if index not in dropped)
        self.marks = [mark for index, mark in enumerate(self.marks) if index not in dropped]
        self.marks += [Mark(Sort.CLOSE, len(self._text), len(self._text))] * missing
