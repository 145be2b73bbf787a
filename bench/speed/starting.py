"""Benchmark 9: from `streamlit run` to the first page shown, against an empty Streamlit app."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import Browser, sync_playwright

from bench.report import ROUNDS, Line
from bench.speed.server import serving
from bench.stores import ROOT, Size, loaded_store

BUDGET = 1.5
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def measure_start(size: Size) -> list[Line]:
    """One line: how much later our first page shows than an empty app's, on an existing store."""
    store = loaded_store(size)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text('import streamlit as st\n\nst.title("Empty")\n', encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_shown(browser, ROOT / "app.py", store, '[data-testid="stMetric"]'))
            theirs.append(_shown(browser, empty, store, "h1"))
        browser.close()
    late = median(ours) - median(theirs)
    return [
        Line(
            what="9 · first page shown after start",
            size=size.label,
            ours=median(ours),
            against="an empty app",
            other=median(theirs),
            budget=f"≤ {BUDGET} s more",
            met=late <= BUDGET,
        )
    ]


def _shown(browser: Browser, script: Path, store: Path, wanted: str) -> float:
    """Seconds from starting the server to the wanted element standing on the screen."""
    start = perf_counter()
    with serving(script, store) as address:
        page = browser.new_page()
        page.goto(address)
        page.locator(wanted).first.wait_for(timeout=60_000)
        taken = perf_counter() - start
        page.close()
    return taken
