"""How much a word's places in an entry weigh (BM25F): the same numbers for every engine."""

import math

from search_index.conditions import Field

BOOSTS = {Field.CLIENT: 10.0, Field.NUMBER: 10.0, Field.TITLE: 4.0, Field.CORRESPONDENT: 4.0, Field.PAGES: 1.0}
SATURATION = 1.2
"""The strength at which a word has half of its weight."""
LENGTH_WEIGHT = 0.75
USUAL_LENGTH = 400
"""Words in the pages of a letter. Not the archive's mean: hidden documents must not move anybody's ranking."""
SHORTEST = 0.5
"""What a shorter text counts as, in usual lengths: else a note of three words would outrank everything."""
NAME_FREQUENCY = 0.5
"""A spelling that begins with what was typed says less than the word itself."""


def rarity(visible: int, having: int) -> float:
    """What a word weighs that so many entries have, of those that the person may see."""
    return math.log(1.0 + (visible - having + 0.5) / (having + 0.5))
