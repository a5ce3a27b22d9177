"""A real Chromium against a real server (waitress) in this process, with the test's clock and real queues.

Without Chromium these tests are skipped and say so; with PORTAL_TEST_BROWSER=required that is a failure.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import waitress

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = Path(__file__).parent / "shots"


@pytest.fixture
def browser() -> Iterator[Any]:
    """Headless Chromium, started for each test: Playwright keeps an event loop running in this thread for as long
    as it lives, and other tests on this worker must not meet it."""
    if CHROMIUM is None:
        if os.environ.get("PORTAL_TEST_BROWSER") == "required":
            pytest.fail("Chromium is not installed, and PORTAL_TEST_BROWSER=required")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture
def app(settings: Any, clock: Any) -> Iterator[Any]:
    """The portal, made in a thread of its own: Playwright's event loop runs in this one, and an application
    context that ends beside a running loop is refused."""
    from portal.application import create_app

    with ThreadPoolExecutor(1) as elsewhere:
        app = elsewhere.submit(create_app, settings, clock=clock).result()
    yield app
    app.extensions["legajo"].close()


@pytest.fixture
def served(app: Any, queues: Any) -> Iterator[str]:
    """The portal's address, served with its queues running."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    queues.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    queues.stop()
    server.close()
    thread.join(timeout=10)


@pytest.fixture
def shoot() -> Any:
    """`shoot(page, "name")` keeps a screenshot, at desktop and at phone width, for people to look at."""
    SHOTS.mkdir(exist_ok=True)

    def shoot(page: Any, name: str) -> None:
        for width, suffix in ((1280, "desktop"), (390, "phone")):
            page.set_viewport_size({"width": width, "height": 860})
            page.screenshot(path=SHOTS / f"{name}-{suffix}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 860})

    return shoot
