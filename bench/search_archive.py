"""Archives to measure search engines with: the same on every machine, in three languages, of any size.

Words follow Zipf's law, so that a few are everywhere and most are rare; besides them some words and phrases are planted
at known rates, to be asked for in `QUESTIONS`. Names, words and texts are made up.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from search_index import Filter, IndexDocument, Rights

WORDS_IN_A_TEXT = 300
CHARACTERS_IN_A_TEXT = 600
DOCUMENTS_IN_A_DOSSIER = 5
DOSSIERS_OF_A_CLIENT = 4

COMMON = ("invoice", "Lieferung", "annex", "warranty", "seguro", "tender")
"""Each in half of the documents, whatever their language."""
RARE = ("zephyrine", "quixotry", "xylograph", "fjordland", "vorpaline", "kumquats")
"""Each in about ten documents, however many there are."""
PHRASES = ("付款方式", "违约责任", "交货日期", "验收标准", "合同变更", "仓储费用")
"""Each in a fifth of the Chinese documents, besides where their characters stand by chance."""

QUESTIONS = {
    "common word": COMMON,
    "rare word": RARE,
    "two words": tuple(f"{one} {other}" for one, other in zip(COMMON, COMMON[1:] + COMMON[:1], strict=True)),
    "Chinese phrase": PHRASES,
    "Han character": ("的", "人", "款", "约", "货", "变"),
    "prefix": ("inv*", "lief*", "war*", "seg*", "ten*", "ann*"),
}
"""Kind of question → questions of that kind."""

FACETS = ("kind", "year", "dept", "level", "client")

_LEVELS = (("general", 0.80), ("important", 0.15), ("core", 0.05))
_KINDS = ("letter", "fax", "contract", "minutes", "invoice", "report", "plan")
_DEPARTMENTS = 8
_FIRST_YEAR, _YEARS = 2010, 16

_VOCABULARY = 40_000
_HAN_WORDS = 30_000
_SYLLABLES = {
    "en": (
        "er",
        "ing",
        "tion",
        "ment",
        "con",
        "pre",
        "sta",
        "ble",
        "ly",
        "ver",
        "tri",
        "ome",
        "and",
        "ist",
        "fer",
        "out",
    ),
    "es": (
        "ción",
        "dor",
        "mente",
        "tra",
        "cua",
        "pre",
        "res",
        "ible",
        "ado",
        "llo",
        "ría",
        "ando",
        "ve",
        "go",
        "ñe",
        "os",
    ),
}
_FREQUENT = {
    "en": "the of and to in a is that for it as was with be by on not he his but at are this have from or had an",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si",
}
_FREQUENT_HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面"
_PUNCTUATION = ("，", "。", "；", "\n")


@dataclass(frozen=True)
class Archive:
    """An archive of so many documents, and their dossiers."""

    documents: int
    seed: int = 20261121

    @property
    def dossiers(self) -> int:
        """How many dossiers."""
        return max(1, self.documents // DOCUMENTS_IN_A_DOSSIER)

    @property
    def clients(self) -> int:
        """How many clients."""
        return max(1, self.dossiers // DOSSIERS_OF_A_CLIENT)

    def entries(self) -> Iterator[IndexDocument]:
        """Every dossier's entry, then every document."""
        for number in range(self.dossiers):
            yield self.dossier(number)
        for number in range(self.documents):
            yield self.document(number)

    def dossier(self, number: int) -> IndexDocument:
        """A dossier's entry in the register."""
        rng = self._rng(1, number)
        client = number % self.clients
        level = _pick(rng, _LEVELS)
        return IndexDocument(
            id=f"dossier:{number}",
            type="dossier",
            tokens=frozenset(
                {f"level:{level}", f"dept:{client % _DEPARTMENTS}", f"client:{client}", f"dossier:{number}"}
            ),
            client=self._client_name(client),
            number=f"D-{number:06d}",
            title=" ".join(self._words(rng, ("en", "es")[number % 2], 4)),
            group=f"dossier:{number}",
        )

    def document(self, number: int) -> IndexDocument:
        """A document: English, Spanish and Chinese in turn, of one page."""
        rng = self._rng(2, number)
        dossier = self.dossier(int(rng.integers(self.dossiers)))
        language = ("en", "es", "zh")[number % 3]
        date = datetime.date(_FIRST_YEAR, 1, 1) + datetime.timedelta(int(rng.integers(_YEARS * 365)))
        kind = _KINDS[int(rng.integers(len(_KINDS)))]
        if language == "zh":
            title, text = self._han(rng, 10), self._han(rng, CHARACTERS_IN_A_TEXT)
        else:
            title = " ".join(self._words(rng, language, 5))
            text = _lines(self._words(rng, language, WORDS_IN_A_TEXT))
        planted = [word for word in COMMON if rng.random() < 0.5]
        planted += [word for word in RARE if rng.random() < 10 / self.documents]
        phrases = [phrase for phrase in PHRASES if language == "zh" and rng.random() < 0.2]
        for word in planted + phrases:
            at = text.find(" " if language != "zh" else "，", int(rng.integers(len(text))))
            text = f"{text[:at]} {word} {text[at:]}"
        return IndexDocument(
            id=f"document:{number}",
            type="document",
            tokens=dossier.tokens,
            client=dossier.client,
            number=dossier.number,
            title=title,
            correspondent=" ".join(self._words(rng, "en", 2)).title(),
            pages=(text,),
            group=dossier.id,
            labels=frozenset({f"kind:{kind}", f"year:{date.year}"}),
            date=date,
        )

    def an_employee(self, clients: int = 3) -> Rights:
        """Somebody with a narrow view: reads the documents of a few clients, finds in what is general."""
        own = tuple(frozenset({f"client:{number * 7 % self.clients}"}) for number in range(clients))
        no_core = frozenset({"level:core"})
        return Rights(
            known=Filter((frozenset(),), no_core),
            findable=Filter((frozenset({"level:general"}), *own), no_core),
            readable=Filter(own, no_core),
        )

    def group_sets(self) -> dict[str, frozenset[str]]:
        """The dossiers that are out, and those on the shelf."""
        out = frozenset(f"dossier:{number}" for number in range(0, self.dossiers, 9))
        shelf = frozenset(f"dossier:{number}" for number in range(self.dossiers)) - out
        return {"on:loan": out, "on:shelf": shelf}

    def _rng(self, what: int, number: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, what, number))

    def _client_name(self, number: int) -> str:
        rng = self._rng(3, number)
        if number % 3 == 2:
            return self._han(rng, 6).translate({ord(sign): None for sign in "，。；\n"}) + "有限公司"
        return " ".join(self._words(rng, ("en", "es")[number % 3], 2)).title() + (" Ltd.", " S.A.")[number % 3]

    def _words(self, rng: np.random.Generator, language: str, count: int) -> list[str]:
        vocabulary = self._vocabularies[language]
        return [vocabulary[rank] for rank in _ranks(rng, self._zipf, count)]

    def _han(self, rng: np.random.Generator, characters: int) -> str:
        parts: list[str] = []
        length = 0
        for index, rank in enumerate(_ranks(rng, self._zipf_han, characters)):
            parts.append(self._han_vocabulary[rank])
            length += len(parts[-1])
            if length >= characters:
                break
            if index % 7 == 6:
                parts.append(_PUNCTUATION[index // 7 % len(_PUNCTUATION)])
        return "".join(parts)

    @cached_property
    def _zipf(self) -> np.ndarray:
        return _cumulated(_VOCABULARY, 1.05)

    @cached_property
    def _zipf_han(self) -> np.ndarray:
        return _cumulated(_HAN_WORDS, 0.95)

    @cached_property
    def _vocabularies(self) -> dict[str, list[str]]:
        made: dict[str, list[str]] = {}
        for which, language in enumerate(("en", "es")):
            rng = self._rng(4, which)
            syllables = _SYLLABLES[language]
            words = dict.fromkeys(_FREQUENT[language].split())
            while len(words) < _VOCABULARY:
                letters = "bcdfghlmnprstv"[int(rng.integers(14))] + "aeiou"[int(rng.integers(5))]
                chosen = rng.integers(len(syllables), size=int(rng.integers(1, 5)))
                words[letters + "".join(syllables[one] for one in chosen.tolist())] = None
            made[language] = list(words)
        return made

    @cached_property
    def _han_vocabulary(self) -> list[str]:
        rng = self._rng(4, 2)
        common = [
            bytes((row, column)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for column in range(0xA1, 0xFF)
        ]
        characters = [common[place] for place in rng.permutation(len(common)).tolist() if common[place]]
        zipf = _cumulated(len(characters), 0.8)
        words = dict.fromkeys(_FREQUENT_HAN)
        while len(words) < _HAN_WORDS:
            chosen = _ranks(rng, zipf, int(rng.choice([1, 2, 2, 2, 2, 3, 4])))
            words["".join(characters[rank] for rank in chosen)] = None
        return list(words)


def _cumulated(count: int, exponent: float) -> np.ndarray:
    weights = 1.0 / np.arange(2, count + 2) ** exponent
    return weights.cumsum() / weights.sum()


def _ranks(rng: np.random.Generator, cumulated: np.ndarray, count: int) -> list[int]:
    return np.minimum(cumulated.searchsorted(rng.random(count)), len(cumulated) - 1).tolist()


def _pick(rng: np.random.Generator, shares: tuple[tuple[str, float], ...]) -> str:
    at = rng.random()
    for name, share in shares:
        at -= share
        if at < 0:
            return name
    return shares[0][0]


def _lines(words: list[str]) -> str:
    return "\n".join(" ".join(words[start : start + 12]) + "." for start in range(0, len(words), 12))
