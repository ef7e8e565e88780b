"""The recording booth as it is met: what stands in the way is told, and everybody can read and work it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Playwright, expect

from browser.booth import SENTENCES, Booth
from browser.conftest import another
from browser.pages import PHONE, THEMES, Visit
from browser.studio import StudioProcess

Look = Callable[[Visit, str], None]


def test_own_sentences_are_taken_and_the_others_told(studio: StudioProcess, visit: Visit) -> None:
    studio.post("/api/profiles", {"name": "anna", "language": "en-US"})
    visit.go("/record")
    page = visit.page
    page.get_by_role("button", name="Own sentences").click()
    page.get_by_label("Name of the list").fill("mine")
    page.get_by_role("textbox", name="Sentences").fill(f"{SENTENCES[0]}\n\n{SENTENCES[0]}\n{SENTENCES[1]}")
    page.get_by_role("button", name="Add the sentences").click()
    expect(page.get_by_text("2 sentences are taken.")).to_be_visible()
    expect(page.get_by_text("The sentence stands in line 1 already.")).to_be_visible()
    visit.is_accessible()
    page.get_by_role("button", name="All right").click()
    page.get_by_role("button", name="Begin to read").click()
    expect(page.get_by_text("Sentence 1 of 2")).to_be_visible()


def test_who_denies_the_microphone_is_told_the_way(
    playwright_driver: Playwright, shared: StudioProcess, reader: str, voice_file: Path, tmp_path: Path
) -> None:
    with another(playwright_driver, shared, voice_file, tmp_path / "memory", allowed=False) as visit:
        visit.go(f"/record/{reader}/letters")
        visit.page.get_by_role("button", name="Switch on the microphone").click()
        expect(visit.page.get_by_text("The browser may not use the microphone")).to_be_visible()
        visit.is_accessible()
        assert visit.complaints == []


def test_an_address_without_encryption_is_told_how_to_get_it(reader: str, guest: Visit) -> None:
    # What a browser says of a page at http://192.168.1.20.
    guest.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    guest.go(f"/record/{reader}/letters")
    expect(guest.page.get_by_text("The browser gives no microphone to this address")).to_be_visible()
    expect(guest.page.get_by_text("coaxial studio --tls")).to_be_visible()
    guest.is_accessible()


def test_every_step_is_accessible_and_looked_at(booth: Booth, looked_at: Look) -> None:
    looked_at(booth.visit, "record-ready")
    booth.visit.is_accessible()
    booth.begin()
    booth.visit.is_accessible()
    booth.page.wait_for_timeout(3000)
    booth.stop()
    looked_at(booth.visit, "record-deciding")
    booth.visit.is_accessible()
    booth.keep()
    booth.has_arrived(1)
    booth.visit.press("ArrowLeft")
    booth.page.get_by_text("In use").wait_for()
    for scheme in THEMES:
        booth.visit.theme(scheme)
        booth.visit.is_accessible()


def test_a_first_visit_is_accessible_and_looked_at(visit: Visit, looked_at: Look) -> None:
    visit.go("/record")
    expect(visit.page.get_by_role("heading", name="Who reads?")).to_be_visible()
    looked_at(visit, "record-first")
    visit.is_accessible()
    visit.fits(375)


def test_it_is_there_in_swedish_on_a_phone(
    playwright_driver: Playwright, shared: StudioProcess, voice_file: Path, tmp_path: Path, looked_at: Look
) -> None:
    shared.post("/api/profiles", {"name": "åsa", "language": "sv-SE"})
    shared.post("/api/prompt-lists", {"name": "meningar", "language": "sv-SE", "builtin": True})
    memory = tmp_path / "memory"
    with another(playwright_driver, shared, voice_file, memory, language="sv-SE", viewport=PHONE) as visit:
        booth = Booth(visit, shared, "åsa")
        booth.enter("meningar")
        visit.fits(375)
        visit.page.get_by_role("button", name="Spela in").click()
        booth.is_at("speaking")
        booth.page.wait_for_timeout(3500)
        visit.page.get_by_role("button", name="Stopp").click()
        booth.is_at("deciding")
        visit.fits(375)
        looked_at(visit, "record-phone-swedish")
        visit.is_accessible()
        visit.page.get_by_role("button", name="Behåll").click()
        booth.has_arrived(1)
        visit.fits(375)
        assert visit.complaints == []
