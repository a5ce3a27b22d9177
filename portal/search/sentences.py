"""What of a question was not understood, in words that say where."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.messages import N_, Message
from search_index.language import Problem, Trouble

_SENTENCES: Mapping[Problem, str] = {
    Problem.NO_WORDS: N_("There is no word in this to search for. Type a word, a name or a number."),
    Problem.ONLY_EXCLUDED: N_("This says only what you do not want. Add a word that must occur."),
    Problem.UNCLOSED_QUOTE: N_(
        "The quotation mark at character %(place)s is not closed, so the words after it were searched one by one."
    ),
    Problem.UNCLOSED_PARENTHESIS: N_("The bracket at character %(place)s is not closed; it was closed at the end."),
    Problem.EXTRA_PARENTHESIS: N_("The bracket at character %(place)s closes nothing and was left out."),
    Problem.MISSING_SIDE: N_(
        "“%(word)s” at character %(place)s needs a word on each side (NOT: behind it) and was left out."
    ),
    Problem.EMPTY_VALUE: N_("“%(word)s” at character %(place)s has no value behind the colon and was left out."),
    Problem.UNKNOWN_VALUE: N_("“%(word)s” at character %(place)s is no value of this field and was left out."),
    Problem.UNKNOWN_FIELD: N_("“%(word)s” at character %(place)s is no field; it was searched as words."),
    Problem.LONELY_MARK: N_("“%(word)s” at character %(place)s stands behind no word and was left out."),
    Problem.SHORT_PREFIX: N_(
        "A star behind a single letter (at character %(place)s) would find nearly everything; the letter was searched."
    ),
    Problem.TOO_DEEP: N_("There are too many brackets within brackets; the innermost were left out."),
    Problem.TOO_MANY_WORDS: N_("There are too many words; those from character %(place)s on were left out."),
    Problem.TOO_LONG: N_("The question is very long. Only its beginning was searched."),
}
_EXAMPLES: Mapping[Problem, str] = {
    Problem.UNKNOWN_VALUE: N_(
        "“%(word)s” at character %(place)s is no value of this field and was left out. It knows: %(expected)s."
    ),
    Problem.UNKNOWN_FIELD: N_(
        "“%(word)s” at character %(place)s is no field; it was searched as words. Did you mean: %(expected)s?"
    ),
}


def sentence(trouble: Trouble) -> Message:
    """The sentence for a trouble, with its place counted from 1."""
    texts = _EXAMPLES if trouble.expected and trouble.problem in _EXAMPLES else _SENTENCES
    values = {"word": trouble.word, "place": trouble.start + 1, "expected": ", ".join(trouble.expected)}
    text = texts[trouble.problem]
    return Message(text, {name: value for name, value in values.items() if f"%({name})s" in text})
