"""Training as a person does it: begun in one go, seen while it learns, heard, stopped, and gone on with."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright, expect

from browser.conftest import CHROMIUM
from browser.pages import PHONE, Visit, visiting
from browser.studio import StudioProcess
from browser.trained import Run, add_dataset
from coaxial.domain.quality import Quality
from coaxial.jobs.queue import open_queue
from coaxial.settings import Settings

Look = Callable[[Visit, str], None]

A_TRAINING_MS = 600_000
"""A step of the smallest network takes a second on one core; this is for machines that do much else."""


@pytest.fixture
def hum(studio: StudioProcess) -> StudioProcess:
    """A studio with something to train on."""
    add_dataset(studio.data)
    return studio


@pytest.fixture
def trained(hum: StudioProcess) -> Run:
    """A run of 3,000 steps that stands, with four checkpoints."""
    run = Run(hum.data, "hum-x_low-1")
    run.write(3000)
    run.speak([500, 1000, 2000, 3000])
    run.stand("stopped")
    return run


def begin(visit: Visit, steps: int, checkpoint_every: int) -> None:
    """From scratch: a machine of tests has no base voice, and no network to fetch one."""
    visit.go("/train")
    visit.page.get_by_role("radio", name="Train from scratch").click()
    visit.page.get_by_role("textbox", name="Stop after").fill(str(steps))
    visit.page.get_by_role("button", name="More options").click()
    visit.page.get_by_role("textbox", name="Steps between checkpoints").fill(str(checkpoint_every))
    visit.page.get_by_role("button", name="Start training").click()


def losses_at(visit: Visit, step: int) -> None:
    expect(visit.page.get_by_text(f"Losses at step {step:,}, the latest")).to_be_visible(timeout=A_TRAINING_MS)


def test_a_training_is_begun_seen_killed_with_its_server_and_heard(hum: StudioProcess, visit: Visit) -> None:
    page = visit.page
    begin(visit, steps=6, checkpoint_every=2)
    expect(page).to_have_url(re.compile("/train/hum-x_low-1$"), timeout=A_TRAINING_MS)
    expect(page.get_by_text(re.compile(r"Losses at step [1-6], the latest"))).to_be_visible(timeout=A_TRAINING_MS)
    expect(page.get_by_role("img", name=re.compile("Loss curves of hum-x_low-1"))).to_be_visible()

    hum.kill()
    expect(page.get_by_text("server cannot be heard")).to_be_visible()
    hum.start()
    losses_at(visit, 6)
    expect(page.get_by_text("Finished")).to_be_visible(timeout=A_TRAINING_MS)
    assert hum.get("/api/runs/hum-x_low-1/metrics")["training"]["steps"] == [1, 2, 3, 4, 5, 6]

    visit.go("/train/hum-x_low-1")
    losses_at(visit, 6)
    heard = page.get_by_role("button", name=re.compile(r"Play: Step 6.*Hum number 6"))
    heard.click()
    expect(page.get_by_role("button", name=re.compile(r"Play: Step 6.*Hum number 6"))).to_be_visible()
    expect(page.get_by_role("button", name="Export this voice")).to_be_enabled()
    expect(page.get_by_role("log")).to_contain_text("Training on 6 clips")


def test_a_training_pauses_and_goes_on_and_stops_where_a_person_says(hum: StudioProcess, visit: Visit) -> None:
    page = visit.page
    begin(visit, steps=5000, checkpoint_every=1000)
    expect(page).to_have_url(re.compile("/train/hum-x_low-1$"), timeout=A_TRAINING_MS)
    page.get_by_role("button", name=re.compile("^Pause: job")).click()
    expect(page.get_by_role("button", name=re.compile("^Resume: job"))).to_be_visible()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible(timeout=A_TRAINING_MS)
    page.get_by_role("button", name=re.compile("^Resume: job")).click()
    expect(page.get_by_role("button", name=re.compile("^Pause: job"))).to_be_visible(timeout=A_TRAINING_MS)
    page.get_by_role("button", name=re.compile("^Stop: job")).click()
    expect(page.get_by_role("button", name=re.compile("^Try again: job"))).to_be_visible(timeout=A_TRAINING_MS)


def test_curves_follow_what_a_run_writes_with_no_step_missing_and_none_twice(hum: StudioProcess, visit: Visit) -> None:
    run = Run(hum.data, "hum-x_low-1")
    run.write(5000)
    visit.go(f"/train/{run.name}")
    losses_at(visit, 5000)
    for _ in range(20):
        run.write(10)
        visit.page.wait_for_timeout(100)
    losses_at(visit, 5200)
    hum.kill()
    run.write(300)
    hum.start()
    losses_at(visit, 5500)
    run.write(1)
    losses_at(visit, 5501)


def test_the_curves_are_looked_at_closer_by_mouse_and_by_keyboard(trained: Run, visit: Visit) -> None:
    page = visit.page
    visit.go(f"/train/{trained.name}")
    losses_at(visit, 3000)
    whole = page.get_by_role("button", name="Show all of it")
    expect(whole).to_be_disabled()
    # The picture is drawn, too: its time axis is what is dragged over.
    expect(page.get_by_role("button", name=re.compile(r"Checkpoint at step 2,000: listen"))).to_be_visible()
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=5)
    # What was joined to be seen as a whole comes step by step.
    with page.expect_response(re.compile(r"/metrics\?.*until=")) as finer:
        page.mouse.up()
    assert finer.value.json()["training"]["every"] == 1
    expect(whole).to_be_enabled()
    expect(page.get_by_role("button", name=re.compile(r"Checkpoint at step 1,000: listen"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"Checkpoint at step 2,000: listen"))).to_have_count(0)
    whole.focus()
    visit.press("Enter")
    expect(whole).to_be_disabled()
    page.get_by_role("button", name=re.compile(r"Checkpoint at step 2,000: listen")).click()
    expect(page.get_by_role("button", name=re.compile(r"Play: Step 2,000.*Hum number 6"))).to_be_focused()
    page.get_by_role("checkbox", name=re.compile("^Timing")).check()
    page.get_by_role("switch", name="Logarithmic").check()
    smoothing = page.get_by_role("slider", name="Smoothing")
    smoothing.focus()
    visit.press("ArrowRight")
    expect(page.get_by_text("Averaged over 50 steps")).to_be_visible()


def test_a_run_that_is_looked_at_stays_as_it_is_while_its_server_is_away(
    trained: Run, hum: StudioProcess, visit: Visit
) -> None:
    page = visit.page
    trained.stand("running")
    visit.go(f"/train/{trained.name}")
    losses_at(visit, 3000)
    page.get_by_role("checkbox", name=re.compile("^Timing")).check()
    hum.kill()
    expect(page.get_by_text("server cannot be heard")).to_be_visible()
    # How the run stands is asked for every five seconds, and four times each until nobody is thought to answer.
    page.wait_for_timeout(15_000)
    expect(page.get_by_role("img", name=re.compile("Loss curves"))).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("^Timing"))).to_be_checked()


def test_runs_are_compared_and_the_address_remembers_it(trained: Run, hum: StudioProcess, visit: Visit) -> None:
    other = Run(hum.data, "hum-x_low-2", seed=2)
    other.write(1500)
    other.stand("stopped")
    page = visit.page
    visit.go(f"/train/{trained.name}")
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name="hum-x_low-2").click()
    expect(page.get_by_role("cell", name="hum-x_low-2")).to_be_visible()
    page.reload()
    expect(page.get_by_role("cell", name="hum-x_low-2")).to_be_visible()


def test_one_sample_plays_at_a_time(trained: Run, visit: Visit) -> None:
    page = visit.page
    visit.go(f"/train/{trained.name}")
    page.get_by_role("button", name=re.compile(r"Play: Recording.*Hum number 6")).click()
    page.get_by_role("button", name=re.compile(r"Play: Step 500.*Hum number 6")).click()
    expect(page.locator("[aria-pressed=true]")).to_have_count(0, timeout=10_000)
    assert page.get_by_role("alert").count() == 0


def test_a_base_voice_is_chosen_and_a_download_that_fails_says_why_where_it_was_asked_for(
    studio: StudioProcess, visit: Visit
) -> None:
    add_dataset(studio.data, "hum-medium", Quality.MEDIUM)
    page = visit.page
    visit.go("/train")
    expect(page.get_by_role("radio", name="Fine-tune from Checkpoint")).to_be_checked()
    page.get_by_role("button", name="Refresh Available Models").click()
    voice = page.get_by_role("combobox", name="Base voice")
    voice.click()
    option = page.get_by_role("option").filter(has_not_text="Another").first
    expect(option).to_contain_text("Not downloaded")
    visit.is_accessible()
    option.click()
    expect(page.get_by_text("Licence", exact=True)).to_be_visible()
    page.get_by_role("button", name="Download Selected Model").click()
    expect(page.get_by_role("button", name=re.compile("^(Cancel|Try again): job"))).to_be_visible(timeout=120_000)


def test_jobs_are_shown_with_why_they_failed_and_can_be_cancelled_and_tried_again(
    hum: StudioProcess, visit: Visit, looked_at: Look
) -> None:
    with open_queue(Settings.read(hum.data)) as queue:
        failing = queue.submit("prepare", {"name": "nobody"})
        waiting = queue.submit("train", {"options": {"budget": {"steps": 5}}}, after=failing.id)
    page = visit.page
    visit.go("/jobs")
    failed = page.get_by_role("article", name=re.compile("Prepare a dataset: nobody"))
    expect(failed).to_contain_text("There is no profile and no prompt list named 'nobody'", timeout=120_000)
    expect(failed).to_contain_text(f"Job {waiting.id} waits for it.")
    training = page.get_by_role("article", name="Training")
    expect(training).to_contain_text(f"Waits for job {failing.id}")
    page.get_by_role("button", name=f"Log of job {failing.id}").click()
    expect(page.get_by_role("log", name=f"Log of job {failing.id}")).to_contain_text("Queued.")
    looked_at(visit, "jobs")
    visit.is_accessible()
    page.get_by_role("button", name=f"Cancel: job {waiting.id}").click()
    expect(training).to_contain_text("Cancelled")
    page.get_by_role("button", name=f"Try again: job {failing.id}").click()
    expect(failed).to_contain_text("2 attempts", timeout=120_000)
    page.get_by_text("Failed", exact=True).first.click()
    expect(page).to_have_url(re.compile("show=failed"))
    visit.fits(375)


def test_everything_of_training_is_accessible_and_fits_a_phone(trained: Run, visit: Visit, looked_at: Look) -> None:
    for path, name in (("/train", "train"), (f"/train/{trained.name}", "run")):
        visit.page.set_viewport_size({"width": 1200, "height": 900})
        visit.go(path)
        if name == "run":
            losses_at(visit, 3000)
        visit.is_accessible()
        looked_at(visit, name)
        visit.fits(375)
        looked_at(visit, f"{name}-phone")
        visit.is_accessible()


def test_training_speaks_swedish(
    trained: Run, hum: StudioProcess, playwright_driver: Playwright, voice_file: object, tmp_path: object
) -> None:
    with visiting(
        playwright_driver,
        CHROMIUM,
        hum.url,
        voice_file,
        tmp_path / "swedish",
        language="sv-SE",
        viewport=PHONE,  # type: ignore[operator,arg-type]
    ) as visit:
        visit.go("/train")
        expect(visit.page.get_by_role("radio", name="Finjustera från kontrollpunkt")).to_be_checked()
        visit.go(f"/train/{trained.name}")
        expect(visit.page.get_by_text(re.compile("Förluster vid steg 3.000, det senaste"))).to_be_visible()
        visit.fits(375)
        assert visit.complaints == []


def test_a_run_is_deleted_only_after_asking_what_goes(trained: Run, hum: StudioProcess, visit: Visit) -> None:
    page = visit.page
    visit.go(f"/train/{trained.name}")
    page.get_by_role("button", name="Delete this training").click()
    expect(page.get_by_role("dialog")).to_contain_text(trained.name)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/train$"))
    assert hum.get("/api/runs")["items"] == []
