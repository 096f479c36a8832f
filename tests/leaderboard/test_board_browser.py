"""The page in a real browser: it looks like something, sorts, is used by keyboard and asks for nothing."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_records import EVIL

from leaderboard.model import Board

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
pytestmark = pytest.mark.skipif(  # no Python package brings a browser; .ci/run installs one
    not (CHROMIUM and DRIVER),
    reason="chromium and chromedriver are not on PATH; on Debian: apt-get install chromium chromium-driver",
)


class Browser:
    """A WebDriver session by plain HTTP."""

    def __init__(self, port: int, profile: Path) -> None:
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._root = f"http://127.0.0.1:{port}/session"
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._call("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
        self._root += f"/{answer['sessionId']}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310
        with self._http.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def run(self, script: str, *arguments: object) -> Any:
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, keys: str) -> None:
        moves = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": moves}]})

    def command(self, name: str, **parameters: object) -> Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def look(self, width: int, scheme: str) -> None:
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def pixels(self) -> np.ndarray:
        from PIL import Image

        return np.asarray(Image.open(io.BytesIO(base64.b64decode(self._call("GET", "/screenshot")))).convert("RGB"))

    def log(self) -> list[dict[str, Any]]:
        return list(self._call("POST", "/se/log", {"type": "browser"}))

    def close(self) -> None:
        self._call("DELETE", "")


def until(seen: Callable[[], object], expected: object) -> None:
    """Wait until ``seen()`` is ``expected``: a page follows a key in its own time."""
    for _ in range(100):
        if seen() == expected:
            return
        time.sleep(0.1)
    assert seen() == expected


@pytest.fixture(scope="module")
def address(page: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "board.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    driver = subprocess.Popen([str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert driver.stdout is not None
        port = next(
            int(found[1]) for line in driver.stdout if (found := re.search(r"successfully on port (\d+)", line))
        )
        browser = Browser(port, tmp_path_factory.mktemp("profile"))
        yield browser
        browser.close()
    finally:
        driver.terminate()
        driver.wait(timeout=20)


@pytest.fixture
def browser(session: Browser, address: str) -> Browser:
    session.look(1280, "light")
    session.open("about:blank")
    session.open(address)
    until(lambda: session.run("return [location.href, document.readyState]"), [address, "complete"])
    return session


COLUMN = """
const table = document.querySelectorAll("table.sortable")[arguments[0]];
return [...table.tBodies[0].rows].map((row) => row.cells[arguments[1]].dataset.value);
"""
BUTTON = 'return document.querySelectorAll("table.sortable")[arguments[0]].tHead.rows[0].cells[arguments[1]]'


def test_every_row_is_there_and_titles_are_text(browser: Browser, board: Board) -> None:
    titles = browser.run(
        'return [...document.querySelectorAll("section.board")].map((s) => '
        '[...s.querySelector("table").tBodies[0].rows].map((row) => row.querySelector("th a").textContent))'
    )
    assert titles == [[row.title for row in table.rows] for table in board.tables]
    assert EVIL in titles[0]
    assert browser.run("return document.title") == "ABAW bench leaderboard"


def test_it_asks_for_nothing_and_reports_no_error(browser: Browser) -> None:
    browser.run(f"{BUTTON}.querySelector('button').click()", 0, 3)
    assert browser.run("return performance.getEntriesByType('resource').map((e) => e.name)") == []
    assert browser.log() == []


def test_a_click_sorts_and_says_so(browser: Browser, board: Board) -> None:
    rows = board.tables[0].rows
    speed = next(k for k in range(9) if "end to end" in browser.run(f"{BUTTON}.textContent", 1, k))
    assert browser.run(f"{BUTTON}.ariaSort", 1, speed) == "none"
    browser.run(f"{BUTTON}.querySelector('button').click()", 1, speed)
    known = sorted((row.cost.end_to_end for row in rows if row.cost and row.cost.end_to_end), reverse=True)
    shown = browser.run(COLUMN, 1, speed)
    assert [float(value) for value in shown[:-1]] == known
    assert shown[-1] == ""  # not measured: at the end in either direction
    assert browser.run(f"{BUTTON}.ariaSort", 1, speed) == "descending"
    assert "Frames/s end to end, descending" in browser.run("return document.getElementById('announce').textContent")
    browser.run(f"{BUTTON}.querySelector('button').click()", 1, speed)
    shown = browser.run(COLUMN, 1, speed)
    assert [float(value) for value in shown[:-1]] == known[::-1]
    assert shown[-1] == ""
    assert browser.run(f"{BUTTON}.ariaSort", 1, speed) == "ascending"
    browser.run(f"{BUTTON}.querySelector('button').click()", 1, 0)
    assert browser.run(f"{BUTTON}.ariaSort", 1, speed) == "none"
    assert browser.run(COLUMN, 1, 0) == sorted((row.title for row in rows), key=str.casefold)


def test_the_keyboard_alone_sorts_a_table(browser: Browser, board: Board) -> None:
    browser.run(f"{BUTTON}.querySelector('button').focus()", 0, 3)
    browser.press("\ue007")  # Enter: best first
    browser.press(" ")  # and the other way round
    worst_first = [row.score for row in reversed(board.tables[0].rows)]
    until(lambda: [float(value) for value in browser.run(COLUMN, 0, 3)], worst_first)
    browser.press("\ue004")  # Tab goes on to the next column's button
    until(lambda: "of these videos" in browser.run("return document.activeElement.textContent"), True)


def test_the_first_tab_stop_skips_to_the_results(browser: Browser) -> None:
    browser.run("window.focus()")
    browser.press("\ue004")
    until(lambda: browser.run("return document.activeElement.getAttribute('href')"), "#main")
    browser.press("\ue007")
    until(lambda: browser.run("return [location.hash, document.activeElement.id]"), ["#main", "main"])


def test_a_link_into_folded_details_opens_them(browser: Browser, address: str) -> None:
    browser.run(
        'const d = document.querySelector("details.run"); d.querySelector("pre").id = "deep"; location.hash = "#deep"'
    )
    opened = "return new Promise((done) => setTimeout(() => done(document.querySelector('details.run').open), 50))"
    assert browser.run(opened) is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_and_is_drawn_in_both_schemes(browser: Browser, width: int, scheme: str) -> None:
    browser.look(width, scheme)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    browser.run('document.documentElement.style.scrollBehavior = "auto"')  # jump, so that the picture is of the plot
    browser.run('document.querySelector("figure.forest").scrollIntoView()')
    shown = browser.run(
        'return [...document.querySelector("figure.forest").querySelectorAll("svg")]'
        ".map((s) => s.getBoundingClientRect().width > 0)"
    )
    assert shown == [width > 700, width < 700]
    pixels = browser.pixels()
    assert pixels.shape[:2] == (900, width)
    ground = pixels[5, 5].astype(int).mean()
    assert ground > 200 if scheme == "light" else ground < 50
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100
    assert pixels.std() > 10


def test_without_javascript_everything_is_there_but_the_buttons(browser: Browser, address: str, board: Board) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        root = browser.command("DOM.getDocument", depth=0)["root"]["nodeId"]
        shown = browser.command("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
    body = shown.partition("<body>")[2]
    assert "<button" not in body
    assert "aria-sort=" not in body
    assert all(f'id="{row.key}"' in body for table in board.tables for row in table.rows)
