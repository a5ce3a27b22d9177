"""The portal's timer as a process: waits for the word to go, then ends holds and expires requests, again and again.

python -m tests.process.sweeping GO TURNS      GO: a file that appears; TURNS: how often
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from portal.application import create_app
from portal.lending.services import end_holds, expire_requests

PATIENCE = 120.0


def main(go: Path, turns: int) -> None:
    """Print "ready", wait, then a line of JSON: how many requests each turn concerned."""
    parts = create_app().extensions["legajo"]
    print("ready", flush=True)
    deadline = time.monotonic() + PATIENCE
    while not go.exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    concerned: list[int] = []
    for _ in range(turns):
        for sweep in (end_holds, expire_requests):
            with parts.writing() as work:
                concerned.append(sweep(work))
    print(json.dumps(concerned), flush=True)
    parts.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
