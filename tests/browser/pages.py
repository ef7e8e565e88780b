"""A page of the studio in a real browser, and what every test asks of one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Locator, Page, Playwright

FRONTEND = Path(__file__).parents[2] / "frontend"

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

WIDE = {"width": 1200, "height": 900}
PHONE = {"width": 375, "height": 740}

# What is no fault of the page: a server that a test kills cannot be reached.
_EXPECTED = re.compile(r"net::ERR_(CONNECTION|EMPTY_RESPONSE|INCOMPLETE|NETWORK)|Failed to load resource")


@dataclass
class Visit:
    """A person at a page."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, what the security policy refused, and requests that would have left this machine."""

    def go(self, path: str) -> None:
        """Open an address of the studio."""
        self.page.goto(self.url + path)

    def press(self, *keys: str) -> None:
        """One key after the other, as a person presses them."""
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, wanted: Locator, most: int = 60) -> None:
        """Press the tab key until it has the focus."""
        wanted.wait_for()
        for _ in range(most):
            self.press("Tab")
            if wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"No number of tabs leads to {wanted}.")

    def theme(self, scheme: Theme) -> None:
        """Show the page as a system of this theme does, and wait until it is."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.wait_for_function(
            "wanted => document.documentElement.dataset.mantineColorScheme === wanted", arg=scheme
        )
        self.settle()

    def settle(self) -> None:
        """Wait until nothing moves and no answer is awaited."""
        self.page.wait_for_function(
            "() => document.querySelector('[role=status].mantine-Loader-root') === null && document.fonts.ready"
        )
        self.page.wait_for_timeout(250)

    def is_accessible(self) -> None:
        """Nothing is found by axe, with every rule of WCAG 2.2 AA and of best practice."""
        self.settle()
        self.page.evaluate((FRONTEND / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            # Its look at style sheets within shadow roots would add some, which our own policy refuses.
            "async () => await axe.run(document, { resultTypes: ['violations'], preload: false })"
        )
        told = [
            f"{one['id']} ({one['impact']}): {one['help']}\n"
            + "\n".join(f"  {node['html'][:200]}\n  {node['failureSummary']}" for node in one["nodes"][:5])
            for one in found["violations"]
        ]
        assert told == [], "\n".join(told)

    def fits(self, width: int) -> None:
        """Nothing is wider than the window."""
        height = self.page.viewport_size["height"] if self.page.viewport_size else 800
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()
        wide = self.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide: {json.dumps(self._widest(width))}"

    def _widest(self, width: int) -> list[str]:
        found: list[str] = self.page.evaluate(
            "width => [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > width)"
            ".slice(0, 5).map(one => one.outerHTML.slice(0, 120))",
            width,
        )
        return found


@contextmanager
def visiting(
    driver: Playwright,
    chromium: str,
    url: str,
    microphone: Path,
    profile: Path,
    *,
    language: str = "en-US",
    viewport: dict[str, int] | None = None,
    allowed: bool = True,
) -> Iterator[Visit]:
    """A browser with a memory of its own, kept in `profile`, so that a test can close it and open it again.

    microphone: the WAV that it hears. allowed: whether the person lets the page use it.
    """
    context = driver.chromium.launch_persistent_context(
        profile,
        executable_path=chromium,
        headless=True,
        locale=language,
        viewport=viewport or WIDE,  # type: ignore[arg-type]
        reduced_motion="reduce",
        permissions=["microphone"] if allowed else [],
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--autoplay-policy=user-gesture-required",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
            *(["--use-fake-ui-for-media-stream"] if allowed else ["--deny-permission-prompts"]),
        ],
    )
    try:
        context.set_default_timeout(60_000)
        page = context.pages[0] if context.pages else context.new_page()
        visit = Visit(page, context, url)
        context.on("page", lambda opened: _watch(opened, visit))
        _watch(page, visit)
        yield visit
    finally:
        context.close()


def _watch(page: Page, visit: Visit) -> None:
    page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: (
            said.type == "error"
            and not _EXPECTED.search(said.text)
            and visit.complaints.append(f"console: {said.text}")
        ),
    )
    own = re.compile(rf"^({re.escape(visit.url)}/|blob:|data:|about:|chrome)")
    page.on(
        "request",
        lambda request: own.match(request.url) or visit.complaints.append(f"leaves the machine: {request.url}"),
    )
