"""Statistics made up for the drawings and papers: every kind of chart, with names short, long or hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

from portal.reports.periods import Compared, Period, PeriodKind, compared
from portal.reports.statistics.counted import (
    Audience,
    Breakdown,
    Chart,
    Column,
    CountedFigure,
    CountedSection,
    Crossing,
    Group,
    Name,
    Register,
    Statistics,
    Unit,
    Values,
)

QUARTER = compared(Period.containing(PeriodKind.QUARTER, date(2026, 8, 1)), date(2026, 11, 22))
COUNTED_AT = datetime(2026, 11, 22, 4, 5, tzinfo=UTC)

SHORT = ("Purchasing", "Ventas", "采购部", "Legal affairs", "质量管理部", "Logística")
LONG = (
    "档案" * 100,
    "Departamentodeinspecciónycontroldecalidad" * 5,
    "Departamento de inspección y control de calidad de las importaciones " * 3,
    "Purchasing",
)
HOSTILE = (
    '<b>bold</b> & "quoted" <script>alert(1)</script>',
    "قسم المشتريات",
    "רכש ‮dlo‬",
    "emoji \U0001f600\U0001f469‍\U0001f4bb",
    "\x00control\x07 alone",
    "\U0002cb4e达科技",
    "%(name)s {0} </svg>",
)

TEXT_OF = {"short": SHORT, "long": LONG, "hostile": HOSTILE}


def breakdown(names: tuple[str, ...], *, chart: Chart = Chart.BARS, seed: int = 1, **changes: object) -> Breakdown:
    """Departments by name, the largest first, with compared values of which some are missing."""
    random = Random(seed)
    groups = tuple(
        Group(
            str(place), Name(name), Values(random.randrange(400), random.randrange(400), None if place % 4 == 3 else 7)
        )
        for place, name in enumerate(names)
    )
    ordered = tuple(sorted(groups, key=lambda group: -(group.values.this or 0)))
    return replace(Breakdown("department", "By department", chart, ordered), **changes)  # type: ignore[arg-type]


def along_time(steps: int = 14, seed: int = 2, most: int = 60) -> Breakdown:
    """Weeks of a quarter."""
    random = Random(seed)
    weeks = [date.fromordinal(date(2026, 6, 29).toordinal() + 7 * step).isoformat() for step in range(steps)]
    return Breakdown(
        "day",
        "Along the period",
        Chart.LINES,
        tuple(
            Group(
                week,
                Name(week, "week"),
                Values(random.randrange(most), random.randrange(most), random.randrange(most) if place > 2 else None),
            )
            for place, week in enumerate(weeks)
        ),
    )


def stacked(names: tuple[str, ...], seed: int = 3) -> Crossing:
    """Departments by level."""
    random = Random(seed)
    levels = (("general", "General"), ("important", "Important"), ("core", "Core"))
    return Crossing(
        "department-level",
        "Departments by level",
        Chart.STACKED,
        tuple((str(place), Name(name)) for place, name in enumerate(names)),
        tuple((key, Name(word, "message")) for key, word in levels),
        tuple((random.randrange(90), random.randrange(60), random.randrange(20)) for _ in names),
    )


def heat(seed: int = 4) -> Crossing:
    """Weekdays by hour: nothing at night and at the week's end."""
    random = Random(seed)
    return Crossing(
        "weekday-hour",
        "When volumes are handed out",
        Chart.HEAT,
        tuple((str(day), Name(str(day), "weekday")) for day in range(7)),
        tuple((str(hour), Name(str(hour), "hour")) for hour in range(24)),
        tuple(
            tuple(random.randrange(30) if day < 5 and 8 <= hour < 19 else 0 for hour in range(24)) for day in range(7)
        ),
    )


def register(names: tuple[str, ...], rows: int) -> Register:
    """Overdue loans."""
    return Register(
        (
            Column("Dossier"),
            Column("Client"),
            Column("Volume", "count"),
            Column("Borrower"),
            Column("Department"),
            Column("Due on", "deadline"),
            Column("Issued at", "moment"),
            Column("Days late", "count"),
        ),
        tuple(
            (
                f"LEG-2026-{row:05}",
                names[row % len(names)],
                1 + row % 3,
                "王小明" if row % 2 else "Ana García",
                names[(row + 1) % len(names)],
                date(2026, 7, 4),
                datetime(2026, 7, 1, 8, 30, tzinfo=UTC),
                88 - row % 80,
            )
            for row in range(rows)
        ),
        left_out=12,
    )


def made_statistics(
    kind: str = "short", *, sections: int = 3, rows: int = 30, periods: Compared = QUARTER, empty: bool = False
) -> Statistics:
    """Statistics with `sections` sections; the names are "short", "long" or "hostile"."""
    names = TEXT_OF[kind]
    made = Statistics(
        periods,
        Audience.EVERYONE,
        COUNTED_AT,
        "Asia/Shanghai",
        tuple(_section(number, names, rows if number == 0 else 0) for number in range(sections)),
    )
    return replace(made, sections=tuple(map(_emptied, made.sections))) if empty else made


def _section(number: int, names: tuple[str, ...], rows: int) -> CountedSection:
    many = tuple(f"{names[place % len(names)]} {place}" for place in range(30))
    figures = (
        CountedFigure(
            f"issued-{number}",
            "Volumes issued",
            "Volumes handed out on a day of the period; a loan voided on its day is not counted.",
            Unit.THINGS,
            Values(1234 + number, 1100, 1300),
            (along_time(seed=number), breakdown(names, seed=number)),
            (heat(), stacked(names)),
            is_key=True,
        ),
        CountedFigure(
            f"late-{number}",
            "Share returned late",
            "Of the volumes returned in the period, how many came after their due date.",
            Unit.SHARE,
            Values(125, 110, None),
            (breakdown(names, seed=number + 5), breakdown(names, chart=Chart.NONE, name="plain", title="By level")),
            is_key=True,
            less_is_better=True,
            register=register(names, rows) if rows else None,
        ),
        CountedFigure(
            f"kept-{number}",
            "Bytes kept",
            "Files as they were handed in.",
            Unit.BYTES,
            Values(3_400_000_000, 3_100_000_000, 1_000_000),
            (breakdown(many, left_out=7, rest=Values(12, 3, None)),),
        ),
        CountedFigure(
            f"nothing-{number}",
            "Recalls",
            "Volumes called back.",
            Unit.THINGS,
            Values(0, 0, 0),
            (breakdown((), title="By level"),),
        ),
        CountedFigure(
            f"hours-{number}",
            "Hours to decide",
            "From submission to decision, on average.",
            Unit.HOURS,
            Values(None, 315, 290),
        ),
    )
    return CountedSection(f"section-{number}", ("Loans", "Holdings", "Requests")[number % 3], figures)


def _emptied(section: CountedSection) -> CountedSection:
    def emptied(figure: CountedFigure) -> CountedFigure:
        return replace(
            figure,
            total=Values(0, 0, 0),
            breakdowns=tuple(replace(one, groups=(), left_out=0, rest=None) for one in figure.breakdowns),
            crossings=tuple(
                replace(one, cells=tuple(tuple(0 for _ in row) for row in one.cells)) for one in figure.crossings
            ),
            register=replace(figure.register, rows=(), left_out=0) if figure.register else None,
        )

    return replace(section, figures=tuple(map(emptied, section.figures)))
