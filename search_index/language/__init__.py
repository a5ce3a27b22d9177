"""What a person typed, understood: a condition for the index, the words to mark, and what was not understood.

    contrato 恒达          both words
    "购销合同书"            exactly so, beside each other; any quotation marks of the three languages
    fax OR letter          one of them; also fax | letter
    -传真   NOT (a OR b)    without
    HT-2026*   agrement~   what begins so; what is nearly so
    client:恒达   kind:(fax OR letter)   date:2026-01..2026-03

NOT binds closest, then AND (which may be left out), then OR. Operators are written in capitals; nothing else is
special, and full-width signs of Chinese keyboards mean what the narrow ones do. `marks` cuts a query, `grammar`
understands it, `readers` understand the values of fields.
"""

from search_index.analysis import distance_of
from search_index.language.grammar import parse
from search_index.language.question import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_WORDS,
    NO_FIELDS,
    FieldReader,
    NotUnderstood,
    Problem,
    Question,
    Trouble,
)
from search_index.language.readers import choice_reader, date_reader, text_reader, year_reader

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_WORDS",
    "NO_FIELDS",
    "FieldReader",
    "NotUnderstood",
    "Problem",
    "Question",
    "Trouble",
    "choice_reader",
    "date_reader",
    "distance_of",
    "parse",
    "text_reader",
    "year_reader",
]
