"""Every format says the same figures, and takes no text of data for anything but text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import polars as pl
import pytest
from pypdf import PdfReader

from metrics.findings.finding import Finding, Link, Page
from metrics.report.amounts import number
from metrics.report.chart import landing_chart, revenue_chart
from metrics.report.content import Kind, PlannedMonth, ReportContent
from metrics.report.page import to_html
from metrics.report.pdf import to_pdf
from metrics.report.workbook import to_workbook
from metrics.report.written import Written, written
from tests.metrics.report.companies import FORMULA, HOSTILE, MARKUP, SCRIPT
from tests.metrics.report.conftest import Reported

ADDRESS = "https://backcast.example"
FORMATS = {"pdf": to_pdf, "html": to_html, "xlsx": to_workbook}


def plain(text: str) -> str:
    """Without line breaks and what typesetting adds."""
    return re.sub(r"\s+", " ", text.replace("\u2060", "")).strip()


class Text(HTMLParser):
    """What a browser shows of a page, its tags and its links."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._style = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._style = tag == "style"
        self.links += [value for name, value in attrs if name in ("href", "src") and value]

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.shown.append(data)


def text_of(form: str, content: ReportContent) -> str:
    report = FORMATS[form](content, ADDRESS)
    if form == "pdf":
        return plain(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(report)).pages))
    return plain(" ".join(Text(report).shown))


def figures_in(said: Written) -> list[str]:
    """All texts with a figure."""
    found = [*said.answer]
    for figure in (*said.figures, *said.stages):
        found += [figure.label, figure.value, figure.change]
    for table in (said.plan, said.credit):
        found += [cell for row in table.rows for cell in row] if table else []
    found += [finding.sentence for finding in said.findings]
    return [each for each in found if each]


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_every_figure_is_in_the_document(form: str, in_dollars: Reported) -> None:
    text = text_of(form, in_dollars.content)
    for each in figures_in(written(in_dollars.content, ADDRESS)):
        assert plain(each) in text, each
    assert "$10K" in text
    assert "$60K to $120K" in text


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_euros_are_euros(form: str, in_euros: Reported) -> None:
    text = text_of(form, in_euros.content)
    assert "€9.23K" in text
    assert "$" not in text.replace("$1_2$", "")


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_a_text_of_data_is_shown_as_it_is(form: str, in_euros: Reported) -> None:
    text = text_of(form, in_euros.content)
    shown = {each.channel for each in in_euros.content.credit.channels}  # type: ignore[union-attr]
    assert shown == {*HOSTILE, "Unattributed"}
    for channel in HOSTILE:
        assert plain(channel) in text, channel


def test_nothing_of_the_page_runs_or_is_fetched(in_euros: Reported) -> None:
    finding = Finding(f"{SCRIPT} {MARKUP}", 1.0, Link(Page.FUNNEL, (("channel", '"><b>'),)))
    found = Text(to_html(replace(in_euros.content, findings=(finding,)), ADDRESS))
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert found.links == [f"{ADDRESS}/funnel?channel=%22%3E%3Cb%3E"]


def test_links_lead_to_the_cockpit_or_nowhere(in_dollars: Reported) -> None:
    def links(address: str | None) -> list[str]:
        page = PdfReader(io.BytesIO(to_pdf(in_dollars.content, address))).pages[0]
        found = [each.get_object() for each in page.get("/Annots", [])]
        return [each["/A"]["/URI"] for each in found]

    addresses = [each.link.address(ADDRESS) for each in in_dollars.content.findings]
    assert set(links(ADDRESS)) == set(addresses)  # one that is broken into lines is on each
    assert addresses[0].startswith(f"{ADDRESS}/plan_versus_actual?versus_plan=%23let+x")
    assert links(None) == []
    assert Text(to_html(in_dollars.content)).links == []


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_content_is_the_same_bytes(form: str, in_dollars: Reported) -> None:
    first, again = (FORMATS[form](in_dollars.content, ADDRESS) for _ in range(2))
    assert first == again


def test_the_pdf_is_one_page_whatever_names_are_like(in_dollars: Reported) -> None:
    content, long = in_dollars.content, "W" * 500
    assert content.credit is not None
    assert content.plan is not None
    channels = tuple(replace(content.credit.channels[0], channel=long) for _ in range(30))
    crowded = replace(
        content,
        plan=replace(content.plan, name=long),
        credit=replace(content.credit, channels=channels),
        findings=(Finding(" ".join(["many words"] * 25), 1e9, Link(Page.FUNNEL)),) * 3,
        notes=("A sentence that says what is not known, and what can be done about it.",) * 6,
    )
    assert len(PdfReader(io.BytesIO(to_pdf(crowded, ADDRESS))).pages) == 1
    table = written(crowded).credit
    assert table is not None
    rest = 23 * channels[0].credit
    assert table.rows[-1][:2] == ("23 others", number(rest, Kind.MONEY, content.currency))


def test_the_pdf_needs_no_font_of_the_machine(in_dollars: Reported) -> None:
    page = PdfReader(io.BytesIO(to_pdf(in_dollars.content))).pages[0]
    fonts = [each.get_object() for each in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert {each["/BaseFont"].partition("+")[2].split("-")[0] for each in fonts} == {
        "LibertinusSerif"
    }


def test_the_workbook_has_the_figures_as_numbers(in_dollars: Reported) -> None:
    content = in_dollars.content
    book = pl.read_excel(io.BytesIO(to_workbook(content)), sheet_id=0)
    figures = dict(book["Figures"].select("Figure", "Now").iter_rows())
    assert figures["Won revenue"] == 10_000
    assert figures["Leads"] == 10
    assert book["Plan"]["Plan"].to_list() == [90_000] * 3
    assert book["Plan"]["Month"].to_list()[0] == date(2026, 4, 1)
    assert content.credit is not None
    assert content.landing is not None
    earned = [float(each.credit) for each in content.credit.channels]
    assert book["Credit"]["Credit"].to_list() == pytest.approx(earned)
    landing = dict(book["Landing"].iter_rows())
    assert landing["Chance to reach the plan"] == content.landing.hit_chance
    assert book["Findings"]["At stake"].to_list() == [pytest.approx(213_750), 200_000, 570]


def test_no_cell_of_the_workbook_is_a_formula(in_euros: Reported) -> None:
    finding = Finding(FORMULA, None, Link(Page.FUNNEL))
    report = to_workbook(replace(in_euros.content, findings=(finding,)))
    book = pl.read_excel(io.BytesIO(report), sheet_id=0)
    assert book["Findings"]["Finding"].to_list() == [f"'{FORMULA}"]
    assert f"'{FORMULA}" in book["Credit"]["Channel"].to_list()


def test_a_figure_that_is_not_known_is_a_dash_and_an_empty_cell(in_dollars: Reported) -> None:
    content = in_dollars.content
    cost = written(content).figures[-1]
    assert (cost.label, cost.value, cost.change) == ("Cost per opportunity", "—", "")
    figures = pl.read_excel(io.BytesIO(to_workbook(content)), sheet_name="Figures")
    assert figures.filter(Figure="Cost per opportunity")["Now"].to_list() == [None]


def test_a_report_without_plan_and_landing_says_so(in_euros: Reported) -> None:
    content = replace(in_euros.content, landing=None, plan=None, credit=None, findings=())
    for form in ("pdf", "html"):
        text = text_of(form, content)
        assert "It is not known; the reason is given below." in text
        assert "No plan is kept" in text
        assert "Month by month" not in text
        assert "Nothing needs a decision" in text


def test_the_chart_has_a_bar_for_each_month_and_a_mark_for_each_of_the_plan(
    in_dollars: Reported,
) -> None:
    content = in_dollars.content
    assert content.plan is not None
    whole = revenue_chart(replace(content, plan=None))
    # Eleven whole months, one that runs, and the two of the legend.
    assert whole.count('fill="#0072b2"/>') == 11 + 1
    assert whole.count("stroke-dasharray") == 1 + 1
    marked = revenue_chart(content)
    assert marked.count('stroke-width="2"') == 3 + 1
    over = tuple(replace(each, projected_high=each.projected_low) for each in content.plan.months)
    plan = replace(content.plan, months=over)
    assert revenue_chart(replace(content, plan=plan)).count('opacity="0.8"') == 0


def test_the_range_of_a_landing_lies_between_its_bounds(in_dollars: Reported) -> None:
    found = in_dollars.content.landing
    assert found is not None
    svg = landing_chart(found, "USD")
    for label in ("won $10K", "$60K", "$90K", "$120K", "plan $270K"):
        assert f">{label}<" in svg


def test_a_landing_that_is_certain_is_said_once(in_dollars: Reported) -> None:
    found = in_dollars.content.landing
    assert found is not None
    sure = replace(found, low=10_000.0, middle=10_000.0, high=10_000.0, target=None)
    answer = written(replace(in_dollars.content, landing=sure)).answer
    assert answer[1] == "Q2 2026 lands at $10K."
    assert landing_chart(sure, "USD").count(">$10K<") == 1


def test_a_month_that_is_over_was_reached_or_missed(in_dollars: Reported) -> None:
    content = in_dollars.content
    assert content.plan is not None
    first = content.plan.months[0]
    months = tuple(
        PlannedMonth(first.month_on + timedelta(days=31 * n), 10.0, won, won, won, won, hit)
        for n, (won, hit) in enumerate(((12.0, 1.0), (5.0, 0.0)))
    )
    plan = replace(content.plan, is_money=False, months=months)
    table = written(replace(content, plan=plan, seen_until=date(2026, 4, 30))).plan
    assert table is not None
    assert [row[-1] for row in table.rows] == ["reached", "0.0%"]  # May is not over
    assert table.heads[2] == "Won deals"
