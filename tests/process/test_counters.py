"""Several counters at once, each a process of its own: one file, one holder, and nobody waits for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.permissions import Level
from portal.lending.models import Loan, RequestLine
from portal.lending.states import LineState, LoanState
from tests.factories import make_person
from tests.process.processes import PATIENCE, ROOT, environment_of
from tests.unit.lending_world import World, make_world

pytestmark = pytest.mark.process

COUNTERS, TRIES = 5, 10
VOLUMES = 40
CLEAR_ANSWERS = {"AlreadyOnLoan", "Conflict", "StaleVersion"}

Try = tuple[int, int, list[int]]


@pytest.fixture
def world(session: Any, work_as: Any, clock: Any) -> World:
    clock.put(datetime.now(UTC))  # The other processes go by the real clock.
    return make_world(session, work_as)


def at_once(settings: Any, folder: Path, tries: list[list[Try]], *others: tuple[str, str]) -> list[Any]:
    """What became of the tries of each counter, all begun at the same moment, and of `others`: a module, its work."""
    go = folder / "go"
    acts = [*(("tests.process.issuing", json.dumps(each)) for each in tries), *others]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, str(go), what],
            env=environment_of(settings),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for module, what in acts
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        go.touch()
        answers = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(processes), "nobody was the victim of a deadlock"
    return [json.loads(answer) for answer in answers]


def test_fifty_tries_to_hand_out_one_volume_give_one_loan(world: World, settings: Any, tmp_path: Path) -> None:
    dossier = world.dossier()
    readers = [make_person(world.session, world.reader.department, clearance=Level.CORE) for _ in range(COUNTERS)]
    lines = [world.approved(dossier, by=reader).id for reader in readers]
    volume, clerk = dossier.volumes[0].id, world.clerk.id
    world.session.commit()
    tries: list[list[Try]] = [
        [(clerk, lines[(number + turn) % COUNTERS], [volume]) for turn in range(TRIES)] for number in range(COUNTERS)
    ]
    outcomes = Counter(each for answers in at_once(settings, tmp_path, tries) for each in answers)
    assert outcomes["lent 1"] == 1
    assert outcomes.total() == COUNTERS * TRIES
    assert set(outcomes) - {"lent 1"} <= CLEAR_ANSWERS, outcomes
    world.session.expire_all()
    assert len(world.session.scalars(select(Loan).where(Loan.state == LoanState.ON_LOAN)).all()) == 1


def test_counters_that_take_the_same_volumes_in_opposite_order_do_not_block_each_other(
    world: World, settings: Any, tmp_path: Path
) -> None:
    tries: list[list[Try]] = [[], []]
    for _ in range(TRIES):
        dossier = world.dossier(volumes=6)
        ids = [volume.id for volume in dossier.volumes]
        for counter, (reader, order) in enumerate(((world.reader, ids), (world.colleague, ids[::-1]))):
            line = world.approved(dossier, by=reader)
            tries[counter].append((world.clerk.id, line.id, order))
    world.session.commit()
    answers = at_once(settings, tmp_path, tries)
    for one, two in zip(*answers, strict=True):
        assert sorted((one, two)) in (["AlreadyOnLoan", "lent 6"], ["Conflict", "lent 6"], ["StaleVersion", "lent 6"])
    world.session.expire_all()
    lent = world.session.scalars(select(Loan.volume_id).where(Loan.state == LoanState.ON_LOAN)).all()
    assert len(lent) == len(set(lent)) == TRIES * 6


def test_the_sweep_and_the_counters_do_not_wait_for_each_other_in_a_circle(
    world: World, settings: Any, tmp_path: Path
) -> None:
    """Holds run out, and requests lapse, on the same volumes that counters hand out, in opposite orders of lines."""
    session, yesterday = world.session, date.today() - timedelta(days=2)
    dossier = world.dossier(volumes=VOLUMES)
    ids = [volume.id for volume in dossier.volumes]
    readers = [make_person(session, world.reader.department, clearance=Level.CORE) for _ in range(VOLUMES + 2)]
    # Of the lines that the sweep ends the first wants the last volume, and so on.
    over = [world.approved(dossier, by=readers[n], volume_ids=[ids[-1 - n]]) for n in range(VOLUMES)]
    for number, line in enumerate(over):
        if number % 2:
            line.expires_on = yesterday
        else:
            line.volumes[0].hold_until = yesterday
    taking = [world.approved(dossier, by=reader, volume_ids=ids) for reader in readers[-2:]]
    session.commit()
    tries: list[list[Try]] = [
        [(world.clerk.id, line.id, order)] for line, order in zip(taking, (ids, ids[::-1]), strict=True)
    ]
    *counters, swept = at_once(settings, tmp_path, tries, ("tests.process.sweeping", "3"))
    assert sorted(answer for (answer,) in counters)[-1] == f"lent {VOLUMES}"
    assert sum(swept) == VOLUMES, "each request that was over ended once"
    session.rollback()
    states = select(RequestLine.state).where(RequestLine.id.in_([line.id for line in over]))
    assert Counter(session.scalars(states)) == {LineState.EXPIRED: VOLUMES}
    lent = session.scalars(select(Loan.volume_id).where(Loan.state == LoanState.ON_LOAN)).all()
    assert sorted(lent) == sorted(ids)
