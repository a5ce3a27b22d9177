"""Requests, grants, loans, custody and places under random people, days and acts (the package says how)."""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import create_engine

from portal.database import prepare_engine
from tests.unit.lending_property.acts import ACTS
from tests.unit.lending_property.facts import Facts
from tests.unit.lending_property.house import ZONES, House, Numbers
from tests.unit.lending_property.ledger import Ledger
from tests.unit.lending_property.rights import MAY, On, may
from tests.unit.lending_property.rules import POSSIBLE, How, possible

EXAMPLES = int(os.environ.get("PORTAL_TEST_EXAMPLES", "0"))
"""How many stories are told (`make slow-tests`); without it a few."""
DRAWN_ANEW = bool(os.environ.get("PORTAL_TEST_RANDOM"))
"""Whether the stories are other ones each time, to hunt for more; else they are the same, so that a change is judged
by what it changes."""

OFTEN = (
    *("hand out", "decide", "renew", "hand on", "take back", "time", "decide", "hand out", "ask to borrow"),
    *("decide", "hand out", "renew", "sweep", "ask to read", "decide", "hand on", "put back", "find", "recall"),
    *("time", "ask to borrow", "take back", "hand out", "ask for the reading room", "decide", "change the level"),
    *("renew", "ask to read", "decide", "hand on", "time", "lose", "end scanning", "void", "hand out", "renew"),
    *("ask for an outside reader", "decide", "take back", "sweep", "end repair", "ask to read", "move somebody"),
)
"""What fills the days. What is not possible today gives way to what comes after it."""
GIVING_WAY = (
    *("ask to borrow", "ask to read", "ask for the reading room", "ask for an outside reader"),
    *("move somebody", "change the level"),
)
"""Possible nearly always: in the place of what is not possible comes first what goes on with something begun."""
SELDOM = tuple(sorted(ACTS))
DELICATE = (
    *("renew", "void", "hand out", "decide", "hand on", "hand out", "void", "renew", "take back", "recall", "decide"),
)
"""Acts with much that may stand against them."""

seldom = st.integers(0, 9).map(lambda n: n == 9)
mostly = st.integers(0, 9).map(lambda n: n < 9)
hows = st.builds(
    How,
    approve=mostly,
    confirmed=mostly,
    reason=mostly,
    part=seldom,
    room=seldom,
    stale=seldom,
    number=st.integers(0, 99),
)
picks = st.integers(0, 9999)
numbers = st.builds(
    Numbers,
    loan_days=st.integers(1, 4),
    renewal_days=st.integers(1, 4),
    most_renewals=st.sampled_from([1, 2, 3, 0]),
    hold_days=st.integers(1, 3),
    grant_days=st.integers(1, 4),
    request_days=st.integers(1, 6),
    loan_days_counted=st.sampled_from(["calendar", "working"]),
    closed_day_moves=st.sampled_from(["next", "previous", "stay"]),
    zone=st.sampled_from(ZONES),
)


def test_the_tables_speak_of_the_same_acts() -> None:
    """The table of who may, what is possible and how it is done speak of the same acts."""
    assert MAY.keys() == POSSIBLE.keys() == ACTS.keys()


def concerned(facts: Facts, on: On) -> tuple[int, int]:
    """The reader and the dossier of a line or a loan."""
    line = facts.request_lines[on.line or facts.loans[on.loan].line_id]
    return line.reader_id, line.dossier_id


@pytest.mark.timeout(1800)
def test_the_records_department_keeps_its_rules(make_database: Callable[[], str]) -> None:
    """Whatever is tried, by whomever, on whatever day: done exactly when the rules say so, and all of it true."""
    engine = create_engine(make_database())
    prepare_engine(engine)

    class Story(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.connection = engine.connect().execution_options(legajo_writes=True)
            self.transaction = self.connection.begin()

        @initialize(numbers=numbers, uncleared=st.sets(st.integers(0, 11), max_size=4))
        def build(self, numbers: Numbers, uncleared: set[int]) -> None:
            self.house = House(self.connection, numbers, uncleared)
            self.ledger = Ledger(self.house)

        def teardown(self) -> None:
            self.transaction.rollback()
            self.connection.close()

        @rule(act=st.sampled_from(OFTEN), pick=picks)
        def do(self, act: str, pick: int) -> None:
            """What the day brings, done as it should be."""
            self.step(act, pick, How(number=pick % 100))

        @rule(act=st.sampled_from((*OFTEN, *SELDOM, "leave", "come back")), pick=picks, how=hows)
        def do_somehow(self, act: str, pick: int, how: How) -> None:
            """Anything, not always done well."""
            self.step(act, pick, how)

        @rule(act=st.sampled_from(DELICATE + SELDOM), pick=picks, how=hows, anybody=seldom)
        def try_anyhow(self, act: str, pick: int, how: How, anybody: bool) -> None:
            """Mostly somebody who may tries it with anything; sometimes anybody does."""
            chance, facts = Random(pick), self.house.facts
            if not (targets := list(ACTS[act][0](facts))):
                return
            on = targets[0] if pick % 2 else chance.choice(targets)  # The oldest is most likely past its time.
            if able := [who for who in facts.present if anybody or may(facts, act, who, on)]:
                self.attempt(act, chance.choice(able), on, how)

        @rule(
            act=st.sampled_from(DELICATE), pick=picks, between=st.sampled_from(["time", "clearance", "level", "leave"])
        )
        def do_what_was_possible(self, act: str, pick: int, between: str) -> None:
            """All was well, but something has come between."""
            how = How(number=pick % 3)
            if not (found := self.somebody(act, pick, how, who_may=True)):
                return
            who, on = found
            reader, dossier_id = concerned(self.house.facts, on)
            if between == "time":
                self.ledger.after("time", None, On(), how, self.house.pass_time(hours=24 + pick % 150))
            elif between == "leave" and reader in sorted(self.house.facts.people)[:6]:
                self.ledger.after("time", None, On(), how, self.house.set_departure(reader, gone=True))
            else:
                name = "change a clearance" if between == "clearance" else "change the level"
                target = On(person=reader, dossiers=(dossier_id,))
                for other in self.house.facts.present:
                    if may(self.house.facts, name, other, target):
                        self.attempt(name, other, target, how)
                        break
            if who in self.house.facts.present:
                self.attempt(act, who, on, how)

        @rule(act=st.sampled_from(sorted(ACTS)), pick=picks)
        def do_what_is_not_theirs(self, act: str, pick: int) -> None:
            """All would be well, but that it is somebody else's to do."""
            how, others = How(number=pick % 100), sorted(ACTS)
            Random(pick).shuffle(others)
            for name in (act, *others):
                if found := self.somebody(name, pick, how, who_may=False):
                    self.attempt(name, *found, how)
                    break

        def step(self, act: str, pick: int, how: How) -> None:
            house, people = self.house, sorted(self.house.facts.people)[:6]  # The records department stays.
            if act == "time":
                self.ledger.after(act, None, On(), how, house.pass_time(hours=1 + pick % 90))
            elif act == "sweep":
                self.ledger.after(act, None, On(), how, house.sweep())
            elif act in ("leave", "come back"):
                outcome = house.set_departure(people[pick % len(people)], gone=act == "leave")
                self.ledger.after("time", None, On(), how, outcome)
            else:
                later = pick % len(OFTEN)
                for name in (act, *sorted(OFTEN[later:] + OFTEN[:later], key=self.gives_way)):
                    if name in ACTS and (found := self.somebody(name, pick, how, who_may=True)):
                        self.attempt(name, *found, how)
                        break

        def gives_way(self, act: str) -> int:
            return GIVING_WAY.index(act) // 4 + 1 if act in GIVING_WAY else 0

        def attempt(self, act: str, who: int, on: On, how: How) -> None:
            note(f"{self.house.facts.today}: {act}, by {who}, on {on}, {how}")
            self.ledger.after(act, who, on, how, self.house.try_act(act, who, on, how))

        def somebody(self, act: str, pick: int, how: How, *, who_may: bool) -> tuple[int, On] | None:
            """Somebody who may, or may not, do this, and something it is possible with, if done well."""
            facts, chance, well = self.house.facts, Random(pick), How(number=how.number)
            people, targets = list(facts.present), list(ACTS[act][0](facts))
            chance.shuffle(people)
            chance.shuffle(targets)
            for on in targets:
                for who in people:
                    if may(facts, act, who, on) == who_may and possible(facts, act, who, on, well):
                        return who, on
            return None

    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=EXAMPLES or 20,
            derandomize=not DRAWN_ANEW,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
    engine.dispose()
