"""Takes the picture of README and site anew, from the map of the example file: ``python scripts/picture.py``.

To be run after a change of the shipped encoder or of the page. Needs playwright and Debian's Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import taskscape

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write docs/map.png."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "map.html"
        taskscape.map_page(taskscape.open_dataset(ROOT / "examples" / "instructions.jsonl")).write(page_file)
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.goto(page_file.as_uri())
        page.wait_for_timeout(3000)  # the map is drawn after it was fitted to the window
        page.screenshot(path=ROOT / "docs" / "map.png")
        browser.close()


if __name__ == "__main__":
    main()
