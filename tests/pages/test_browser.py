"""The cockpit in a real browser on a real server: what only a browser can show."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import fastexcel
import polars as pl
import pytest

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion
from metrics.horizon import horizon
from metrics.scope import Scope
from tests.pages.company import HOSTILE, publish_rows
from tests.pages.conftest import ROOT
from tests.pages.explore.read_company import ASSETS, with_content
from tests.pages.hostile import TEXTS
from tests.pages.kept import keep_winter_plan

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
except ImportError as error:
    if os.environ.get("CI"):
        raise
    pytest.skip(f"{error.name} is not installed", allow_module_level=True)

pytestmark = pytest.mark.browser

PAGES = (
    "?industry=Retail",
    "funnel?funnel_stage=Won&channel=Webinar",
    "load",
    "data_health",
    "data_health?health_part=Completeness",
)
OTHER_PAGES = (
    ("funnel", "light"),
    ("attribution?attribution_part=Overlap+and+assists", "light"),
    ("channels", "dark"),
    ("backward_plan?plan_by=Channel&plan_profile=By+working+days", "dark"),
    ("plan_versus_actual?versus_part=Volume&versus_cell=October+2025%2C+all%2C+Leads", "light"),
    ("forecast", "dark"),
    ("event_planner", "light"),
    ("events?events_part=Segments+and+methods", "dark"),
    ("reach?reach_part=Pool", "dark"),
    ("segments?segments_by_2=Region", "dark"),
    ("quality", "dark"),
    ("follow_up?follow_up_part=Response+times", "light"),
    ("follow_up?follow_up_part=Conversion", "dark"),
    ("journeys?journeys_find=Company+00001", "dark"),
    ("journeys?journeys_part=Accounts&journeys_accounts=Potential", "light"),
    ("pipeline?pipeline_bar=Pulled+in", "light"),
    ("pipeline?pipeline_part=Win+rates", "dark"),
    ("definitions?terms_part=Metrics&terms_metric=headline", "dark"),
)
"""Each takes seconds to draw, so that one theme and width has to do."""
SECONDS = 60
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on the PATH")
    expect.set_options(timeout=1000 * SECONDS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@contextmanager
def serving(script: Path, store: Path) -> Iterator[str]:
    """A server of its own for a script, ended by its process; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = os.environ | {"BACKCAST_STORE": str(store), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_health(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(SECONDS)


def wait_for_health(address: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until the server answers. The process itself is waited for between two questions."""
    for _ in range(10 * SECONDS):
        try:
            with urlopen(f"{address}/_stcore/health", timeout=SECONDS):
                return
        except OSError:
            pass
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail("the server did not start")


@pytest.fixture(scope="module")
def address(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a copy of the company, of which a plan is kept."""
    store = Path(shutil.copytree(company, tmp_path_factory.mktemp("served") / "store"))
    keep_winter_plan(store)
    with serving(ROOT / "app.py", store) as running:
        yield running


Opener = Callable[..., "Page"]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests, so that the product's code is fetched and read once."""
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(1000 * SECONDS)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[Opener]:
    """Opens an address in a window of its own, and waits until the page is drawn."""

    def open_one(address: str, *, width: int = 1440, theme: Any = "light") -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.goto(address)
        settled(page)
        return page

    yield open_one
    for page in context.pages:
        page.close()


def settled(page: Page) -> None:
    """Wait until the script has ended, and all it drew is there."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function(DRAWN)


DRAWN = """() => {
  const all = name => [...document.querySelectorAll(`[data-testid=${name}]`)];
  const visible = each => each.checkVisibility();
  return !document.querySelector('[data-testid=stSkeleton], .stSpinner')
    && all('stDataFrame').filter(visible).every(each => each.querySelector('canvas'))
    && all('stPlotlyChart').filter(visible).every(each => each.querySelector('.main-svg'));
}"""


def caption(page: Page) -> Locator:
    return page.get_by_test_id("stMain").get_by_test_id("stCaptionContainer").first


def text_of(locator: Locator) -> str:
    return locator.inner_text().replace("\u2060", "")


def choose(page: Page, key: str, name: str) -> None:
    """Pick the option of a list that begins with a text: typed, so that no other can be meant."""
    box = page.locator(f".st-key-{key}").get_by_role("combobox")
    box.press_sequentially(name)
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option")).to_contain_text(name)
    box.press("Enter")


def test_the_first_page_is_there_and_asks_nobody_else(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(1000 * SECONDS)
    elsewhere, failures = [], []
    page.on("request", lambda each: elsewhere.append(each.url))
    page.on("pageerror", lambda each: failures.append(str(each)))
    page.on("console", lambda each: failures.append(each.text) if each.type == "error" else None)
    page.goto(address)
    settled(page)
    page.wait_for_selector(".js-plotly-plot .scatterlayer .trace")
    assert page.locator("h1").inner_text() == "Overview"
    assert page.get_by_test_id("stMetric").count() == 9
    local = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [each for each in elsewhere if not each.startswith(local)] == []
    assert failures == []
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_follow_the_theme(open_page: Opener, address: str, theme: str) -> None:
    page = open_page(f"{address}/funnel", theme=theme)
    page.wait_for_selector(".js-plotly-plot .annotation-text")
    written = page.evaluate(
        "getComputedStyle(document.querySelector('.js-plotly-plot .annotation-text')).fill"
    )
    around = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert written == around


def test_a_filter_changes_the_page_and_its_address_and_back_undoes_it(
    open_page: Opener, address: str
) -> None:
    page = open_page(address)
    leads = page.get_by_test_id("stMetricValue").first
    before = leads.inner_text()
    choose(page, "channel", "Webinar")
    expect(leads).not_to_have_text(before)
    expect(caption(page)).to_contain_text("channel Webinar")
    assert "channel=Webinar" in page.url
    page.go_back()
    expect(leads).to_have_text(before)
    assert "channel" not in page.url


def test_back_returns_to_the_page_before(open_page: Opener, address: str) -> None:
    page = open_page(f"{address}/?channel=Webinar")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Funnel").click()
    page.wait_for_selector("h1:has-text('Funnel')")
    page.wait_for_url(re.compile(r"/funnel\?.*channel=Webinar"))
    page.go_back()
    page.wait_for_selector("h1:has-text('Overview')")
    page.wait_for_url(re.compile(r"channel=Webinar"))


def test_a_choice_of_a_page_closes_the_sidebar_that_covers_it(
    open_page: Opener, address: str
) -> None:
    page = open_page(address, width=390)
    sidebar = page.get_by_test_id("stSidebar")
    for name in ("Funnel", "Overview"):
        page.get_by_role("button", name="Expand sidebar").click()
        sidebar.get_by_role("link", name=name).click()
        page.wait_for_selector(f"h1:has-text('{name}')")
        expect(sidebar).not_to_be_visible()
    page.get_by_role("button", name="Expand sidebar").click()
    choose(page, "channel", "Webinar")
    settled(page)
    expect(sidebar).to_be_visible()


def test_a_deep_link_is_the_first_thing_a_fresh_server_shows(
    open_page: Opener, company: Path
) -> None:
    with serving(ROOT / "app.py", company) as fresh:
        page = open_page(f"{fresh}/funnel?channel=Webinar&funnel_stage=Won")
        page.wait_for_selector("[data-testid=stTable]")
        assert page.locator("h1").inner_text() == "Funnel"
        assert "channel Webinar" in text_of(caption(page))
        assert page.get_by_role("dialog").count() == 0
        assert page.get_by_test_id("stAlertContentError").count() == 0
        expect(page.get_by_label("Leads that were won").first).to_be_attached()


def test_a_click_on_a_bar_shows_the_records_and_marks_the_pill(
    open_page: Opener, address: str
) -> None:
    page = open_page(f"{address}/funnel")
    bar = page.locator(".js-plotly-plot").first.locator(".trace.bars .point").nth(2)
    box = bar.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.wait_for_selector(".js-plotly-plot .hoverlayer .hovertext")
    page.mouse.click(*middle)
    page.wait_for_url(re.compile("funnel_stage=SQL"))
    expect(page.get_by_label("Leads that reached SQL").first).to_be_attached()
    page.get_by_role("radio", name="SQL").or_(page.get_by_role("button", name="SQL")).first.click()
    page.wait_for_url(lambda url: "funnel_stage" not in url)


def test_a_table_is_downloaded_whole(open_page: Opener, address: str, company: Path) -> None:
    page = open_page(f"{address}/funnel")
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    expected = stage_conversion(warehouse, Scope(loaded.default_period, loaded.last))
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").first.click()
    content = Path(started.value.path()).read_bytes()
    name = "stage_conversion_2025-04-01_2026-03-31"
    assert started.value.suggested_filename == f"{name}.csv"
    assert pl.read_csv(io.BytesIO(content))["reached"].to_list() == expected["reached"].to_list()
    with page.expect_download() as started:
        page.get_by_role("button", name="Excel").first.click()
    assert started.value.suggested_filename == f"{name}.xlsx"
    sheet = fastexcel.read_excel(Path(started.value.path()).read_bytes()).load_sheet(0).to_polars()
    assert sheet["reached"].to_list() == expected["reached"].to_list()


def test_a_formula_from_a_file_is_downloaded_as_text(open_page: Opener, address: str) -> None:
    page = open_page(f"{address}/data_health")
    choose(page, "load_detail", "leads.csv")
    download = page.locator("[class*='st-key-detail_rejected_leads']").get_by_role(
        "button", name="CSV"
    )
    with page.expect_download() as started:
        download.click()
    rows = pl.read_csv(Path(started.value.path()).read_bytes())
    assert rows["value"].to_list() == ["31.02.2025", "'=1+1", None]


def test_a_bad_file_is_refused_with_a_clear_message(
    open_page: Opener, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "notes <b>1.csv"
    file.write_text("just,some\nother,words\n")
    page = open_page(f"{address}/load")
    page.set_input_files("input[type=file]", file)
    message = page.get_by_test_id("stAlertContentWarning")
    message.wait_for()
    assert "no mapping fits" in text_of(message)
    assert "Traceback" not in page.content()
    assert page.get_by_role("button", name="Try without loading").count() == 0


def test_a_hostile_name_is_text_and_fetches_nothing(open_page: Opener, address: str) -> None:
    page = open_page(f"{address}/funnel?funnel_by=Campaign&campaign={quote(HOSTILE)}")
    assert f"campaign {HOSTILE}" in text_of(caption(page))
    assert caption(page).locator("a, img, b, .katex, [class*=Colored]").count() == 0
    assert page.locator("img[src*=evil], a[href*=evil]").count() == 0


def test_escaped_text_is_literal_wherever_markdown_is_read(
    open_page: Opener, company: Path
) -> None:
    with serving(ROOT / "tests" / "pages" / "escape_app.py", company) as running:
        page = open_page(running)
        page.wait_for_selector(f".st-key-text_{len(TEXTS) - 1} [data-testid=stPopover]")
        for number, text in enumerate(TEXTS):
            box = page.locator(f".st-key-text_{number}")
            assert box.locator("a, img, strong, em, del, code, sup, .katex").count() == 0, text
            for place in PLACES:
                shown = [text_of(each).replace("\n", " ") for each in box.locator(place).all()]
                assert shown, place
                assert all(text in each for each in shown), (place, shown)


PLACES = (
    "[data-testid=stMarkdown] p",
    "[data-testid=stCaptionContainer]",
    "h2",
    "[data-testid=stMetricLabel]",
    "[data-testid=stMetricValue]",
    "[data-testid=stMetricDelta]",
    "[data-testid=stAlertContentError]",
    "[data-testid=stAlertContentInfo]",
    "[data-testid=stExpander] summary",
    "[role=tab]",
    ".stButton button",
    "[data-testid=stButtonGroup] button",
    "[data-testid=stCheckbox]",
    "[data-testid=stProgress]",
    "[data-testid=stPopover]",
)


@pytest.mark.parametrize("where", PAGES)
def test_a_page_is_for_everybody_in_either_theme_and_in_a_narrow_window(
    open_page: Opener, address: str, where: str
) -> None:
    page = open_page(f"{address}/{where}")
    for closed in page.locator("[data-testid=stExpander] summary").all():
        closed.click()
    for theme in ("light", "dark"):
        take_on(page, theme)
        assert grave_violations(page) == [], theme
    page.set_viewport_size({"width": 390, "height": 900})
    settled(page)
    assert widest(page) <= 390


def take_on(page: Page, theme: Any) -> None:
    """Change the theme of the whole system, and wait until the page follows."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "theme => getComputedStyle("
        "document.querySelector('[data-testid=stApp]')).colorScheme === theme",
        arg=theme,
    )
    settled(page)


def grave_violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds serious on a page, and the first place of each."""
    # The lines in tiles are drawn by Streamlit without a title; the chart below says the same.
    drawn = {"exclude": [["[data-testid=stMetricChart]"]]}
    found = Axe().run(page, context=drawn).response["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in grave]


@pytest.mark.parametrize(("where", "theme"), OTHER_PAGES)
def test_pages_of_numbers_are_for_everybody_in_a_narrow_window(
    open_page: Opener, address: str, where: str, theme: str
) -> None:
    page = open_page(f"{address}/{where}", width=390, theme=theme)
    for closed in page.locator("[data-testid=stMain] [data-testid=stExpander] summary").all():
        closed.click()
    settled(page)
    assert_for_everybody_in_a_narrow_window(page)


def assert_for_everybody_in_a_narrow_window(page: Page) -> None:
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert widest(page) <= 390
    assert grave_violations(page) == []


def test_content_and_an_asset_of_it_are_for_everybody_in_a_narrow_window(
    open_page: Opener, tmp_path: Path
) -> None:
    publish_rows(Store(tmp_path / "store"), with_content(200))
    with serving(ROOT / "app.py", tmp_path / "store") as running:
        page = open_page(f"{running}/content?content_asset={quote(ASSETS[1][1])}", width=390)
        assert_for_everybody_in_a_narrow_window(page)
        assert page.get_by_text("Topic: 数据").count() == 1


def widest(page: Page) -> int:
    """How wide the page and its main part are, in pixels."""
    widths: list[int] = page.evaluate(
        "[document.documentElement.scrollWidth,"
        " document.querySelector('[data-testid=stMain]').scrollWidth]"
    )
    return max(widths)


def test_an_empty_store_leads_to_the_load_page(open_page: Opener, tmp_path: Path) -> None:
    with serving(ROOT / "app.py", tmp_path / "store") as running:
        page = open_page(running)
        page.get_by_role("button", name="Load a file").click()
        page.wait_for_url(re.compile("/load"))
        page.get_by_test_id("stFileUploader").wait_for()


UNKNOWN_DEALS = """deal no;sum in USD;phase;began;over;customer
7;1200;Won;31.01.2024;28.03.2024;Alpha
8;900;Lost;28.02.2024;30.03.2024;Beta
9;300;Talking;when?;;Gamma
"""


def test_an_unknown_file_is_corrected_tried_kept_and_loaded(
    open_page: Opener, tmp_path: Path
) -> None:
    """Two columns that nothing known is called like are put right in the table, by the keyboard."""
    first, second = tmp_path / "deals.csv", tmp_path / "february.csv"
    first.write_text(UNKNOWN_DEALS)
    second.write_text(UNKNOWN_DEALS.replace("7;", "17;"))
    store = tmp_path / "store"
    with serving(ROOT / "app.py", store) as own:
        page = open_page(f"{own}/load")
        page.set_input_files("input[type=file]", first)
        page.get_by_role("heading", name="Say what this file is").wait_for()
        main = page.get_by_test_id("stMain")
        expect(main.get_by_text("7, 8, 9 · very likely, 97%")).to_be_visible()
        expect(main.get_by_text("no match by its name")).to_have_count(3)
        pick(page, "sum in USD becomes", "Deal: value")
        pick(page, "began becomes", "Deal: day of creation")
        pick(page, "How dates in began are written", "such as 31.12.2026")
        pick(page, "over becomes", "Deal: day it was closed")
        expect(main.get_by_text("The mapping is valid and fits this file.")).to_be_visible()
        page.get_by_role("button", name="Try it on the file").click()
        tried = page.get_by_test_id("stMetricValue")
        expect(tried).to_have_text(["3", "2", "1"])
        page.get_by_role("button", name="Save and load").click()
        expect(main.get_by_text("Loaded. Every page shows the new data.")).to_be_visible()
        assert [each.name for each in (store / "mappings").iterdir()] == ["deals.toml"]
        page.set_input_files("input[type=file]", second)
        expect(main.get_by_text("february.csv")).to_be_visible()
        settled(page)
        expect(page.get_by_role("combobox", name="Read it as")).to_have_value("deals")
        expect(main.get_by_text("Say what this file is")).to_have_count(0)


def pick(page: Page, label: str, option: str) -> None:
    """Choose an option of a list by its whole name, and wait until the page has taken it."""
    box = page.get_by_role("combobox", name=label)
    box.press_sequentially(option)
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)
    expect(page.get_by_role("combobox", name=label)).to_have_count(1)
