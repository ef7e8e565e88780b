"""The recording booth, as tests use it: by its keys."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from browser.pages import Visit
from browser.studio import StudioProcess

SENTENCES = [
    "The kettle sings before the morning begins.",
    "Seven grey geese crossed the frozen lake.",
    "Please leave the window open a little.",
    "Nobody expected rain in the middle of June.",
]

LONG_ENOUGH = 3600
"""Milliseconds in which the microphone's file says something, wherever it is."""

PATIENCE = 120.0


class Booth:
    """A person in the booth."""

    def __init__(self, visit: Visit, studio: StudioProcess, profile: str = "anna") -> None:
        self.visit, self.profile, self._studio = visit, profile, studio

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

    def enter(self, prompt_list: str = "letters") -> None:
        """Until it is ready to record; sentences come as the list has them."""
        self.visit.go(f"/record/{self.profile}/{prompt_list}?order=list")
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

    def taken(self) -> list[dict[str, Any]]:
        """What the server has of this speaker, the oldest first."""
        items: list[dict[str, Any]] = self._studio.get(f"/api/recordings?profile={quote(self.profile)}&sort=created")[
            "items"
        ]
        return items

    def has_arrived(self, count: int) -> None:
        """Wait until the server has so many takes."""
        end = time.monotonic() + PATIENCE
        while (found := len(self.taken())) != count:
            assert time.monotonic() < end, f"{found} takes have arrived, not {count}: {self._left()}"
            self.page.wait_for_timeout(100)

    def _left(self) -> str:
        """What the page says of those that have not."""
        return " / ".join(self.page.locator(".pending, .takes").all_inner_texts())
