"""Several counters at once, each a process of its own: one file, one holder, and nobody waits for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.permissions import Level
from portal.lending.models import Loan
from portal.lending.states import LoanState
from tests.factories import make_person
from tests.process.processes import PATIENCE, ROOT, environment_of
from tests.unit.lending_world import World, make_world

pytestmark = pytest.mark.process

COUNTERS, TRIES = 5, 10
CLEAR_ANSWERS = {"AlreadyOnLoan", "Conflict", "StaleVersion"}

Try = tuple[int, int, list[int]]


@pytest.fixture
def world(session: Any, work_as: Any, clock: Any) -> World:
    clock.put(datetime.now(UTC))  # The other processes go by the real clock.
    return make_world(session, work_as)


def at_once(settings: Any, folder: Path, tries: list[list[Try]]) -> list[list[str]]:
    """What became of the tries of each counter, all begun at the same moment."""
    go = folder / "go"
    counters = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.process.issuing", str(go), json.dumps(each)],
            env=environment_of(settings),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for each in tries
    ]
    try:
        for counter in counters:
            assert counter.stdout is not None
            assert counter.stdout.readline() == "ready\n"
        go.touch()
        answers = [counter.communicate(timeout=PATIENCE)[0] for counter in counters]
    finally:
        for counter in counters:
            counter.kill()
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
