"""Somebody at a browser: finds things by role and label, in their own language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from tests.factories import PASSWORD

_TRANSLATIONS = Path(__file__).parents[2] / "portal" / "translations"


class Words:
    """The sentences of one language, from the catalogue the portal uses."""

    def __init__(self, language: str) -> None:
        with (_TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            self._catalogue = read_po(file, locale=language)

    def __call__(self, message: str, **values: object) -> str:
        """The sentence for a message id; the English one where the catalogue leaves it as it is."""
        entry = self._catalogue.get(message)
        text = (entry.string if entry else "") or message
        return str(text) % values if values else str(text)

    def many(self, message: str, number: int) -> str:
        """The plural form of a message for a number."""
        entry = self._catalogue.get(message)
        forms = entry.string if entry and any(entry.string) else (message, message)
        index = 0 if number == 1 or len(forms) == 1 else 1
        return str(forms[index]) % {"num": number}


class Colleague:
    """A person logged in with a browser of their own."""

    def __init__(self, browser: Any, address: str, login: str, language: str, **options: Any) -> None:
        """`options`: what else their browser is like, as Playwright's `new_context` takes it."""
        self.address = address
        self.login = login
        self.say = Words(language)
        locale = {"en": "en-GB", "es": "es-ES", "zh": "zh-CN"}[language]
        self.context = browser.new_context(locale=locale, **options)
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.log_in()

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def log_in(self) -> None:
        """Name, password, Enter."""
        self.page.goto(f"{self.address}/log-in")
        self.fill("Log-in name", self.login)
        self.fill("Password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.address}/")

    def come_back(self) -> None:
        """Log in again after the session has ended."""
        self.context.clear_cookies()
        self.log_in()

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(f"{self.address}{path}")

    def fill(self, label: str, text: str) -> None:
        """Write into the field with this label."""
        self.page.get_by_label(self.say(label)).first.fill(text)

    def press(self, label: str) -> None:
        """Press the button with this name, and wait for the page that answers."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=self.say(label)).first.click()

    def set_off(self, label: str) -> None:
        """Press a button whose work the page does by itself, staying where it is."""
        self.page.get_by_role("button", name=self.say(label)).first.click()

    def follow(self, label: str) -> None:
        """Follow the link with this name to its page."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=self.say(label)).first.click()

    def sees(self, text: str) -> bool:
        """Whether the page says this."""
        return text in self.page.locator("main").inner_text()

    def search(self, text: str) -> None:
        """Type into the search box of the frame: "/" goes there, Enter sends."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        with self.page.expect_navigation(url="**/search?*"):
            self.page.keyboard.press("Enter")

    def leave(self) -> None:
        """Close the browser; the page must have had nothing to complain about."""
        self.context.close()
        assert self.complaints == []
