"""What the studio's page weighs when it is first opened, and how long it takes until it can be used.

A real studio on an empty data directory and Debian's Chromium, each load with an empty cache. There is no peer, for no
other page does this; the limits are our own: 350 kB of scripts and styles, gzipped, and 1.5 s.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Request, Response, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests")]

from browser.studio import StudioProcess  # noqa: E402

MOST_BYTES = 350_000
MOST_SECONDS = 1.5
ROOMS = ["/", "/record", "/import", "/dataset", "/train", "/voices", "/jobs", "/system"]


def main() -> int:
    """Print one line a room; answers 1 where the first page misses a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        studio = StudioProcess(Path(folder) / "data")
        studio.start()
        browser = driver.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            print(f"{'room':<10}{'gzipped kB':>12}{'files':>7}{'usable after s':>16}  (median of {arguments.rounds})")
            found = [measured(browser, studio.url, room, arguments.rounds) for room in ROOMS]
        finally:
            browser.close()
            studio.end()
    weight, seconds = found[0]
    kept = weight < MOST_BYTES and seconds < MOST_SECONDS
    limits = f"under {MOST_BYTES // 1000} kB and {MOST_SECONDS} s"
    print(f"Promised of the first page: {limits}: {'kept' if kept else 'NOT kept'}.")
    return 0 if kept else 1


def measured(browser: Browser, url: str, room: str, rounds: int) -> tuple[int, float]:
    """Bytes of scripts and styles, each gzipped, and seconds until the heading is there, of a first visit to a room."""
    taken, weight, files = [], 0, 0
    for _ in range(rounds):
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        page = context.new_page()
        bodies: list[bytes] = []
        page.on("requestfinished", lambda one: _keep(one, bodies))  # noqa: B023
        begun = time.perf_counter()
        page.goto(url + room, wait_until="commit")
        page.get_by_role("heading", level=1).wait_for()
        taken.append(time.perf_counter() - begun)
        page.wait_for_load_state("load")
        weight, files = sum(len(gzip.compress(body)) for body in bodies), len(bodies)
        context.close()
    seconds = statistics.median(taken)
    print(f"{room:<10}{weight / 1000:>12.0f}{files:>7}{seconds:>16.2f}")
    return weight, seconds


def _keep(request: Request, bodies: list[bytes]) -> None:
    # What comes when the page is closed already is not of its first load.
    with suppress(PlaywrightError):
        _keep_body(request.response(), bodies)


def _keep_body(response: Response | None, bodies: list[bytes]) -> None:
    if response is not None and response.headers.get("content-type", "").startswith(("text/javascript", "text/css")):
        bodies.append(response.body())


if __name__ == "__main__":
    sys.exit(main())
