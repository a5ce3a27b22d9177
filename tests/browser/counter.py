"""A clerk at the counter with a barcode reader and a keyboard: no mouse, and nothing is clicked."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.people import Colleague


class Counter(Colleague):
    """Somebody logged in at /desk."""

    def __init__(self, browser: Any, address: str, login: str, language: str, **options: Any) -> None:
        super().__init__(browser, address, login, language, **options)
        self.open("/desk")
        expect(self.field).to_be_focused()

    @property
    def field(self) -> Locator:
        """Where the reader types."""
        return self.page.get_by_label(self.say("Scan or type a barcode"))

    @property
    def answer(self) -> Locator:
        """What the counter says."""
        return self.page.get_by_role("region", name=self.say("Answer"), exact=True)

    @property
    def last_answers(self) -> Locator:
        """What it has said so far."""
        return self.page.get_by_role("region", name=self.say("The last answers"))

    def scan(self, code: str) -> None:
        """What a barcode reader does: it types and presses Enter, and asks nobody where the focus is."""
        self.page.keyboard.type(code)
        self.enter()

    def enter(self) -> None:
        """The Enter key."""
        self.page.keyboard.press("Enter")

    def hears(self, message: str, **values: object) -> None:
        """The answer says this, a message id with its values."""
        expect(self.answer).to_contain_text(self.say(message, **values))

    def tab_to(self, label: str) -> None:
        """Press Tab until what has this label has the focus."""
        target = self.page.get_by_label(self.say(label)).first
        for _ in range(8):
            self.page.keyboard.press("Tab")
            if target.evaluate("field => field === document.activeElement"):
                return
        raise AssertionError(f"Tab does not lead to {label}")
