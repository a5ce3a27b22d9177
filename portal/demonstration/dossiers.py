"""The twenty dossiers: what each is about, how confidential, and where its paper stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.core.permissions import Level
from portal.demonstration.model import Dossier, DossierState, Volume

GENERAL, IMPORTANT, CORE = Level.GENERAL, Level.IMPORTANT, Level.CORE


@dataclass(frozen=True)
class _Row:
    key: str
    client: str
    title: str
    level: Level
    department: str
    opened_by: str
    opened: int
    volumes: tuple[tuple[int, str], ...]
    state: DossierState = "approved"


_ROWS = (
    _Row(
        "hengda-supply",
        "hengda",
        "齿轮箱壳体长期供货 Gear housing supply",
        GENERAL,
        "east",
        "xiu",
        -1430,
        ((186, "A-01-1-01"), (142, "A-01-1-02"), (57, "A-01-1-03")),
    ),
    _Row(
        "hengda-quality",
        "hengda",
        "Quality reports and inspections",
        GENERAL,
        "east",
        "xiu",
        -1120,
        ((94, "A-01-1-04"),),
    ),
    _Row(
        "hengda-exclusive",
        "hengda",
        "独家代理谈判 Exclusive agency talks",
        CORE,
        "east",
        "wei",
        -240,
        ((38, "S-01-1-01"),),
    ),
    _Row(
        "lvyuan-supply",
        "lvyuan",
        "电源适配器采购 Power adapters",
        GENERAL,
        "east",
        "hao",
        -990,
        ((120, "A-01-2-01"), (66, "A-01-2-02")),
    ),
    _Row(
        "lvyuan-tooling",
        "lvyuan",
        "Shared tooling and mould costs",
        IMPORTANT,
        "east",
        "hao",
        -610,
        ((71, "A-01-2-03"),),
    ),
    _Row(
        "haichang-credits",
        "haichang",
        "信用证业务 Letters of credit",
        IMPORTANT,
        "legal",
        "emma",
        -1300,
        ((133, "B-02-1-01"), (88, "B-02-1-02")),
    ),
    _Row(
        "haichang-guarantee",
        "haichang",
        "履约保函 Performance guarantee",
        CORE,
        "legal",
        "oliver",
        -410,
        ((29, "S-01-1-02"),),
    ),
    _Row(
        "mose-campaign",
        "mose",
        "春季广告方案 Spring campaign",
        GENERAL,
        "east",
        "xiu",
        -330,
        ((45, "A-01-3-01"),),
    ),
    _Row(
        "alboran-distribution",
        "alboran",
        "Distribución de tejidos para el hogar",
        GENERAL,
        "atlantic",
        "ana",
        -1510,
        ((201, "A-02-1-01"), (97, "A-02-1-02")),
    ),
    _Row(
        "alboran-claims",
        "alboran",
        "Reclamaciones y devoluciones",
        GENERAL,
        "atlantic",
        "ana",
        -700,
        ((64, "A-02-1-03"),),
    ),
    _Row(
        "ribalta-supply",
        "ribalta",
        "Suministro de azulejo y gres",
        GENERAL,
        "atlantic",
        "diego",
        -1275,
        ((158, "A-02-2-01"), (112, "A-02-2-02")),
    ),
    _Row(
        "ribalta-credit",
        "ribalta",
        "Límite de crédito y avales",
        IMPORTANT,
        "atlantic",
        "diego",
        -4,
        ((12, "A-02-2-03"),),
        "draft",
    ),
    _Row(
        "quiroga-advice",
        "quiroga",
        "Asesoramiento mercantil",
        IMPORTANT,
        "legal",
        "oliver",
        -870,
        ((77, "B-02-2-01"),),
    ),
    _Row(
        "bajio-distribution",
        "bajio",
        "Distribución en el Bajío",
        GENERAL,
        "atlantic",
        "diego",
        -1060,
        ((140, "A-03-1-01"), (83, "A-03-1-02")),
    ),
    _Row(
        "bajio-north",
        "bajio",
        "Ampliación a la zona norte",
        GENERAL,
        "atlantic",
        "diego",
        -2,
        ((9, "A-03-1-03"),),
        "submitted",
    ),
    _Row(
        "nopalera-orders",
        "nopalera",
        "Pedidos y entregas",
        GENERAL,
        "atlantic",
        "ana",
        -760,
        ((105, "A-03-2-13"),),
    ),
    _Row(
        "harrowgate-orders",
        "harrowgate",
        "Kitchenware orders",
        GENERAL,
        "atlantic",
        "jorge",
        -1190,
        ((173, "A-03-2-14"), (91, "A-03-2-15")),
    ),
    _Row(
        "cascadia-orders",
        "cascadia",
        "Outdoor range orders",
        GENERAL,
        "atlantic",
        "diego",
        -820,
        ((118, "A-03-3-01"),),
    ),
    _Row("meridian-mandate", "meridian", "Advisory mandate", CORE, "legal", "emma", -290, ((34, "S-01-2-01"),)),
    _Row(
        "meridian-valuation",
        "meridian",
        "Valuation papers",
        CORE,
        "legal",
        "emma",
        -200,
        ((52, "S-01-2-02"),),
    ),
)

_HEADS = {"east": ("wei", "xiu"), "atlantic": ("jorge", "diego"), "legal": ("emma", "oliver")}


def _decider(row: _Row) -> str | None:
    """The head decides; on what the head opened, somebody else does."""
    if row.state != "approved":
        return None
    head, instead = _HEADS[row.department]
    return instead if row.opened_by == head else head


def dossiers(today: date) -> tuple[Dossier, ...]:
    """The dossiers as they stand on `today`, in the order they should be entered."""
    return tuple(
        Dossier(
            key=row.key,
            client=row.client,
            title=row.title,
            level=row.level,
            department=row.department,
            opened_by=row.opened_by,
            opened_on=today + timedelta(days=row.opened),
            state=row.state,
            decided_by=_decider(row),
            volumes=tuple(Volume(n, sheets, place) for n, (sheets, place) in enumerate(row.volumes, start=1)),
        )
        for row in sorted(_ROWS, key=lambda row: row.opened)
    )
