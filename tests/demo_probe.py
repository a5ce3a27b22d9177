"""Visits a demonstration archive that is being served, as its people would: `python -m tests.demo_probe`.

PORTAL_DATA and PORTAL_PORT say where it is. Logs in with each log-in of the printed sheet, opens the front page
and the places, and waits until the fax of the guided tour, a picture only, is found by the words on it.
"""

from __future__ import annotations

import os
import re
import sys
import time
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

ADDRESS = f"http://127.0.0.1:{os.environ.get('PORTAL_PORT', '8000')}"
DATA = Path(os.environ.get("PORTAL_DATA", "instance"))
TOUR_WORDS = "hairline cracks in the amber flange castings"
TOUR_CLIENT = "宁波恒达机械制造有限公司"
ROLES = 7
LONGEST_WAIT = 8 * 60
PAUSE = 3


class Failed(Exception):
    """Something a visitor of the demonstration would stumble over."""


class Visitor:
    """One person's browser."""

    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, data: dict[str, str] | None = None) -> str:
        """The page at `path` (posted to with `data`); Failed unless it is answered with 200."""
        body = urlencode(data).encode() if data is not None else None
        request = Request(ADDRESS + path, body, {"Referer": ADDRESS + path})  # noqa: S310
        try:
            with self._opener.open(request, timeout=60) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            raise Failed(f"{path} answered {error.code}") from error

    def log_in(self, login: str, password: str) -> str:
        """Log in; the front page."""
        form = self.open("/log-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        if token is None:
            raise Failed("the log-in page has no token")
        page = self.open("/log-in", {"csrf_token": token[1], "login": login, "password": password})
        if not places_on(page):
            raise Failed(f"{login} could not log in with the password printed")
        return page


def places_on(page: str) -> list[str]:
    """Addresses of the places at the left of a page."""
    found = re.search(r'<nav class="places".*?</nav>', page, re.DOTALL)
    return re.findall(r'href="([^"]+)"', found[0]) if found else []


def log_ins() -> list[tuple[str, str, str]]:
    """Role, log-in name and password as the sheet in the data folder has them."""
    lines = (DATA / "demonstration").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith("---"))
    rows = [re.split(r" {3,}", line.strip()) for line in lines[start + 1 : lines.index("", start)]]
    return [(row[0], row[1], row[2]) for row in rows]


def visit_all() -> dict[str, Visitor]:
    """Everybody logs in and opens their places."""
    visitors: dict[str, Visitor] = {}
    rows = log_ins()
    if len(rows) != ROLES:
        raise Failed(f"the sheet has {len(rows)} log-ins, not {ROLES}")
    for role, login, password in rows:
        visitor = visitors[login] = Visitor()
        places = places_on(visitor.log_in(login, password))
        for place in ["/", *places, "/account"]:
            visitor.open(unescape(place))
        print(f"{role}: {login} logged in and opened {', '.join(places)}")
    return visitors


def wait_for_the_fax(visitor: Visitor) -> None:
    """Search until the fax is found, as a register entry and nothing more: its reader may not open it."""
    started = time.monotonic()
    while True:
        page = visitor.open("/search?" + urlencode({"q": TOUR_WORDS}))
        hits = re.findall(r'<li class="hit[ "].*?</li>', page, re.DOTALL)
        if hits:
            break
        if time.monotonic() - started > LONGEST_WAIT:
            raise Failed(f"nothing was found within {LONGEST_WAIT} seconds by: {TOUR_WORDS}")
        time.sleep(PAUSE)
    if TOUR_CLIENT not in hits[0] or "kind=borrow" not in hits[0]:
        raise Failed("the first hit is not the register entry of the dossier the fax is in")
    if any('class="snippet"' in hit or "/documents/" in hit for hit in hits):
        raise Failed("the search shows what is written in a dossier that may not be read")
    print(f"The fax was found after {time.monotonic() - started:.0f} s of waiting")


def main() -> int:
    """Run the visit; 0 when nobody stumbled."""
    started = time.monotonic()
    try:
        visitors = visit_all()
        print(f"All log-ins and places after {time.monotonic() - started:.0f} s")
        wait_for_the_fax(visitors["ana"])
    except (Failed, OSError) as error:
        print(f"The demonstration does not hold: {error}", file=sys.stderr)
        return 1
    print(f"The demonstration holds ({time.monotonic() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
