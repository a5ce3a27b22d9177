"""From the marks of a query to a condition.

Written by hand, as a descent from OR to AND to NOT: parser generators stop at the first mistake or guess silently,
and here a mistake must be told with its place while everything else is searched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from search_index.analysis import phrase_of
from search_index.conditions import (
    ANYWHERE,
    AllOf,
    AnyOf,
    Condition,
    Not,
    Text,
    all_texts,
    wanted_texts,
    without_inner_not,
)
from search_index.language.marks import Cutter, Mark, Sort
from search_index.language.question import (
    MAX_LENGTH,
    MAX_WORDS,
    NO_FIELDS,
    FieldReader,
    NotUnderstood,
    Problem,
    Question,
    Trouble,
)
from search_index.language.readers import all_of, read_number, read_words

_TROUBLES_OF_A_KIND = 3
_UNPAIRED = re.compile("[\ud800-\udfff]")
"""Halves of characters: nobody types them, and they cannot be written anywhere."""


def parse(text: str, fields: Mapping[str, FieldReader] = NO_FIELDS) -> Question:
    """Understand a query. Never raises, whatever was typed.

    :param fields: names of fields (folded: small letters, no accents) in whatever language → their readers
    """
    typed = _UNPAIRED.sub("\ufffd", text)
    cutter = Cutter(typed[:MAX_LENGTH], fields)
    troubles = cutter.troubles
    if len(typed) > MAX_LENGTH:
        troubles.append(Trouble(Problem.TOO_LONG, MAX_LENGTH, len(typed)))
    condition = _Reading(typed, cutter.marks, fields, troubles).whole()
    if condition is not None and not _asks_for_something(condition):
        condition = None
        troubles.append(Trouble(Problem.ONLY_EXCLUDED, 0, len(typed), typed.strip()))
    if condition is None and not troubles:
        troubles.append(Trouble(Problem.NO_WORDS, 0, len(typed), typed.strip()))
    words = dict.fromkeys(text.word for text in wanted_texts(condition)) if condition is not None else {}
    return Question(condition, tuple(words), _in_order(troubles))


def _in_order(troubles: list[Trouble]) -> tuple[Trouble, ...]:
    """By their places; of many of one kind the first few say enough."""
    told: Counter[Problem] = Counter()
    chosen: list[Trouble] = []
    for trouble in sorted(troubles, key=lambda trouble: (trouble.start, trouble.end)):
        told[trouble.problem] += 1
        if told[trouble.problem] <= _TROUBLES_OF_A_KIND:
            chosen.append(trouble)
    return tuple(chosen)


def _asks_for_something(condition: Condition) -> bool:
    """Whether it says anything that an entry should be, and not only what it should not be."""
    return _has_plain_leaf(without_inner_not(condition))


def _has_plain_leaf(condition: Condition) -> bool:
    if isinstance(condition, AllOf | AnyOf):
        return any(_has_plain_leaf(part) for part in condition.parts)
    return not isinstance(condition, Not)


class _Reading:
    """Reads the marks from left to right. Parentheses stand in pairs, at most `MAX_DEPTH` within each other.

    A part of which nothing could be understood is None, and what it stands in goes on without it.
    """

    def __init__(
        self, typed: str, marks: list[Mark], fields: Mapping[str, FieldReader], troubles: list[Trouble]
    ) -> None:
        self._typed = typed
        self._marks = marks
        self._fields = fields
        self._troubles = troubles
        self._at = 0
        self._words = 0

    def whole(self) -> Condition | None:
        """The condition of the whole query."""
        return self._either(None)

    def _next(self, *sorts: Sort) -> Mark | None:
        """The next mark, if it is of one of these sorts."""
        mark = self._marks[self._at] if self._at < len(self._marks) else None
        return mark if mark is not None and mark.sort in sorts else None

    def _take(self, *sorts: Sort) -> Mark | None:
        mark = self._next(*sorts)
        self._at += mark is not None
        return mark

    def _is_operand_next(self) -> bool:
        return self._at < len(self._marks) and not self._next(Sort.CLOSE, Sort.OR, Sort.AND)

    def _trouble(self, problem: Problem, start: int, end: int, expected: tuple[str, ...] = ()) -> None:
        self._troubles.append(Trouble(problem, start, end, self._typed[start:end].strip(), expected))

    def _either(self, reader: FieldReader | None) -> Condition | None:
        """Parts with OR between them."""
        begins = self._at
        sides = [self._every(reader)]
        has_left = self._at > begins
        while operator := self._take(Sort.OR):
            begins = self._at
            sides.append(self._every(reader))
            if not (has_left and self._at > begins):
                self._trouble(Problem.MISSING_SIDE, operator.start, operator.end)
            # Of two operators in a row it is enough to tell of the first.
            has_left = True
        understood = tuple(dict.fromkeys(side for side in sides if side is not None))
        return AnyOf(understood) if len(understood) > 1 else next(iter(understood), None)

    def _every(self, reader: FieldReader | None) -> Condition | None:
        """Parts beside each other, or with AND between them."""
        parts: list[Condition | None] = []
        has_left = False
        while True:
            while operator := self._take(Sort.AND):
                if not (has_left and self._is_operand_next()):
                    self._trouble(Problem.MISSING_SIDE, operator.start, operator.end)
                has_left = True
            if not self._is_operand_next():
                return all_of(part for part in parts if part is not None)
            parts.append(self._one(reader))
            has_left = True

    def _one(self, reader: FieldReader | None) -> Condition | None:
        """A part with any number of NOT before it."""
        negated = False
        last: Mark | None = None
        while found := self._take(Sort.NOT):
            negated, last = not negated, found
        if last is not None and not self._is_operand_next():
            self._trouble(Problem.MISSING_SIDE, last.start, last.end)
            return None
        condition = self._plain_one(reader)
        return Not(condition) if negated and condition is not None else condition

    def _plain_one(self, reader: FieldReader | None) -> Condition | None:
        if self._take(Sort.OPEN):
            condition = self._either(reader)
            self._take(Sort.CLOSE)
            return condition
        if field := self._take(Sort.FIELD):
            return self._field(field)
        mark = self._take(Sort.WORD, Sort.PHRASE, Sort.NUMBER)
        if mark is None:
            return None
        return self._within_limit(mark, self._value(reader, mark) if reader else self._anywhere(mark))

    def _field(self, field: Mark) -> Condition | None:
        reader = self._fields[field.text]
        following = self._next(Sort.OPEN, Sort.WORD, Sort.PHRASE, Sort.NUMBER)
        if following is None or (following.sort is Sort.OPEN and self._marks[self._at + 1].sort is Sort.CLOSE):
            self._trouble(Problem.EMPTY_VALUE, field.start, field.end)
            return None
        return self._plain_one(reader)

    def _value(self, reader: FieldReader, mark: Mark) -> Condition | None:
        try:
            return reader(mark.text + mark.reach)
        except NotUnderstood as reason:
            problem = Problem.UNKNOWN_VALUE if mark.text.strip() else Problem.EMPTY_VALUE
            self._trouble(problem, mark.start, mark.end, reason.expected)
            return None

    def _anywhere(self, mark: Mark) -> Condition | None:
        if mark.sort is Sort.NUMBER:
            return read_number(mark.text)
        if mark.sort is Sort.PHRASE:
            phrase = phrase_of(mark.text, mark.reach)
            return Text(phrase) if phrase else None
        condition, problem = read_words(mark.text, mark.reach, ANYWHERE)
        if problem:
            self._trouble(problem, mark.start, mark.end)
        return condition

    def _within_limit(self, mark: Mark, condition: Condition | None) -> Condition | None:
        """What of a condition is left within `MAX_WORDS`."""
        if condition is None:
            return None
        count = len(list(all_texts(condition)))
        room = max(0, MAX_WORDS - self._words)
        is_told = self._words > MAX_WORDS
        self._words += count
        if count <= room:
            return condition
        if not is_told:
            self._trouble(Problem.TOO_MANY_WORDS, mark.start, len(self._typed))
        return all_of(condition.parts[:room]) if isinstance(condition, AllOf) else None
