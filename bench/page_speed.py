"""Whether the page keeps up: curves of a run of a million steps that writes 50 more a second, and a table of thousands.

A real studio and Debian's Chromium. Of the curves: how far behind the file what is shown is, from the moment a line
was written until its step stands in the page. Of both: frames a second, as the page's own `requestAnimationFrame` sees
them, beside those of an empty page on the same machine, which no page can exceed; where the browser's time goes; the
heap.

    python bench/page_speed.py [--steps 1000000] [--recordings 4000] [--seconds 20]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from browser.microphone import spoken  # noqa: E402
from browser.studio import StudioProcess  # noqa: E402
from coaxial.audio.robot_speech import SENTENCES  # noqa: E402
from coaxial.settings import Settings  # noqa: E402
from coaxial.store import open_store  # noqa: E402
from measuring import print_table  # noqa: E402
from metrics_answer import NAMES, write_run  # noqa: E402
from store.test_takes import take  # noqa: E402

LINES_A_SECOND = 50
MOST_BEHIND, LEAST_FRAMES = 2.0, 58.0
PIXELS_A_FRAME = 120
"""Three rows: at 60 frames a second, somebody who throws the list."""

Row = tuple[str, ...]

FRAMES = """
() => {
  window.measured = { frames: [], seen: [], blank: 0 };
  let before = performance.now();
  let step = "";
  const look = (now) => {
    measured.frames.push(now - before);
    before = now;
    const said = document.querySelector("caption")?.textContent ?? "";
    if (said !== step) {
      step = said;
      measured.seen.push([said, performance.timeOrigin + performance.now()]);
    }
    measured.scroll?.();
    measured.next = requestAnimationFrame(look);
  };
  measured.next = requestAnimationFrame(look);
}
"""

SCROLL = """
pixels => {
  const grid = document.querySelector("[role=grid]");
  const box = grid.getBoundingClientRect();
  let way = 1;
  measured.scroll = () => {
    const middle = document.elementFromPoint(box.left + 60, box.top + box.height / 2);
    measured.blank += middle?.closest("[role=row]") ? 0 : 1;
    const end = grid.scrollHeight - grid.clientHeight;
    way = grid.scrollTop >= end - 1 ? -1 : grid.scrollTop <= 0 ? 1 : way;
    grid.scrollTop += way * pixels;
  };
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--recordings", type=int, default=4000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        studio = StudioProcess(Path(folder) / "data")
        run = write_run(studio.data, options.steps)
        add_recordings(studio.data, options.recordings)
        studio.start()
        browser = driver.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            rows = {"an empty page": told(empty(page, options.seconds))}
            with open_store(Settings.read(studio.data)) as store:
                store.set_run_state(run.name, "running", options.steps)
            live, behind = curves(page, studio.url, run, options.steps, options.seconds)
            rows[f"curves, {LINES_A_SECOND} steps a second"] = told(live)
            table = scrolled(page, studio.url, options.recordings, options.seconds)
            rows[f"table of {options.recordings:,} rows, scrolling"] = told(table)
        finally:
            browser.close()
            studio.kill()
    print_table(("frames/s", "longest ms", "over 50 ms", "scripts", "layout", "other", "heap MB"), rows)
    print(f"Shown behind the file: {behind[0]:.2f} s in the middle, {behind[1]:.2f} s at most.")
    print(f"Frames of the table in which its middle was blank: {table['blank']} of {table['frames']}.")
    verdict(rows, live, table, behind[1])


def add_recordings(data: Path, count: int) -> None:
    """So many sentences of one speaker; only the first has its sound, for a page asks for that of the chosen row."""
    first = data / take("000001", "").file
    first.parent.mkdir(parents=True, exist_ok=True)
    spoken(first)
    with open_store(Settings.read(data)) as store:
        takes = [
            replace(one, text=f"{number}. {SENTENCES[number % len(SENTENCES)]}")
            for number in range(1, count + 1)
            for one in [take(f"{number:06}", "")]
        ]
        store.add_takes("letters", "en-US", takes)


def empty(page: Page, seconds: float) -> dict[str, Any]:
    """What the machine gives to a page that does nothing."""
    page.goto("about:blank")
    return watched(page, seconds)


def curves(page: Page, url: str, run: Path, steps: int, seconds: float) -> tuple[dict[str, Any], tuple[float, float]]:
    """A run is looked at while it writes; also how many seconds what is shown was behind: the median, and the most."""
    page.goto(f"{url}/train/{run.name}")
    page.get_by_text(f"Losses at step {steps:,}, the latest").wait_for(timeout=300_000)
    written: dict[int, float] = {}
    ended = threading.Event()
    writer = threading.Thread(target=write_on, args=(run / "metrics.jsonl", steps, written, ended))
    writer.start()
    try:
        page.wait_for_timeout(2000)
        found = watched(page, seconds)
    finally:
        ended.set()
        writer.join()
    seen = [(int("".join(filter(str.isdigit, said))), moment / 1000) for said, moment in found["seen"]]
    behind = [moment - written[step] for step, moment in seen if step in written]
    return found, (statistics.median(behind), max(behind)) if behind else (float("inf"), float("inf"))


def write_on(file: Path, step: int, written: dict[int, float], ended: threading.Event) -> None:
    """Lines as a trainer writes them, and when each was."""
    begun = time.time()
    with file.open("a", encoding="utf-8", buffering=1) as lines:
        while not ended.wait(max(0.0, begun + len(written) / LINES_A_SECOND - time.time())):
            step += 1
            values = dict.fromkeys(NAMES, 20 + step % 7)
            written[step] = time.time()
            lines.write(json.dumps({"step": step, "epoch": step // 50, "learning_rate": 2e-4, **values}) + "\n")


def scrolled(page: Page, url: str, count: int, seconds: float) -> dict[str, Any]:
    """The table, from its beginning to its end and back."""
    page.goto(f"{url}/dataset")
    page.locator(f'[role=grid][aria-rowcount="{count + 1}"]').wait_for(timeout=120_000)
    page.wait_for_timeout(1000)
    return watched(page, seconds, lambda: page.evaluate(SCROLL, PIXELS_A_FRAME))


def watched(page: Page, seconds: float, begin: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Frames and shares of the browser's time, and what was seen in them."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(FRAMES)
    begin()
    before = figures(session)
    page.wait_for_timeout(1000 * seconds)
    found: dict[str, Any] = page.evaluate("() => { cancelAnimationFrame(measured.next); return measured; }")
    after = figures(session)
    spent = {name: (after[name] - before[name]) / (after["Timestamp"] - before["Timestamp"]) for name in after}
    session.send("HeapProfiler.collectGarbage")
    frames = found["frames"][1:]
    return {
        "frames": len(frames),
        "rate": 1000 * len(frames) / sum(frames),
        "longest": max(frames),
        "late": sum(frame > 50 for frame in frames),
        "scripts": spent["ScriptDuration"],
        "layout": spent["LayoutDuration"] + spent["RecalcStyleDuration"],
        "other": spent["TaskDuration"]
        - spent["ScriptDuration"]
        - spent["LayoutDuration"]
        - spent["RecalcStyleDuration"],
        "heap": figures(session)["JSHeapUsedSize"] / 1e6,
        "seen": found["seen"][1:],
        "blank": found["blank"],
    }


def figures(session: CDPSession) -> dict[str, float]:
    """Of the page's process; times in seconds."""
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def told(found: dict[str, Any]) -> Row:
    """A line of the table; shares are of one processor."""
    return (
        f"{found['rate']:.1f}",
        f"{found['longest']:.0f}",
        f"{found['late']} of {found['frames']}",
        *(f"{100 * found[share]:.0f} %" for share in ("scripts", "layout", "other")),
        f"{found['heap']:.0f}",
    )


def verdict(rows: dict[str, Row], live: dict[str, Any], table: dict[str, Any], behind: float) -> None:
    """What was promised of both, and on which machine."""
    kept = behind < MOST_BEHIND and min(live["rate"], table["rate"]) >= LEAST_FRAMES and table["blank"] == 0
    machine = f"a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, without a GPU"
    print(
        f"Promised: never more than {MOST_BEHIND:.0f} s behind, and 60 frames a second: "
        f"{'kept' if kept else 'NOT kept'}, with {machine}; an empty page has {rows['an empty page'][0]}."
    )


if __name__ == "__main__":
    main()
