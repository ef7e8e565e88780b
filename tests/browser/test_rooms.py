"""Every room of the studio, as it is found empty and as it is with the demo's recordings in it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Route, expect

from browser.conftest import CHROMIUM
from browser.pages import PHONE, THEMES, Visit, visiting
from browser.studio import StudioProcess

ROOMS = ["/", "/record", "/import", "/dataset", "/train", "/voices", "/jobs", "/system"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioProcess]:
    """A studio in which the demo's recordings were taken in and prepared; its training is left out."""
    process = StudioProcess(tmp_path_factory.mktemp("demo") / "data")
    process.start()
    jobs = process.ask("POST", "/api/demo")["jobs"]
    process.ask("POST", f"/api/jobs/{jobs[2]['id']}/cancel")
    end = time.monotonic() + 120
    while process.ask("GET", f"/api/jobs/{jobs[1]['id']}")["state"] != "done":
        assert time.monotonic() < end
        time.sleep(0.2)
    yield process
    process.end()


@pytest.fixture
def person(
    playwright_driver: Playwright, demo: StudioProcess, voice_file: Path, tmp_path: Path
) -> Iterator[Callable[..., Visit]]:
    """Opens the studio with the demo; at the end no script complained and nothing left the machine."""
    opened = []

    def open_it(**how: object) -> Visit:
        visiting_it = visiting(
            playwright_driver,
            CHROMIUM,
            demo.url,
            voice_file,
            tmp_path / f"browser-{len(opened)}",
            **how,  # type: ignore[arg-type]
        )
        visit = visiting_it.__enter__()
        opened.append((visiting_it, visit))
        return visit

    yield open_it
    complaints = [told for _, visit in opened for told in visit.complaints]
    for visiting_it, _ in opened:
        visiting_it.__exit__(None, None, None)
    assert complaints == []


def test_every_room_is_accessible_in_both_themes_and_fits_a_phone(
    person: Callable[..., Visit], looked_at: Callable[[Visit, str], None]
) -> None:
    visit = person()
    for room in ROOMS:
        visit.go(room)
        expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
        for theme in THEMES:
            visit.theme(theme)
            visit.is_accessible()
        name = room.strip("/") or "home"
        looked_at(visit, name)
        visit.fits(PHONE["width"])
        looked_at(visit, f"{name}-phone")
        visit.page.set_viewport_size({"width": 1200, "height": 900})


def test_the_studio_speaks_swedish_to_who_reads_it(person: Callable[..., Visit]) -> None:
    visit = person(language="sv-SE")
    for room, title in {"/": "Välkommen tillbaka", "/dataset": "Datamängd", "/voices": "Röster"}.items():
        visit.go(room)
        expect(visit.page.get_by_role("heading", level=1)).to_have_text(title)
    assert visit.page.locator("html").get_attribute("lang") == "sv"


def test_a_recording_is_excluded_corrected_and_both_are_undone_by_keys(
    person: Callable[..., Visit], demo: StudioProcess
) -> None:
    visit = person()
    visit.go("/dataset")
    grid = visit.page.get_by_role("grid")
    visit.reach(grid)
    first = demo.ask("GET", "/api/recordings?limit=1")["items"][0]

    def now() -> tuple[str, str]:
        found = demo.ask("GET", f"/api/recordings/{first['id']}")
        return found["state"], found["text"]

    visit.press("x")
    expect(grid.get_by_role("row").nth(1).get_by_label("Excluded")).to_be_visible()
    assert now()[0] == "excluded"
    text = visit.page.get_by_label("What is said")
    text.fill("Another sentence.")
    text.press("Enter")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("Another sentence.")
    assert now() == ("excluded", "Another sentence.")
    grid.focus()
    visit.press("u")
    expect(grid.get_by_role("row").nth(1)).to_contain_text(first["text"])
    expect(text).to_have_value(first["text"])
    visit.press("u")
    expect(grid.get_by_role("row").nth(1).get_by_label("Kept")).to_be_visible()
    assert now() == ("kept", first["text"])


def test_what_is_dropped_is_seen_before_it_is_taken_and_reported_after(
    person: Callable[..., Visit], demo: StudioProcess, robot_corpus: Path
) -> None:
    visit = person()
    visit.go("/import")
    table = robot_corpus / "metadata.csv"
    waves = sorted((robot_corpus / "wavs").glob("*.wav"))[:3]
    visit.page.locator("input[type=file]").first.set_input_files([table, *waves])
    expect(visit.page.get_by_text("can be taken")).to_be_visible()
    visit.page.get_by_role("textbox", name="Name").fill("dropped")
    visit.page.get_by_label("Language that is spoken").first.fill("en-US")
    visit.page.get_by_role("button", name="Import 3 recordings").click()
    expect(visit.page.get_by_text("3 taken")).to_be_visible()
    visit.is_accessible()
    assert demo.ask("GET", "/api/profiles/dropped")["kept"] == 3


def test_a_drop_without_a_file_in_it_says_so(person: Callable[..., Visit]) -> None:
    visit = person()
    visit.go("/import")
    place = visit.page.get_by_role("region", name="Place to drop files")
    words = visit.page.evaluate_handle(
        "() => { const dragged = new DataTransfer(); dragged.setData('text/plain', 'words'); return dragged; }"
    )
    place.dispatch_event("drop", {"dataTransfer": words})
    expect(visit.page.get_by_role("alert")).to_contain_text("There is no file in it.")


def test_clips_are_searched_without_leaving_the_field(person: Callable[..., Visit], demo: StudioProcess) -> None:
    visit = person(language="sv-SE")
    dataset = demo.ask("GET", "/api/datasets")["items"][0]["name"]
    visit.go(f"/dataset/{dataset}")
    seconds = visit.page.get_by_role("row").nth(1).get_by_role("cell").nth(2)
    expect(seconds).to_have_text(re.compile(r"^\d+,\d$"))
    field = visit.page.get_by_role("textbox")
    field.focus()
    visit.page.keyboard.type("kettle ")
    expect(visit.page.get_by_role("row")).to_have_count(2)
    # What is typed after the first answer came goes into the field, too.
    visit.page.keyboard.type("geese")
    expect(field).to_have_value("kettle geese")
    expect(visit.page.get_by_text("Inget klipp har de orden.")).to_be_visible()
    visit.is_accessible()


def test_recordings_that_cannot_be_fetched_are_asked_for_once_and_then_by_hand(person: Callable[..., Visit]) -> None:
    visit = person()
    asked = []

    def cut_off(route: Route) -> None:
        """As with thousands of recordings, of which the second thousand is refused."""
        if "cursor=" in route.request.url:
            asked.append(route.request.url)
            route.fulfill(status=400, json={"detail": "That is no cursor."})
            return
        found = route.fetch()
        route.fulfill(json={**found.json(), "next": "/api/recordings?cursor=more"})

    visit.page.route("**/api/recordings?*", cut_off)
    visit.go("/dataset")
    told = visit.page.get_by_role("alert").filter(has_text="That is no cursor.")
    expect(told).to_be_visible()
    visit.page.wait_for_timeout(1000)
    assert len(asked) == 1
    told.get_by_role("button", name="Try again").click()
    visit.page.wait_for_timeout(1000)
    assert len(asked) == 2
    expect(visit.page.get_by_role("grid")).to_be_visible()


def test_who_goes_to_another_room_by_keyboard_is_in_it_and_hears_its_name(person: Callable[..., Visit]) -> None:
    visit = person()
    page = visit.page
    content = page.locator("#content")
    visit.go("/")
    expect(page).to_have_title("Welcome back – Coaxial")
    visit.reach(page.get_by_role("link", name="Jobs"))
    visit.press("Enter")
    expect(page).to_have_title("Jobs – Coaxial")
    expect(content).to_be_focused()

    page.set_viewport_size(PHONE)
    rooms = page.get_by_role("link", name="Voices")
    expect(rooms).not_to_be_in_viewport()
    visit.reach(page.get_by_role("button", name="Rooms"))
    visit.press("Enter")
    expect(rooms).to_be_in_viewport()
    visit.reach(rooms)
    visit.press("Enter")
    expect(page).to_have_title("Voices – Coaxial")
    expect(content).to_be_focused()
    # What is folded away is no stop on the way through the page.
    expect(rooms).not_to_be_in_viewport()
    for _ in range(8):
        visit.press("Tab")
        focused = page.locator(":focus")
        # After the last stop of the page come the browser's own, where it has some.
        if focused.count():
            expect(focused).to_be_in_viewport()


def test_what_the_server_says_is_said_in_swedish_where_it_has_a_code_and_marked_as_english_where_not(
    person: Callable[..., Visit], robot_corpus: Path
) -> None:
    visit = person(language="sv-SE")
    page = visit.page
    visit.go("/voices/nobody")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Det finns inte")
    expect(told.locator("[lang=en]")).to_contain_text("nobody")
    visit.go("/import")
    waves = sorted((robot_corpus / "wavs").glob("*.wav"))[:3]
    page.locator("input[type=file]").first.set_input_files([robot_corpus / "metadata.csv", *waves])
    row = page.get_by_role("row").filter(has_text="Det finns ingen inspelning med det namnet.").first
    expect(row.locator("[lang=en]").first).to_have_text("There is no recording of this name.")
    visit.is_accessible()
