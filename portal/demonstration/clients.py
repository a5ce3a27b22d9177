"""The twelve clients with their standard fields, and who answers for them.

Numbers are made up so that they pass their country's check digits; phone numbers are valid in form and,
where a country keeps numbers for fiction (United Kingdom, United States), taken from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.demonstration.model import Client, Contact, Responsibility


@dataclass(frozen=True)
class _Relation:
    """How long a client has been one (in days), how far it has come, and who answers for it."""

    days: int
    progress: str
    responsible: tuple[str, ...]


_RELATIONS = {
    "hengda": _Relation(1460, "长期供货合同执行中，第四年；正在谈独家代理", ("xiu", "wei")),
    "lvyuan": _Relation(1010, "稳定供货，共同投资模具", ("hao", "wei")),
    "haichang": _Relation(1320, "Credit line renewed every year", ("emma", "oliver")),
    "mose": _Relation(345, "第一个广告方案已完成，第二个在报价", ("xiu",)),
    "alboran": _Relation(1530, "Contrato de distribución renovado dos veces", ("ana", "jorge")),
    "ribalta": _Relation(1290, "Suministro regular, pedidos trimestrales", ("diego", "jorge")),
    "quiroga": _Relation(880, "Iguala anual", ("oliver", "emma")),
    "bajio": _Relation(1075, "Distribuidor exclusivo en tres estados", ("diego", "ana")),
    "nopalera": _Relation(775, "Pedidos de temporada", ("ana",)),
    "harrowgate": _Relation(1205, "Framework agreement in its third year", ("jorge", "diego")),
    "cascadia": _Relation(835, "Two ranges on sale, a third under test", ("diego",)),
    "meridian": _Relation(300, "Mandate signed, first valuation delivered", ("emma", "oliver")),
}


def clients(today: date) -> tuple[Client, ...]:
    """The clients, oldest relation first."""
    return tuple(
        sorted(
            (
                *_chinese_clients(today),
                *_spanish_clients(today),
                *_mexican_clients(today),
                *_english_clients(today),
            ),
            key=lambda client: client.since,
        )
    )


def responsibilities(today: date) -> tuple[Responsibility, ...]:
    """Who answers for which client; the first contact before the second."""
    return tuple(
        Responsibility(client, person, _since(client, today))
        for client, relation in _RELATIONS.items()
        for person in relation.responsible
    )


def _since(client: str, today: date) -> date:
    return today - timedelta(days=_RELATIONS[client].days)


def _chinese_clients(today: date) -> tuple[Client, ...]:
    return (
        Client(
            key="hengda",
            name="宁波恒达机械制造有限公司",
            kind="supplier",
            rank="key",
            legal_representative="方国栋",
            address="浙江省宁波市鄞州区启明路218号",
            postcode="315104",
            country="CN",
            phone="+86 574 8755 0142",
            fax="+86 574 8755 0143",
            email="info@hengda-machinery.example",
            business_scope="齿轮箱壳体、法兰及铸件的制造和销售",
            capital=50_000_000,
            currency="CNY",
            registration_number="91330212MA2CX7Q41U",
            industry="机械制造",
            size="200-500",
            contacts=(
                Contact("方国栋", "总经理", "+86 574 8755 0101", "fang@hengda-machinery.example"),
                Contact("许晓岚", "外销部主管", "+86 574 8755 0118", "xu@hengda-machinery.example"),
            ),
            since=_since("hengda", today),
            progress=_RELATIONS["hengda"].progress,
        ),
        Client(
            key="lvyuan",
            name="绿源电子科技（深圳）有限公司",
            kind="supplier",
            rank="key",
            legal_representative="黄志明",
            address="广东省深圳市宝安区留仙二路66号3栋",
            postcode="518101",
            country="CN",
            phone="+86 755 2658 0173",
            fax="+86 755 2658 0174",
            email="sales@lvyuan-power.example",
            business_scope="电源适配器、充电模块的研发与生产",
            capital=20_000_000,
            currency="CNY",
            registration_number="91440300MA5FK83J2X",
            industry="电子",
            size="500-1000",
            contacts=(
                Contact("黄志明", "董事长", "+86 755 2658 0100", "huang@lvyuan-power.example"),
                Contact("郑雅婷", "大客户经理", "+86 755 2658 0129", "zheng@lvyuan-power.example"),
            ),
            since=_since("lvyuan", today),
            progress=_RELATIONS["lvyuan"].progress,
        ),
        Client(
            key="haichang",
            name="海昌商业银行股份有限公司",
            kind="bank",
            rank="ordinary",
            legal_representative="罗文博",
            address="浙江省宁波市海曙区解放南路9号",
            postcode="315010",
            country="CN",
            phone="+86 574 8730 0126",
            fax="+86 574 8730 0127",
            email="trade@haichang-bank.example",
            business_scope="贸易融资、信用证、保函",
            capital=3_000_000_000,
            currency="CNY",
            registration_number="91330200710482K368",
            industry="银行",
            size="1000+",
            contacts=(Contact("孙佳怡", "国际业务部客户经理", "+86 574 8730 0155", "sun@haichang-bank.example"),),
            since=_since("haichang", today),
            progress=_RELATIONS["haichang"].progress,
        ),
        Client(
            key="mose",
            name="上海墨色广告有限公司",
            kind="agency",
            rank="potential",
            legal_representative="顾清远",
            address="上海市浦东新区张杨路1500号12楼",
            postcode="200122",
            country="CN",
            phone="+86 21 5080 0198",
            fax="+86 21 5080 0199",
            email="hello@mose-ad.example",
            business_scope="广告设计、制作与发布",
            capital=2_000_000,
            currency="CNY",
            registration_number="91310115MA1H9WT62X",
            industry="广告",
            size="10-50",
            contacts=(Contact("唐雨薇", "客户总监", "+86 21 5080 0182", "tang@mose-ad.example"),),
            since=_since("mose", today),
            progress=_RELATIONS["mose"].progress,
        ),
    )


def _spanish_clients(today: date) -> tuple[Client, ...]:
    return (
        Client(
            key="alboran",
            name="Tejidos Alborán, S.L.",
            kind="distributor",
            rank="key",
            legal_representative="Rosario Almenara Puig",
            address="Polígono El Pla, parcela 27, Ontinyent (Valencia)",
            postcode="46870",
            country="ES",
            phone="+34 962 380 118",
            fax="+34 962 380 119",
            email="info@tejidosalboran.example",
            business_scope="Distribución de textil para el hogar",
            capital=480_000,
            currency="EUR",
            registration_number="B53842712",
            industry="Textil",
            size="50-200",
            contacts=(
                Contact(
                    "Rosario Almenara Puig",
                    "Administradora",
                    "+34 962 380 101",
                    "rosario@tejidosalboran.example",
                ),
                Contact(
                    "Vicent Soler Mira",
                    "Jefe de almacén",
                    "+34 962 380 125",
                    "almacen@tejidosalboran.example",
                ),
            ),
            since=_since("alboran", today),
            progress=_RELATIONS["alboran"].progress,
        ),
        Client(
            key="ribalta",
            name="Cerámicas Ribalta, S.A.",
            kind="supplier",
            rank="key",
            legal_representative="Joaquín Ribalta Queralt",
            address="Camino de las Eras, 6, Onda (Castellón)",
            postcode="12200",
            country="ES",
            phone="+34 964 210 372",
            fax="+34 964 210 373",
            email="export@ceramicasribalta.example",
            business_scope="Fabricación de azulejo y gres porcelánico",
            capital=3_600_000,
            currency="EUR",
            registration_number="A12904637",
            industry="Cerámica",
            size="200-500",
            contacts=(
                Contact(
                    "Núria Escrig Badal",
                    "Directora de exportación",
                    "+34 964 210 340",
                    "nuria@ceramicasribalta.example",
                ),
            ),
            since=_since("ribalta", today),
            progress=_RELATIONS["ribalta"].progress,
        ),
        Client(
            key="quiroga",
            name="Quiroga y Salvatierra Abogados, S.L.P.",
            kind="law_firm",
            rank="ordinary",
            legal_representative="Beatriz Quiroga Lemos",
            address="Calle de Serrano Anguita, 11, Madrid",
            postcode="28004",
            country="ES",
            phone="+34 915 640 287",
            fax="+34 915 640 288",
            email="despacho@quirogasalvatierra.example",
            business_scope="Derecho mercantil y arbitraje",
            capital=60_000,
            currency="EUR",
            registration_number="B86307527",
            industry="Servicios jurídicos",
            size="10-50",
            contacts=(
                Contact("Beatriz Quiroga Lemos", "Socia", "+34 915 640 201", "bquiroga@quirogasalvatierra.example"),
            ),
            since=_since("quiroga", today),
            progress=_RELATIONS["quiroga"].progress,
        ),
    )


def _mexican_clients(today: date) -> tuple[Client, ...]:
    return (
        Client(
            key="bajio",
            name="Ferretera del Bajío Alto, S.A. de C.V.",
            kind="distributor",
            rank="key",
            legal_representative="Héctor Zavala Orduña",
            address="Boulevard Aeropuerto 1840, León, Guanajuato",
            postcode="37545",
            country="MX",
            phone="+52 477 712 0148",
            fax="+52 477 712 0149",
            email="compras@ferreterabajioalto.example",
            business_scope="Mayoreo de ferretería y herramienta",
            capital=12_000_000,
            currency="MXN",
            registration_number="FBA0309145K9",
            industry="Ferretería",
            size="50-200",
            contacts=(
                Contact(
                    "Paulina Zavala Ríos",
                    "Gerente de compras",
                    "+52 477 712 0160",
                    "paulina@ferreterabajioalto.example",
                ),
            ),
            since=_since("bajio", today),
            progress=_RELATIONS["bajio"].progress,
        ),
        Client(
            key="nopalera",
            name="Distribuidora Nopalera Occidente, S.A. de C.V.",
            kind="buyer",
            rank="potential",
            legal_representative="Ximena Cordero Luna",
            address="Avenida Lázaro Cárdenas 2305, Guadalajara, Jalisco",
            postcode="44490",
            country="MX",
            phone="+52 33 3614 0192",
            fax="+52 33 3614 0193",
            email="pedidos@nopalera.example",
            business_scope="Comercio al por mayor de artículos para el hogar",
            capital=4_500_000,
            currency="MXN",
            registration_number="DNO110622QJ1",
            industry="Comercio mayorista",
            size="10-50",
            contacts=(Contact("Ximena Cordero Luna", "Directora", "+52 33 3614 0170", "ximena@nopalera.example"),),
            since=_since("nopalera", today),
            progress=_RELATIONS["nopalera"].progress,
        ),
    )


def _english_clients(today: date) -> tuple[Client, ...]:
    return (
        Client(
            key="harrowgate",
            name="Harrowgate & Finch Homewares Ltd",
            kind="buyer",
            rank="key",
            legal_representative="Nicola Finch",
            address="Unit 5, Bellwether Mills, Leeds",
            postcode="LS11 9YJ",
            country="GB",
            phone="+44 113 496 0123",
            fax="+44 113 496 0124",
            email="buying@harrowgatefinch.example",
            business_scope="Retail of kitchenware and homewares",
            capital=250_000,
            currency="GBP",
            registration_number="284731636",
            industry="Retail",
            size="50-200",
            contacts=(
                Contact("Nicola Finch", "Managing director", "+44 113 496 0101", "nicola@harrowgatefinch.example"),
                Contact("Gareth Moss", "Senior buyer", "+44 113 496 0138", "gareth@harrowgatefinch.example"),
            ),
            since=_since("harrowgate", today),
            progress=_RELATIONS["harrowgate"].progress,
        ),
        Client(
            key="cascadia",
            name="Cascadia Trailhead Supply, Inc.",
            kind="buyer",
            rank="potential",
            legal_representative="Dana Kowalczyk",
            address="4120 Alder Slough Road, Seattle, WA",
            postcode="98134",
            country="US",
            phone="+1 206 555 0134",
            fax="+1 206 555 0135",
            email="orders@cascadiatrailhead.example",
            business_scope="Wholesale of outdoor equipment",
            capital=800_000,
            currency="USD",
            registration_number="91-2746035",
            industry="Outdoor equipment",
            size="10-50",
            contacts=(Contact("Dana Kowalczyk", "President", "+1 206 555 0112", "dana@cascadiatrailhead.example"),),
            since=_since("cascadia", today),
            progress=_RELATIONS["cascadia"].progress,
        ),
        Client(
            key="meridian",
            name="Meridian Lockhart Advisers LLP",
            kind="consultant",
            rank="ordinary",
            legal_representative="Alastair Lockhart",
            address="3 Tallow Court, London",
            postcode="EC2V 7HN",
            country="GB",
            phone="+44 20 7946 0158",
            fax="+44 20 7946 0159",
            email="office@meridianlockhart.example",
            business_scope="Valuations and acquisition advice",
            capital=500_000,
            currency="GBP",
            registration_number="395126438",
            industry="Financial services",
            size="10-50",
            contacts=(
                Contact("Alastair Lockhart", "Partner", "+44 20 7946 0120", "alastair@meridianlockhart.example"),
            ),
            since=_since("meridian", today),
            progress=_RELATIONS["meridian"].progress,
        ),
    )
