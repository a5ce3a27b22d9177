"""A process at a counter: waits for the word to go, then tries to hand out volumes, and says what became of each try.

python -m tests.process.issuing GO TRIES      GO: a file that appears; TRIES: JSON, [clerk, line, [volume, …]] each
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path

from portal.accounts.models import Person
from portal.accounts.queries import actor_of
from portal.application import create_app
from portal.core.errors import PortalError
from portal.lending import services
from portal.lending.models import RequestLine
from tests.unit.lending_world import confirming

PATIENCE = 120.0


def main(go: Path, tries: list[tuple[int, int, list[int]]]) -> None:
    """Print "ready", wait, then a line of JSON with the outcome of each try: the number of loans, or the error."""
    parts = create_app().extensions["legajo"]
    print("ready", flush=True)
    deadline = time.monotonic() + PATIENCE
    while not go.exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    outcomes: list[str] = []
    for clerk, line, volumes in tries:
        with parts.looking() as work:
            actor = actor_of(work.session, work.session.get_one(Person, clerk))
            version = work.session.get_one(RequestLine, line).row_version
        try:
            with parts.writing(actor) as work:
                ask = partial(services.issue_line, work, line, version, volume_ids=volumes)
                loans = confirming(lambda keys, ask=ask: ask(confirmed=keys))
                outcomes.append(f"lent {len(loans)}")
        except PortalError as error:
            outcomes.append(type(error).__name__)
    print(json.dumps(outcomes), flush=True)
    parts.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
