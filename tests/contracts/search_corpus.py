"""A small archive every search engine is tried on: three languages, three levels, two departments.

Expected answers are written beside the questions in `MEANING`; a new engine must give the same.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from search_index import Filter, IndexDocument, Query, Right, Rights, SearchIndex
from search_index.analysis import Word, words_of
from search_index.conditions import AllOf, Condition
from search_index.language import parse
from search_index.whoosh import WhooshIndex

ENGINES: dict[str, Callable[[Path], SearchIndex]] = {"whoosh": WhooshIndex}
"""Every engine the contract is tried on; each makes an index under the directory it is given."""
if find_spec("tantivy"):
    # Not in the environment of the other Whoosh.
    from search_index.tantivy import TantivyIndex

    ENGINES["tantivy"] = TantivyIndex
if os.environ.get("PORTAL_TEST_DATABASE", "").startswith("postgresql"):
    from tests.contracts.postgres_indexes import make_index

    ENGINES["postgres"] = make_index


def dossier(number: int, name: str, *, level: str = "general", dept: int = 1) -> IndexDocument:
    """A dossier's entry in the register."""
    return IndexDocument(
        id=f"dossier:{number}",
        type="dossier",
        tokens=frozenset({f"level:{level}", f"dept:{dept}", f"client:{number}", f"dossier:{number}"}),
        client=name,
        number=f"D-{number:04d}",
        group=f"dossier:{number}",
    )


def document(  # noqa: PLR0913  (each is a part of the entry)
    number: int,
    *pages: str,
    of: IndexDocument,
    title: str = "",
    correspondent: str = "",
    kind: str = "letter",
    date: datetime.date | None = None,
) -> IndexDocument:
    """A document in a dossier: it inherits what the register says and who may see it."""
    return IndexDocument(
        id=f"document:{number}",
        type="document",
        tokens=of.tokens,
        client=of.client,
        number=of.number,
        title=title,
        correspondent=correspondent,
        pages=pages,
        group=of.id,
        labels=frozenset({f"kind:{kind}", *([f"year:{date.year}"] if date else [])}),
        date=date,
    )


HENGDA = dossier(1, "恒达机械有限公司", dept=1)
IBERICA = dossier(2, "Suministros Ibérica S.A.", level="important", dept=2)
SECRET = dossier(3, "Blackwater Holdings", level="core", dept=2)
TAIWAN = dossier(4, "臺灣精密工業", dept=2)
MUSIC = dossier(5, "重庆单氏乐器厂", dept=3)
WALL = dossier(6, "长城贸易", dept=3)

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
    MUSIC,
    WALL,
    document(
        6,
        "供货确认函：乐 器 三 十 件。\n电话 (021)6555-0188，传真：021 6555 0199 转 8。",
        "Madrid: tel. +34 912 345 678. A well-estab-\nlished supplier of instruments.",
        "Precios: 1.375,50 3.400,00\n15/04/2025 4500\n120 340 1200 55 17 200 3000",
        of=MUSIC,
        title="Carta del proveedor",
        kind="fax",
        date=datetime.date(2026, 4, 15),
    ),
    document(7, "Llamar al 0216555-0188 o al 912345678 antes del viernes; 证件 ＺＳ－２０２７－０７７７。", of=WALL),
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
    _meaning("SALES@Hengda.Example", "document:1"),
    _meaning("@hengda.example", "document:1"),
    _meaning("sales", "document:1"),
    _meaning("manufacturers", "document:5"),
    _meaning("contract 恒达", "document:5"),
    _meaning("contract恒达", "document:5"),
    _meaning("fax 恒達 hengda", "document:5"),
    _meaning("madrid 乐器 supplier", "document:6"),
    # Phrases stay on a page; words need not.
    _meaning('"the contract with"', "document:5"),
    _meaning('"contract the with"', *()),
    _meaning('"alpha beta"', *()),
    _meaning("alpha beta", "document:5"),
    _meaning('"甲方与乙方"', "document:1"),
    _meaning("“with 恒达”", "document:5"),
    # Characters that are read in several ways.
    _meaning("chongqing", "dossier:5", "document:6"),
    _meaning("shanshi", "dossier:5", "document:6"),
    _meaning("danshi", "dossier:5", "document:6"),
    _meaning("yueqi", "dossier:5", "document:6"),
    _meaning("leqi", "dossier:5", "document:6"),
    _meaning("changcheng", "dossier:6", "document:7"),
    _meaning("cqs", "dossier:5", "document:6"),
    _meaning("重慶單氏樂器", "dossier:5", "document:6"),
    # Telephone numbers: spaces, parentheses, hyphens, nothing; with and without what comes before.
    _meaning("021 5555 0142", "document:5"),
    _meaning("(021) 5555-0142", "document:5"),
    _meaning("5555 0142", "document:5"),
    _meaning("55550142", "document:5"),
    _meaning("02165550188", "document:6", "document:7"),
    _meaning("021-6555-0188", "document:6", "document:7"),
    _meaning("021 6555 0188", "document:6", "document:7"),
    _meaning("（０２１）６５５５　０１８８", "document:6", "document:7"),
    _meaning("65550199", "document:6"),
    _meaning("912345678", "document:6", "document:7"),
    _meaning("912 345 678", "document:6", "document:7"),
    _meaning("+34 912 345 678", "document:6", "document:7"),
    _meaning("+34-912-345-678", "document:6", "document:7"),
    _meaning("34912345678", "document:6"),
    # Rows of a table are no telephone numbers; their figures are found.
    _meaning("1203401200", *()),
    _meaning("150420254500", *()),
    _meaning("120 1200", "document:6"),
    _meaning("3.400,00", "document:6"),
    # More at the ends of lines.
    _meaning("established", "document:6"),
    _meaning("well-established", "document:6"),
    # Without.
    _meaning("合同 -合同书", "document:2"),
    _meaning("合同 NOT 合同书", "document:2"),
    _meaning("三十 -合同", "document:6"),
    _meaning("函 －傳真", *()),
    _meaning("carta -乐器", "document:3"),
    _meaning("machine -agreements", *()),
    _meaning('hengda -"alpha" -(付款 机械 合同)', "dossier:1"),
    _meaning("-合同", *()),
    # One or the other; what binds closer.
    _meaning("确认函 OR 附件", "document:2", "document:6"),
    _meaning("alpha | 附件 甲方", "document:5"),
    _meaning("(alpha OR 附件) -传真 合同", "document:2"),
    _meaning("（违约責任 ＯＲ devolucion）", "document:2", "document:3"),
    _meaning("agreement AND NOT (takeover OR beta)", *()),
    _meaning("beta OR confidential AND takeover", "document:4", "document:5"),
    # What begins so, what is nearly so.
    _meaning("agre*", "document:4", "document:5"),
    _meaning("companies*", "document:4"),
    _meaning("reclamac*", "document:3"),
    _meaning("HT-20*", "document:1"),
    _meaning("ht2026＊", "document:1"),
    _meaning("ZS-2027-07*", "document:7"),
    _meaning("合同*", "document:1", "document:2"),
    _meaning('"reference ab 77"*', "document:4"),
    _meaning("agrement~", "document:4"),
    _meaning("devolucoines～", "document:3"),
    _meaning("pliebo~", "document:3"),
    _meaning("0043~", *()),
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


def word(text: str) -> Word:
    """What is looked for when somebody types one word."""
    (found,) = words_of(text)
    return found


def query(text: str, rights: Rights = EVERYTHING, *, also: Condition | None = None, **options: Any) -> Query:
    """The query of what somebody typed. `also`: another condition that must be fulfilled."""
    condition = parse(text).condition
    if also is not None and condition is not None:
        condition = AllOf((condition, also))
    return Query(condition, rights, **options)


def inside(index: SearchIndex, asked: Query | str, rights: Rights = EVERYTHING) -> set[str]:
    """The rows (as in `found`) that stand for documents; as many as a hundred."""
    wanted = asked if isinstance(asked, Query) else query(asked, rights)
    return {row.document or row.group for row in index.search(replace(wanted, limit=100)).rows if row.inside}


def found(index: SearchIndex, asked: Query | str, rights: Rights = EVERYTHING, **options: Any) -> dict[str, Right]:
    """Every row of the answer: the document's id, or the group's where it is a dossier's entry → right. All rows are
    asked for in portions, and must be as many as the total says."""
    wanted = asked if isinstance(asked, Query) else query(asked, rights, **options)
    rows: dict[str, Right] = {}
    total = index.search(replace(wanted, limit=0)).total
    for offset in range(0, total + 1, 7):
        for row in index.search(replace(wanted, limit=7, offset=offset)).rows:
            assert (row.document or row.group) not in rows
            rows[row.document or row.group] = row.right
    assert len(rows) == total
    return rows
