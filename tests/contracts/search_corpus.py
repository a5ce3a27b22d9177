"""A small archive every search engine is tried on: three languages, three levels, two departments.

Expected answers are written beside the questions in `MEANING`; a new engine must give the same.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from search_index import Filter, IndexDocument, Query, Results, Rights, SearchIndex
from search_index.whoosh import WhooshIndex

ENGINES: dict[str, Callable[[Path], SearchIndex]] = {"whoosh": WhooshIndex}
"""Every engine the contract is tried on; each makes an index under the directory it is given."""


def dossier(number: int, name: str, *, level: str = "general", dept: int = 1) -> IndexDocument:
    """A dossier's entry in the register."""
    return IndexDocument(
        id=f"dossier:{number}",
        type="dossier",
        tokens=frozenset({f"level:{level}", f"dept:{dept}", f"client:{number}", f"dossier:{number}"}),
        register=f"{name} D-{number:04d}",
        group=f"dossier:{number}",
        stored={"dossier": number},
    )


def document(  # noqa: PLR0913  (each is a part of the entry)
    number: int,
    *pages: str,
    of: IndexDocument,
    title: str = "",
    date: datetime.date | None = None,
) -> IndexDocument:
    """A document in a dossier: it inherits what the register says and who may see it."""
    return IndexDocument(
        id=f"document:{number}",
        type="document",
        tokens=of.tokens,
        register=of.register,
        title=title,
        pages=pages,
        group=of.id,
        stored={"dossier": of.stored["dossier"], "document": number},
        date=date,
    )


HENGDA = dossier(1, "恒达机械有限公司", dept=1)
IBERICA = dossier(2, "Suministros Ibérica S.A.", level="important", dept=2)
SECRET = dossier(3, "Blackwater Holdings", level="core", dept=2)
TAIWAN = dossier(4, "臺灣精密工業", dept=2)

CORPUS: tuple[IndexDocument, ...] = (
    HENGDA,
    IBERICA,
    SECRET,
    TAIWAN,
    document(
        1,
        "购销合同书\n甲方与乙方签订本合 同 书，编号 HT-2026-0042。",
        "付款方式：电汇。联系人 sales@hengda.example",
        of=HENGDA,
        title="采购合同 传真",
        date=datetime.date(2026, 1, 10),
    ),
    document(2, "購銷合同，規格與數量見附件。第三條：違約責任。", of=TAIWAN, title="舊檔"),
    document(
        3,
        "Aviso de devoluciones de mercancía.\nLa entrega será el 12 de marzo.",
        "Contratación del servicio según el pliego. Total 1.250,00 EUR.",
        of=IBERICA,
        title="Carta de reclamación",
        date=datetime.date(2026, 3, 12),
    ),
    document(
        4,
        "This agreement is made between the companies. The delivery of the machines is agreed.",
        "Confidential takeover of the competitor, reference ＡＢ－７７８８.",
        of=SECRET,
        title="Minutes of the board",
        date=datetime.date(2026, 2, 1),
    ),
    document(
        5,
        "Fax: please confirm the contract with 恒达 before Friday. The manu-\nfacturer agrees.",
        "first page ends with alpha",
        "beta begins the next page; phone 021-5555-0142",
        of=HENGDA,
        title="Fax cover",
    ),
)


class Meaning(NamedTuple):
    """A question, and the ids of everything that answers it for somebody who may read all."""

    question: str
    answers: frozenset[str]


def _meaning(question: str, *answers: str) -> Meaning:
    return Meaning(question, frozenset(answers))


MEANING: tuple[Meaning, ...] = (
    # Chinese: parts of words, one character, both scripts, spaces from the scanner, full-width punctuation.
    _meaning("合同", "document:1", "document:2"),
    _meaning("合同书", "document:1"),
    _meaning("书", "document:1"),
    _meaning("同", "document:1", "document:2"),
    _meaning("购销合同", "document:1", "document:2"),
    _meaning("購銷合同", "document:1", "document:2"),
    _meaning("规格与数量", "document:2"),
    _meaning("違約責任", "document:2"),
    _meaning("违约责任", "document:2"),
    _meaning("本合同书", "document:1"),
    _meaning("合书", *()),
    _meaning("付款 电汇", "document:1"),
    _meaning("台湾精密", "dossier:4", "document:2"),
    # Names by pinyin, whole and by initials, from the middle too.
    _meaning("恒达机械", "dossier:1", "document:1", "document:5"),
    _meaning("hengda", "dossier:1", "document:1", "document:5"),
    _meaning("HengDa", "dossier:1", "document:1", "document:5"),
    _meaning("hd", "dossier:1", "document:1", "document:5"),
    _meaning("jixie", "dossier:1", "document:1", "document:5"),
    _meaning("hengda 传真", "document:1"),
    # Spanish and English: stems, accents, case.
    _meaning("devolucion", "document:3"),
    _meaning("devolución", "document:3"),
    _meaning("DEVOLUCIONES", "document:3"),
    _meaning("contrataciones", "document:3"),
    _meaning("mercancia", "document:3"),
    _meaning("entregas", "document:3"),
    _meaning("agreements", "document:4"),
    _meaning("company", "document:4"),
    _meaning("machine deliveries", "document:4"),
    _meaning("iberica", "dossier:2", "document:3"),
    # Numbers: full width, separators, parts, the whole in one.
    _meaning("HT-2026-0042", "document:1"),
    _meaning("ht20260042", "document:1"),
    _meaning("ＨＴ－２０２６－００４２", "document:1"),
    _meaning("0042", "document:1"),
    _meaning("2026", "document:1"),
    _meaning("AB-7788", "document:4"),
    _meaning("1.250,00", "document:3"),
    _meaning("D-0002", "dossier:2", "document:3"),
    _meaning("021-5555-0142", "document:5"),
    _meaning("02155550142", "document:5"),
    # E-mail addresses and their parts; words broken at the end of a line; two languages in one question.
    _meaning("sales@hengda.example", "document:1"),
    _meaning("sales", "document:1"),
    _meaning("manufacturers", "document:5"),
    _meaning("contract 恒达", "document:5"),
    _meaning("contract恒达", "document:5"),
    # Phrases stay on a page; words need not.
    _meaning('"the contract with"', "document:5"),
    _meaning('"contract the with"', *()),
    _meaning('"alpha beta"', *()),
    _meaning("alpha beta", "document:5"),
    _meaning('"甲方与乙方"', "document:1"),
    _meaning("“with 恒达”", "document:5"),
    _meaning("nowhere", *()),
    _meaning("contract nowhere", *()),
)

EVERYTHING = Rights.everything()

EMPLOYEE = Rights(
    known=Filter.everything_but("level:core"),
    findable=Filter((frozenset({"level:general"}),)),
    readable=Filter.nothing(),
)
"""Somebody without a client of their own: knows what is not core, finds in what is general, reads nothing."""


def responsible_for(client: int) -> Rights:
    """Somebody who reads one client's dossiers and is else an ordinary employee."""
    own = frozenset({f"client:{client}"})
    return Rights(
        known=Filter((frozenset(), own), without=frozenset({"level:core"})),
        findable=Filter((frozenset({"level:general"}), own), without=frozenset({"level:core"})),
        readable=Filter((own,), without=frozenset({"level:core"})),
    )


def ask(index: SearchIndex, text: str, rights: Rights = EVERYTHING, **options: object) -> Results:
    return index.search(Query(text, rights, **options))  # type: ignore[arg-type]


def found(index: SearchIndex, text: str, rights: Rights = EVERYTHING, **options: object) -> set[str]:
    """The ids of all matches, having checked that nothing is there twice and the numbers agree."""
    results = ask(index, text, rights, **options)
    ids = [match.id for match in results.matched]
    assert len(ids) == len(set(ids)) == results.total
    return set(ids)
