"""The whole way as one person goes it: from a microphone to a voice that Piper speaks with."""

from __future__ import annotations

import re
import wave
import zipfile
from pathlib import Path

from piper import PiperVoice
from playwright.sync_api import expect

from browser.booth import Booth
from browser.pages import Visit
from browser.studio import StudioProcess
from coaxial.audio.robot_speech import SENTENCES

TAKES = 5
STEPS = 20
A_LONG_TIME_MS = 600_000


def test_from_a_microphone_to_a_voice_that_piper_speaks_with(
    studio: StudioProcess, visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    studio.post("/api/profiles", {"name": "anna", "language": "en-US"})
    text = "\n".join(SENTENCES[:TAKES])
    studio.post("/api/prompt-lists", {"name": "letters", "language": "en-US", "text": text})

    booth = Booth(visit, studio)
    booth.enter()
    for _ in range(TAKES - 1):
        booth.record_and_keep()
    booth.begin()
    page.wait_for_timeout(3600)
    booth.stop()
    visit.press("Enter")
    booth.has_arrived(TAKES)

    visit.go("/dataset")
    page.get_by_role("button", name="Make a dataset").click()
    page.get_by_label("Quality").select_option("x_low")
    expect(page.get_by_text(f"of {TAKES} recordings are used")).to_be_visible()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("is ready.")).to_be_visible(timeout=A_LONG_TIME_MS)
    page.get_by_role("link", name="Train a voice").click()

    page.get_by_role("radio", name="Train from scratch").click()
    page.get_by_role("textbox", name="Stop after").fill(str(STEPS))
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(re.compile(r"Losses at step \d+, the latest"))).to_be_visible(timeout=A_LONG_TIME_MS)
    curves = page.get_by_role("img", name=re.compile("Loss curves"))
    before = curves.screenshot()
    page.reload()
    expect(page.get_by_text(f"Losses at step {STEPS}, the latest")).to_be_visible(timeout=A_LONG_TIME_MS)
    assert curves.screenshot() != before
    page.get_by_role("button", name="Export this voice").click()

    visit.go("/voices")
    page.get_by_role("link", name=re.compile("^en_US-anna-x_low")).click(timeout=A_LONG_TIME_MS)
    page.get_by_role("button", name="Speak", exact=True).click()
    expect(page.get_by_text("Speaking", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as ZIP").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path / "home")
    model = next((tmp_path / "home").rglob("*.onnx"))
    spoken = tmp_path / "spoken.wav"
    with wave.open(str(spoken), "wb") as sound:
        PiperVoice.load(model).synthesize_wav("The kettle sings.", sound)
    with wave.open(str(spoken)) as sound:
        assert sound.getframerate() == 16_000
        assert sound.getnframes() > 4_000
