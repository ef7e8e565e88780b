"""The studio as a person meets it: a real server process, and Debian's Chromium with a microphone that plays a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from browser.booth import SENTENCES, Booth
from browser.microphone import spoken
from browser.pages import THEMES, Visit, visiting
from browser.studio import StudioProcess

# A busy machine is slow, and no promise is about speed.
expect.set_options(timeout=60_000)

NUMBERS = count(1)

CHROMIUM = os.environ.get("COAXIAL_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[StudioProcess]:
    """A studio of its own for a test, which it may kill and start again."""
    process = StudioProcess(tmp_path / "data")
    process.start()
    yield process
    # Nobody waits for it: its data go, too.
    process.kill()


@pytest.fixture(scope="module")
def studio_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio for tests that each bring names of their own."""
    process = StudioProcess(tmp_path_factory.mktemp("studio") / "data")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def shared(studio_of_the_module: StudioProcess) -> StudioProcess:
    """The same, running, whatever the test before did to it."""
    if not studio_of_the_module.answers():
        studio_of_the_module.start()
    return studio_of_the_module


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def voice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears, over and over: a robot's sentences with a second's silence between them."""
    return spoken(tmp_path_factory.mktemp("voice") / "voice.wav")


@pytest.fixture
def looked_at(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Visit, str], None]:
    """Write a picture of a page in both themes, to COAXIAL_SCREENSHOTS or where pytest keeps what tests leave."""
    folder = Path(os.environ.get("COAXIAL_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)

    def look(visit: Visit, name: str) -> None:
        for scheme in THEMES:
            visit.theme(scheme)
            # As it is: what hides the caret, or stops what moves, is a style that the page's policy refuses.
            visit.page.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True, caret="initial")
        visit.theme("light")

    return look


@pytest.fixture
def visit(playwright_driver: Playwright, studio: StudioProcess, voice_file: Path, tmp_path: Path) -> Iterator[Visit]:
    """A person at the page of a studio of their own, 1200 pixels wide, in English."""
    with visiting(playwright_driver, CHROMIUM, studio.url, voice_file, tmp_path / "browser") as opened:
        yield opened
        assert opened.complaints == []


@pytest.fixture
def guest(playwright_driver: Playwright, shared: StudioProcess, voice_file: Path, tmp_path: Path) -> Iterator[Visit]:
    """The same person at the page of the shared studio."""
    with visiting(playwright_driver, CHROMIUM, shared.url, voice_file, tmp_path / "browser") as opened:
        yield opened
        assert opened.complaints == []


@pytest.fixture
def reader(shared: StudioProcess) -> str:
    """A speaker whom no other test knows; the list of four sentences is everybody's."""
    name = f"anna{next(NUMBERS)}"
    shared.post("/api/profiles", {"name": name, "language": "en-US"})
    if not any(one["name"] == "letters" for one in shared.get("/api/prompt-lists")["items"]):
        shared.post("/api/prompt-lists", {"name": "letters", "language": "en-US", "text": "\n".join(SENTENCES)})
    return name


@pytest.fixture
def booth(shared: StudioProcess, guest: Visit, reader: str) -> Booth:
    """At a list of four sentences, with the microphone open and the room measured."""
    entered = Booth(guest, shared, reader)
    entered.enter()
    return entered


@contextmanager
def another(driver: Playwright, studio: StudioProcess, voice: Path, memory: Path, **how: object) -> Iterator[Visit]:
    with visiting(driver, CHROMIUM, studio.url, voice, memory, **how) as opened:  # type: ignore[arg-type]
        yield opened
