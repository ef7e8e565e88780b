"""The recording booth, as tests use it: by its keys."""

from __future__ import annotations

import time

from playwright.sync_api import Locator, Page, expect

from browser.pages import Visit
from browser.studio import StudioProcess

LONG_ENOUGH = 3600
"""Milliseconds in which the microphone's file says something, wherever it is."""

PATIENCE = 120.0


class Booth:
    """A person in the booth."""

    def __init__(self, visit: Visit, studio: StudioProcess) -> None:
        self.visit, self._studio = visit, studio

    @property
    def page(self) -> Page:
        return self.visit.page

    @property
    def sentence(self) -> Locator:
        return self.page.locator("#sentence")

    @property
    def pending(self) -> Locator:
        """How many takes only the browser has."""
        return self.page.locator(".pending")

    def enter(self, profile: str = "anna", prompt_list: str = "letters") -> None:
        """Until it is ready to record; sentences come as the list has them."""
        self.visit.go(f"/record/{profile}/{prompt_list}?order=list")
        self.switch_on()

    def switch_on(self) -> None:
        """Leave the room unmeasured: the microphone, which opens by itself where it was allowed, plays a voice."""
        self.is_at("room")
        self.visit.press("Enter")
        self.is_at("ready")

    def is_at(self, step: str) -> None:
        """Wait for a step."""
        expect(self.page.locator(".stage")).to_have_attribute("data-step", step, timeout=PATIENCE * 1000)

    def begin(self) -> None:
        """Start to speak."""
        self.visit.press(" ")
        self.is_at("speaking")

    def stop(self) -> None:
        """End the take."""
        self.visit.press(" ")
        self.is_at("deciding")

    def keep(self) -> None:
        """Keep it, and go on."""
        self.visit.press("Enter")
        self.is_at("ready")

    def record_and_keep(self) -> str:
        """A whole take; answers the sentence that was read."""
        text = self.sentence.inner_text()
        self.begin()
        self.page.wait_for_timeout(LONG_ENOUGH)
        self.stop()
        self.keep()
        return text

    def has_arrived(self, count: int) -> None:
        """Wait until the server has so many takes."""
        end = time.monotonic() + PATIENCE
        while (found := self._studio.get("/api/recordings?limit=1")["total"]) != count:
            assert time.monotonic() < end, f"{found} takes have arrived, not {count}: {self._left()}"
            self.page.wait_for_timeout(100)

    def _left(self) -> str:
        """What the page says of those that have not."""
        return " / ".join(self.page.locator(".pending, .takes").all_inner_texts())
