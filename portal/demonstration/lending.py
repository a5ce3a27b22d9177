"""Requests and loans in every state: what was asked, who decided, what went out and when it came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from portal.demonstration.model import Decision, Loan, Request

_LONGEST_WAY_BACK = 60


def _approved(reader: str, head: str, *, records: str | None = None, days: int = -1) -> tuple[Decision, ...]:
    """Submitted, approved by the head, and by the records manager where the level demands it."""
    steps = [Decision("submit", reader, days), Decision("approve_head", head, days)]
    if records:
        steps.append(Decision("approve_records", records, days))
    return tuple(steps)


def _borrowed(
    key: str,
    reader: str,
    head: str,
    dossier: str,
    purpose: str,
    reason: str,
    *,
    records: str | None = None,
    volumes: tuple[int, ...] = (1,),
) -> Request:
    """A borrow request that was fulfilled over the counter; its days count back from the day of issue."""
    return Request(
        key,
        reader,
        dossier,
        "borrow",
        purpose,
        reason,
        "fulfilled",
        -1,
        _approved(reader, head, records=records),
        volumes,
    )


REQUESTS = (
    # Not yet decided.
    Request(
        "draft",
        "oliver",
        "hengda-supply",
        "read",
        "Check the penalty clause",
        "The supplier asks whether late deliveries of last year count",
        "draft",
        0,
    ),
    Request(
        "submitted-read",
        "ana",
        "lvyuan-supply",
        "read",
        "Comparar plazos de entrega",
        "Un cliente de México pide adaptadores con el mismo plazo",
        "submitted",
        -1,
        (Decision("submit", "ana", -1),),
    ),
    Request(
        "submitted-borrow",
        "xiu",
        "ribalta-supply",
        "borrow",
        "核对瓷砖样品编号",
        "上海展会要展出同一系列",
        "submitted",
        0,
        (Decision("submit", "xiu", 0),),
        (2,),
    ),
    Request(
        "submitted-head",
        "jorge",
        "lvyuan-tooling",
        "read",
        "Preparar la revisión de costes",
        "Queremos ofrecer a Ribalta un reparto parecido",
        "submitted",
        -1,
        (Decision("submit", "jorge", -1),),
    ),
    Request(
        "at-records",
        "xiu",
        "haichang-credits",
        "read",
        "准备新的信用证申请",
        "恒达下一批货款用信用证支付",
        "head_approved",
        -2,
        (Decision("submit", "xiu", -2), Decision("approve_head", "wei", -1)),
    ),
    Request(
        "at-records-core",
        "oliver",
        "hengda-exclusive",
        "read",
        "Draft the agency contract",
        "The talks have reached the text of the agreement",
        "head_approved",
        -3,
        (Decision("submit", "oliver", -3), Decision("approve_head", "emma", -2)),
    ),
    # Decided, still to be handed out.
    Request(
        "ready",
        "ana",
        "cascadia-orders",
        "borrow",
        "Revisar la carta sobre las tiendas",
        "Nopalera pregunta por el mismo tejido",
        "ready",
        -2,
        _approved("ana", "jorge"),
        (1,),
    ),
    Request(
        "waiting-for-a-volume",
        "oliver",
        "hengda-supply",
        "borrow",
        "Compare the signed contract with the draft",
        "A clause is quoted differently in two letters",
        "ready",
        -1,
        _approved("oliver", "emma"),
        (1,),
    ),
    # Read.
    Request(
        "read-general",
        "ana",
        "mose-campaign",
        "read",
        "Ver la campaña de primavera",
        "Alborán quiere un cartel parecido",
        "fulfilled",
        -3,
        _approved("ana", "jorge", days=-3),
    ),
    Request(
        "read-core",
        "emma",
        "hengda-exclusive",
        "read",
        "Prepare the law firm's instructions",
        "Madrid must know what was promised before it drafts",
        "fulfilled",
        -4,
        _approved("emma", "oliver", records="mei", days=-4),
    ),
    Request(
        "read-earlier",
        "xiu",
        "harrowgate-orders",
        "read",
        "了解搪瓷杯的包装要求",
        "恒达的样品也要同样包装",
        "fulfilled",
        -100,
        _approved("xiu", "wei", days=-100),
    ),
    # Came to nothing.
    Request(
        "rejected-by-head",
        "hao",
        "bajio-distribution",
        "borrow",
        "看经销合同的格式",
        "想用作其他客户的范本",
        "rejected",
        -24,
        (
            Decision("submit", "hao", -24),
            Decision("reject", "wei", -23, "请先向法务部要空白范本，不需要调阅原件。"),
        ),
        (1,),
    ),
    Request(
        "rejected-by-records",
        "xiu",
        "quiroga-advice",
        "read",
        "了解代理条款",
        "恒达提出类似条款",
        "rejected",
        -33,
        (
            Decision("submit", "xiu", -33),
            Decision("approve_head", "wei", -32),
            Decision("reject", "mei", -31, "意见书涉及仲裁，结案前不提供调阅。"),
        ),
    ),
    Request(
        "cancelled",
        "ana",
        "ribalta-supply",
        "borrow",
        "Buscar la tarifa anterior",
        "El cliente discute un precio",
        "cancelled",
        -17,
        (Decision("submit", "ana", -17), Decision("cancel", "ana", -17, "Diego me ha dado la tarifa.")),
        (1,),
    ),
    Request(
        "expired",
        "diego",
        "harrowgate-orders",
        "borrow",
        "Ver el contrato de menaje",
        "Preparar una oferta para Cascadia",
        "expired",
        -45,
        (*_approved("diego", "jorge", days=-44), Decision("expire", None, -29)),
        (2,),
    ),
    # Out at the moment.
    _borrowed("out", "xiu", "wei", "hengda-supply", "核对第四年供货条款", "下周与恒达续签合同"),
    _borrowed(
        "due-today",
        "emma",
        "oliver",
        "nopalera-orders",
        "Review the terms of payment",
        "The customer asks for a longer credit",
    ),
    _borrowed(
        "due-soon",
        "wei",
        "xiu",
        "harrowgate-orders",
        "了解英国客户的包装投诉",
        "同一工厂也供应恒达的包装箱",
        volumes=(2,),
    ),
    _borrowed(
        "overdue-2",
        "diego",
        "jorge",
        "harrowgate-orders",
        "Revisar el pedido de cobre",
        "Piden repetir el envío incompleto",
    ),
    _borrowed("overdue-9", "hao", "wei", "alboran-claims", "了解油渍投诉的处理", "绿源退货也要照此办理"),
    # Given back.
    _borrowed(
        "back-1",
        "ana",
        "jorge",
        "bajio-distribution",
        "Cotejar el contrato firmado",
        "El anexo de territorio no coincide",
    ),
    _borrowed(
        "back-2",
        "emma",
        "oliver",
        "haichang-credits",
        "Check the discrepancies of two drawings",
        "The bank has charged twice",
        records="mei",
    ),
    _borrowed(
        "back-3",
        "jorge",
        "diego",
        "ribalta-supply",
        "Preparar la negociación de precios",
        "Reunión en Onda la semana próxima",
        volumes=(2,),
    ),
    _borrowed("back-4", "wei", "xiu", "lvyuan-supply", "准备年度评估", "年度报告需要核对到货记录"),
    _borrowed(
        "back-5",
        "oliver",
        "emma",
        "alboran-distribution",
        "Renewal of the agreement",
        "Notice has to be given three months ahead",
        volumes=(2,),
    ),
    _borrowed(
        "back-6",
        "ana",
        "jorge",
        "harrowgate-orders",
        "Copiar las medidas de las cajas",
        "Nopalera usa el mismo embalaje",
    ),
    _borrowed("late-1", "hao", "wei", "cascadia-orders", "查看帐篷面料的检测报告", "绿源的新包装用同类面料"),
    _borrowed("late-2", "xiu", "wei", "lvyuan-supply", "核对第二卷的装箱单", "海关要求补充资料", volumes=(2,)),
    _borrowed(
        "late-3",
        "diego",
        "jorge",
        "mose-campaign",
        "Ver los carteles anteriores",
        "Ferretera del Bajío prepara la feria",
    ),
)

LOANS = (
    Loan("out", "out", 1, "tom", due=2),
    Loan("due-today", "due-today", 1, "tom", due=0),
    Loan("due-soon", "due-soon", 2, "ines", due=1),
    Loan("overdue-2", "overdue-2", 1, "tom", due=-2),
    Loan("overdue-9", "overdue-9", 1, "ines", due=-9),
    Loan("back-1", "back-1", 1, "tom", issued=-20, returned_after_due=-1, received_by="tom"),
    Loan("back-2", "back-2", 1, "ines", issued=-38, returned_after_due=0, received_by="ines"),
    Loan("back-3", "back-3", 2, "tom", issued=-52, returned_after_due=-2, received_by="ines"),
    Loan("back-4", "back-4", 1, "tom", issued=-75, returned_after_due=0, received_by="tom"),
    Loan(
        "back-5",
        "back-5",
        2,
        "ines",
        issued=-97,
        returned_after_due=-1,
        received_by="ines",
        remark="Front cover loose; repaired at once.",
    ),
    Loan("back-6", "back-6", 1, "tom", issued=-140, returned_after_due=0, received_by="tom"),
    Loan("late-1", "late-1", 1, "tom", issued=-60, returned_after_due=3, received_by="tom"),
    Loan("late-2", "late-2", 2, "ines", issued=-85, returned_after_due=1, received_by="tom"),
    Loan(
        "late-3",
        "late-3",
        1,
        "tom",
        issued=-118,
        returned_after_due=6,
        received_by="ines",
        remark="One sheet found in the wrong order; put back.",
    ),
)


def issue_day(loan: Loan, today: date, due_date: Callable[[date], date], is_open: Callable[[date], bool]) -> date:
    """The open day of issue on which the house's calendar gives `loan` the due date it wants.

    `due_date` is the house's rule (day of issue → due date), `is_open` its calendar. Where the calendar does
    not allow the wanted due date, an open loan falls due on the nearest day that keeps its state: not yet
    overdue stays so, overdue by at least so many days stays so. ValueError when no day of the last two months
    will do.
    """
    days_back = [today - timedelta(days=n) for n in range(_LONGEST_WAY_BACK)]
    if loan.due is None:
        assert loan.issued is not None, "a closed loan says when it was issued"
        start = today + timedelta(days=loan.issued)
        return next(day for n in range(_LONGEST_WAY_BACK) if is_open(day := start - timedelta(days=n)))
    wanted = today + timedelta(days=loan.due)
    open_days = [day for day in days_back if is_open(day)]
    if loan.due < 0:
        fitting = [day for day in open_days if due_date(day) <= wanted][:1]
    else:
        fitting = [day for day in open_days if due_date(day) >= wanted][-1:] or open_days[:1]
    if not fitting:
        raise ValueError(f"the calendar has no day of issue for the loan {loan.key}")
    return fitting[0]


def return_day(loan: Loan, due: date, issued: date, is_open: Callable[[date], bool]) -> date:
    """The open day on which a closed loan came back: in time not after the due date, late not too early."""
    assert loan.returned_after_due is not None, "an open loan has not come back"
    wanted = due + timedelta(days=loan.returned_after_due)
    step = timedelta(days=1 if loan.returned_after_due > 0 else -1)
    day = max(wanted, issued)
    while not is_open(day) and day > issued:
        day += step
    return day
