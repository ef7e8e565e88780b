"""Recording as a person does it: a real browser, a microphone that plays a file, and a server that dies at times."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright, expect

from browser.booth import LONG_ENOUGH, SENTENCES, Booth
from browser.conftest import another
from browser.pages import Visit
from browser.studio import StudioProcess


def test_three_sentences_are_recorded_by_keyboard_alone(studio: StudioProcess, visit: Visit) -> None:
    visit.go("/record")
    visit.reach(visit.page.get_by_role("textbox", name="Name"))
    visit.page.keyboard.type("anna")
    visit.reach(visit.page.get_by_role("button", name="Add the speaker"))
    visit.press("Enter")
    expect(visit.page.get_by_role("radio", name="Sentences that come along")).to_be_checked()
    visit.reach(visit.page.get_by_role("button", name="Begin to read"))
    visit.press("Enter")
    booth = Booth(visit, studio)
    booth.switch_on()
    read = [booth.record_and_keep() for _ in range(3)]
    booth.has_arrived(3)

    taken = booth.taken()
    assert [one["text"] for one in taken] == read
    assert len(set(read)) == 3
    for one in taken:
        assert (one["profile"], one["state"], one["measures"]["channels"]) == ("anna", "kept", 1)
        assert one["measures"]["rate"] >= 44_100
        assert one["measures"]["seconds"] > 2
        assert studio.bytes_of(one["audio"])[:4] == b"RIFF"


def test_a_server_that_is_killed_while_somebody_records_loses_no_take(shared: StudioProcess, booth: Booth) -> None:
    booth.record_and_keep()
    booth.has_arrived(1)
    booth.begin()
    shared.kill()
    booth.page.wait_for_timeout(LONG_ENOUGH)
    booth.stop()
    booth.keep()
    booth.record_and_keep()
    expect(booth.pending).to_contain_text("2 takes are safe in this browser")
    shared.start()
    booth.has_arrived(3)
    expect(booth.pending).to_contain_text("The studio has every take.")
    assert [one["text"] for one in booth.taken()] == SENTENCES[:3]


def test_a_reload_in_the_middle_of_a_take_loses_a_second_at_most(booth: Booth) -> None:
    booth.begin()
    booth.page.wait_for_timeout(4200)
    booth.page.reload()
    booth.is_at("deciding")
    expect(booth.page.get_by_text("This take was cut short.").first).to_be_visible()
    booth.keep()
    booth.has_arrived(1)
    (taken,) = booth.taken()
    assert taken["measures"]["seconds"] >= 3
    assert taken["text"] == SENTENCES[0]


def test_a_reload_before_deciding_asks_again(booth: Booth) -> None:
    booth.begin()
    booth.page.wait_for_timeout(3500)
    booth.stop()
    booth.page.reload()
    booth.is_at("deciding")
    booth.keep()
    booth.has_arrived(1)


def test_takes_of_a_closed_browser_arrive_the_next_time(
    playwright_driver: Playwright, shared: StudioProcess, reader: str, voice_file: Path, tmp_path: Path
) -> None:
    memory = tmp_path / "memory"
    with another(playwright_driver, shared, voice_file, memory) as visit:
        booth = Booth(visit, shared, reader)
        booth.enter()
        shared.kill()
        booth.record_and_keep()
        booth.begin()
        booth.page.wait_for_timeout(3200)
    shared.start()
    with another(playwright_driver, shared, voice_file, memory) as visit:
        visit.go("/")
        visit.page.wait_for_timeout(500)
        visit.go(f"/record/{reader}/letters?at=1")
        booth = Booth(visit, shared, reader)
        booth.has_arrived(1)
        # What was being spoken is offered, at whichever sentence somebody comes back.
        expect(visit.page.get_by_text("1 take is not decided on")).to_be_visible()
        visit.page.get_by_role("button", name="Keep it").click()
        booth.has_arrived(2)
        assert [one["text"] for one in booth.taken()] == SENTENCES[:2]


def test_two_tabs_bring_a_take_once(shared: StudioProcess, booth: Booth) -> None:
    shared.kill()
    booth.record_and_keep()
    expect(booth.pending).to_contain_text("1 take is safe in this browser")
    shared.start()
    second = booth.visit.context.new_page()
    second.goto(f"{shared.url}/record/{booth.profile}/letters?at=4")
    booth.has_arrived(1)
    expect(booth.pending).to_contain_text("The studio has every take.")
    expect(second.get_by_text("The studio has every take.")).to_be_visible()
    assert len(booth.taken()) == 1


def test_another_take_replaces_the_first_and_the_first_can_be_chosen_again(booth: Booth) -> None:
    booth.record_and_keep()
    booth.has_arrived(1)
    booth.visit.press("ArrowLeft")
    booth.record_and_keep()
    booth.has_arrived(2)
    booth.visit.press("ArrowLeft")
    expect(booth.page.get_by_text("Replaced")).to_be_visible()
    takes = booth.page.get_by_role("listitem")
    expect(takes.nth(0)).to_contain_text("In use")
    booth.page.get_by_role("button", name="Use this one").click()
    # The newest stands first: the other one is in use now.
    expect(takes.nth(1)).to_contain_text("In use")
    expect(takes.nth(0)).to_contain_text("Replaced")
    older, newer = booth.taken()
    assert (older["state"], newer["state"]) == ("kept", "superseded")


def test_who_reads_another_sentence_is_told_and_shown_what_was_heard(booth: Booth) -> None:
    booth.visit.press("ArrowRight", "ArrowRight")
    expect(booth.sentence).to_have_text(SENTENCES[2])  # which the microphone never says
    booth.record_and_keep()
    notice = booth.page.get_by_role("alert").filter(has_text="Another sentence seems to have been read")
    expect(notice).to_contain_text(SENTENCES[2], timeout=60_000)
    booth.visit.is_accessible()
    notice.get_by_role("button", name="Look").click()
    expect(notice).to_be_hidden()
    expect(booth.sentence).to_have_text(SENTENCES[2])
    expect(booth.page.get_by_role("listitem")).to_contain_text("A recogniser heard")


def test_again_keeps_the_take_before_within_reach(booth: Booth) -> None:
    booth.begin()
    booth.page.wait_for_timeout(3300)
    booth.stop()
    booth.visit.press("Backspace")
    booth.is_at("speaking")
    booth.page.wait_for_timeout(1500)
    booth.visit.press("Escape")
    booth.is_at("ready")
    booth.page.get_by_role("button", name="Use this one").click()
    booth.has_arrived(1)


def test_a_sentence_is_found_by_number_and_by_word(booth: Booth) -> None:
    booth.visit.press("/")
    booth.page.keyboard.type("geese")
    booth.page.locator("[role=option][data-combobox-selected]").wait_for()
    booth.visit.press("Enter")
    expect(booth.sentence).to_have_text(SENTENCES[1])
    number = booth.page.get_by_role("heading", level=2).filter(has_text="of 4").inner_text().split()[1]
    booth.visit.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "/")
    booth.page.keyboard.type(number)
    booth.page.locator("[role=option][data-combobox-selected]").wait_for()
    booth.visit.press("Enter")
    expect(booth.sentence).to_have_text(SENTENCES[1])
    booth.visit.press("/")
    booth.page.keyboard.type("walrus")
    expect(booth.page.get_by_text("No sentence has this number or these words.")).to_be_visible()
    booth.visit.is_accessible()


def test_a_countdown_is_there_for_who_wants_it(booth: Booth) -> None:
    booth.page.get_by_label("Count down from three").check()
    booth.sentence.click()
    booth.visit.press(" ")
    booth.is_at("counting")
    booth.visit.press("Escape")
    booth.is_at("ready")
    booth.visit.press(" ")
    booth.is_at("speaking")
    booth.visit.press("Escape")


def test_who_has_read_all_is_led_on_and_told_what_the_browser_does_not_promise(
    shared: StudioProcess, guest: Visit, reader: str
) -> None:
    short = f"{reader}-short"
    shared.post("/api/prompt-lists", {"name": short, "language": "en-US", "text": SENTENCES[0]})
    guest.page.add_init_script("navigator.storage.persist = navigator.storage.persisted = async () => false")
    booth = Booth(guest, shared, reader)
    booth.enter(short)
    booth.record_and_keep()
    booth.has_arrived(1)
    expect(booth.pending).to_contain_text("This browser does not promise to keep what has not arrived")
    onward = guest.page.get_by_role("link", name="On to the dataset")
    expect(onward).to_be_visible()
    guest.is_accessible()
    guest.fits(375)
    onward.click()
    expect(guest.page.get_by_role("heading", level=1)).to_have_text("Dataset")


UNPLUGGABLE = """
    const media = navigator.mediaDevices;
    const open = media.getUserMedia.bind(media);
    const list = media.enumerateDevices.bind(media);
    let gone = null;
    media.enumerateDevices = async () => (await list()).filter(device => device.deviceId !== gone);
    media.getUserMedia = async wanted => {
        const stream = await open(wanted);
        window.unplug = () => {
            for (const track of stream.getTracks()) {
                gone = track.getSettings().deviceId;
                track.stop();
                track.dispatchEvent(new Event("ended"));
            }
            media.dispatchEvent(new Event("devicechange"));
        };
        return stream;
    };
"""
"""What the browser does when somebody pulls the cable of the microphone that is open; none can be pulled here."""


def test_a_microphone_that_is_unplugged_loses_nothing_and_another_one_goes_on(
    shared: StudioProcess, guest: Visit, reader: str
) -> None:
    guest.page.add_init_script(UNPLUGGABLE)
    booth = Booth(guest, shared, reader)
    booth.enter()
    booth.begin()
    guest.page.wait_for_timeout(LONG_ENOUGH)
    guest.page.evaluate("unplug()")

    booth.is_at("deciding")
    told = guest.page.get_by_role("alert").filter(has_text="The microphone is gone")
    expect(told).to_contain_text("Plug it in again and try again, or choose another one.")
    guest.is_accessible()
    guest.press("Enter")
    booth.is_at("closed")
    booth.has_arrived(1)
    assert booth.taken()[0]["measures"]["seconds"] > 2

    device = guest.page.get_by_label("Device")
    expect(device.locator("option:checked")).to_have_text("Choose a microphone")
    device.select_option(index=1)
    expect(told).to_be_hidden()
    booth.sentence.click()
    booth.switch_on()
    booth.record_and_keep()
    booth.has_arrived(2)
    assert [one["text"] for one in booth.taken()] == SENTENCES[:2]
