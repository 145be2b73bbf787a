"""Numbers of one scope never contradict each other: each page is asked for the same quantities."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from tests.metrics.facts import fill
from tests.metrics.plan.events.made_up import EVENT_TERMS, fairs
from tests.pages.company import HOSTILE, publish_rows
from tests.pages.conftest import Cockpit
from tests.pages.explore.read_company import with_content
from tests.pages.kept import keep_winter_plan
from tests.pages.shown import Shown, amount, total

Question = dict[str, str | list[str]]

STAGES = ("lead", "mql", "sql", "opportunity", "won")

SCOPES: dict[str, Question] = {
    "as it opens": {},
    "a quarter that is over": {"period": "Last quarter"},
    "a quarter that has begun": {"period": "This quarter"},
    "a quarter by name": {"period": "Q2 2025"},
    "a month": {"period": "January 2026"},
    "all that is loaded": {"period": "All data"},
    "no record": {"period": "Custom", "dates": ["2024-01-01", "2024-01-01"]},
    "hardly a record": {"period": "Custom", "dates": ["2025-06-02", "2025-06-03"]},
    "one channel": {"channel": "Webinar", "period": "All data"},
    "two channels": {"channel": ["Email", "Referral"]},
    "a grade": {"grade": "A", "period": "Last 12 months"},
    "a region and a product": {"region": "North", "product": "Workflow"},
    "an industry": {"industry": "Retail", "period": "Q2 2025"},
    "an owner and a size": {"owner": "Chen Wei", "size_band": "501+"},
    "a name that would be markup": {"campaign": HOSTILE, "period": "All data"},
    "what happened in the period": {"basis": "Flow"},
    "every stage in order": {"counting": "Strict"},
    "within thirty days": {"window": "30 days", "period": "Q2 2025"},
    "accounts": {"unit": "Accounts"},
    "deals": {"unit": "Deals", "channel": "Webinar"},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "store"
    publish_rows(Store(path), with_content(600))
    return path


class Told:
    """What pages say of each quantity, by its name."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Any]] = defaultdict(dict)

    def add(self, name: str, page: str, value: Any) -> None:
        """What a page says of a quantity; None where it does not."""
        if value is not None:
            self._said[name][page] = float(value)

    def of(self, name: str) -> float | None:
        """The quantity, on which all pages agree."""
        return next(iter(self._said[name].values()), None)

    def contradictions(self) -> dict[str, dict[str, Any]]:
        """The quantities of which two pages say different numbers."""
        return {
            name: said
            for name, said in self._said.items()
            if max(said.values(), default=0) - min(said.values(), default=0) > 0.005
        }


@pytest.mark.parametrize("name", SCOPES)
def test_no_page_contradicts_another(cockpit: Cockpit, small: Path, name: str) -> None:
    asked, told = SCOPES[name], Told()
    for page, read in READ.items():
        read(Shown(cockpit(small, page, **asked, **PARTS.get(page, {}))), told, asked)
    assert not told.contradictions()
    _hold_to_what_differs(told, asked)


def test_plans_and_forecasts_learn_from_what_overview_says(cockpit: Cockpit, small: Path) -> None:
    whose: Question = {"product": "Workflow"}
    forecast = Shown(cockpit(small, "plan/forecast", **whose))
    over = forecast.table("Quarters").drop_nulls("won").tail(2)
    assert len(over) == 2
    for row in over.iter_rows(named=True):
        overview = Shown(cockpit(small, period=row["quarter"], **whose))
        assert float(overview.money("Won revenue") or 0) == pytest.approx(row["won"], abs=0.005)
    plan = Shown(cockpit(small, "plan/backward_plan"))
    said = re.search(r"on (\S+), won (\d+ \w+ \d+) to (\d+ \w+ \d+)", plan.words)
    assert said is not None
    days = [datetime.strptime(each, "%d %b %Y").date().isoformat() for each in said.groups()[1:]]
    overview = Shown(cockpit(small, period="Custom", dates=days))
    assert overview.tile("Won revenue") == said[1]


def test_plan_versus_actual_says_what_overview_says_of_a_month(
    cockpit: Cockpit, small: Path, tmp_path: Path
) -> None:
    planned = Path(shutil.copytree(small, tmp_path / "store"))
    keep_winter_plan(planned)
    rows = Shown(cockpit(planned, "plan/plan_versus_actual")).table("Plan and actual")
    seen = rows.drop_nulls("actual").sort("month_on")
    assert seen["metric"].unique().sort().to_list() == ["Leads", "Won revenue"]
    for (month,), said in seen.group_by("month_on", maintain_order=True):
        overview = Shown(cockpit(planned, period=f"{month:%B %Y}"))
        leads, won = said.sort("metric")["actual"]
        assert leads == overview.count("New leads"), month
        # The plan is in whole units of the currency.
        assert won == round(float(overview.money("Won revenue") or 0)), month


def test_event_planner_counts_the_people_whom_events_counts(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    with Store(tmp_path).writing() as part, Draft.open(part) as draft:
        fill(draft, fairs(), EVENT_TERMS)
    learned = Shown(cockpit(tmp_path, "plan/event_planner")).table("Similar events")
    assert len(learned) > 1
    for row in learned.iter_rows(named=True):
        page = cockpit(tmp_path, "explore/events", period="All data", events_event=row["campaign"])
        steps = Shown(page).table("Steps of the event")
        counted = dict(steps.select(pl.col("step").str.to_lowercase(), "people").iter_rows())
        for step in ("listed", "reached", "registered", "attended", "opportunity"):
            assert _same(row[step], counted[step]), (row["campaign"], step)


def _same(first: float | None, second: float | None) -> bool:
    return first == second if _known(first) and _known(second) else _known(first) == _known(second)


def _hold_to_what_differs(told: Told, asked: Question) -> None:
    """Numbers that differ for a reason: the words are checked where they are read."""
    for stage in STAGES:
        flow, cohort = told.of(f"{stage}: events"), told.of(f"{stage}: of those that entered")
        if stage == "lead" and flow is not None and cohort is not None:
            assert flow == cohort
    handed, again, reached = (
        told.of(each) for each in ("MQLs handed over", "handed over again", "mql: events")
    )
    if handed is not None and reached is not None and not {"unit", "counting"} & asked.keys():
        assert handed - (again or 0) <= reached
    if asked.get("unit") == "Deals":
        assert told.of("won deals") == told.of("won: events")


def _overview(page: Shown, told: Told, asked: Question) -> None:
    who = str(asked.get("unit", "Leads"))
    labels = (f"New {who.lower()}", "MQLs", "SQLs", "Opportunities", f"{who} won")
    for stage, label in zip(STAGES, labels, strict=True):
        told.add(f"{_entry(stage, who)}: events", "overview's tiles", page.count(label))
    assert f"{who} that reached each stage in the period, whenever they came in" in page.words
    moved = page.table("Stages by month")
    for stage in STAGES:
        if not moved.is_empty() and (rows := moved.filter(stage=stage)).height:
            told.add(f"{stage}: events", "overview's months", rows["reached"].sum())
    told.add("won amount", "overview", page.money("Won revenue"))
    told.add("won deals", "overview's help", page.helped("Won revenue", "the N deals? closed as"))
    told.add("won deals", "overview's sentence", page.told("was won in N deal"))
    told.add("spend", "overview", page.money("Spend"))
    told.add("pipeline created", "overview", page.money("Pipeline created"))
    opened = page.helped("Pipeline created", "the N deals? opened")
    told.add("deals opened", "overview's help", opened)
    told.add("won deals without a lead", "overview", page.told("N of the .* are linked to no lead"))
    if who == "Deals":
        told.add("opportunity: events", "overview's pipeline", opened)
    _each_below_the_whole(page, "Channels by", told)


def _each_below_the_whole(page: Shown, table: str, told: Told) -> None:
    """The best and the worst channels are some of all."""
    rows = page.table(table)
    for column, name in {
        "spend_amount": "spend", "pipeline_amount": "pipeline created", "won_amount": "won amount",
    }.items():  # fmt: skip
        part, whole = total(rows, column), told.of(name)
        if part is not None and whole is not None:
            assert part <= whole + 0.5 * len(rows), (table, column)


def _funnel(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("Conversion from stage to stage")
    kind = "events" if asked.get("basis") == "Flow" else "of those that entered"
    if kind != "events" and not rows.is_empty():
        assert "shows other numbers for the same days" in page.words
    above = None
    for row in rows.iter_rows(named=True):
        reached = _first(row["Reached"] if "Reached" in row else row["Entries"])
        for stage in row["Stage"].lower().split(" = "):
            told.add(f"{stage}: {kind}", "funnel", reached)
        _holds(row, reached, above)
        above = reached
    months = page.table("Stages by month")
    for stage in STAGES:
        if not months.is_empty() and (found := months.filter(stage=stage)).height:
            told.add(f"{stage}: {kind}", "funnel's months", found["reached"].sum())


def _holds(row: dict[str, str], reached: int, above: int | None) -> None:
    """The rate of a row is its n of m, n is its count, m that of the row above."""
    rate = _plain(row.get("Conversion") or row.get("To the stage before") or "—")
    if above is None or "·" not in rate:
        return
    share, counts = (part.strip() for part in rate.split("·"))
    first, second = (int(each.replace(",", "")) for each in re.split(" of | to ", counts))
    assert (first, second) == (reached, above)
    said = float(re.sub(r"[^\d.]", "", share.removesuffix("per 100")))
    assert said == pytest.approx(100 * first / second, abs=0.5), row
    low, high = re.findall(r"[\d.]+", _plain(row["Likely range"]).replace("per 100", ""))[:2]
    assert float(low) - 0.05 <= said <= float(high) + 0.05, row


def _channels(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("Spend, costs, credit and return")
    if rows.is_empty():
        return
    told.add("spend", "channels", total(rows, "spend_amount"))
    of_touches = {"channel", "campaign"} & asked.keys()
    if of_touches:
        assert "is credited to these touches" in page.words
        assert "Overview says what was won of the deals that are themselves of it" in page.words
    whose = "credited to the touches" if of_touches else "won amount"
    told.add(whose, "channels' credit", total(rows, "revenue_amount"))
    if not of_touches:
        told.add("pipeline created", "channels' credit", total(rows, "pipeline_amount"))
    for stage in ("lead", "mql", "opportunity", "won"):
        if asked.get("unit", "Leads") == "Leads" and not {"window", "counting"} & asked.keys():
            told.add(f"{stage}: of those that entered", "channels", total(rows, stage))
    assert "costs per step are of the leads that entered then" in page.words
    for row in rows.iter_rows(named=True):
        for stage in ("lead", "mql", "opportunity"):
            cost = row[f"cost_per_{stage}"]
            if _known(cost):
                assert cost * row[stage] == pytest.approx(row["spend_amount"])


def _attribution(page: Shown, told: Told, asked: Question) -> None:
    sums = re.search(r"Attributed (\S+) \+ unattributed (\S+) = (\S+), as the CRM says", page.words)
    if sums is not None:
        earned, left, whole = (amount(each) for each in sums.groups())
        assert (earned or 0) + (left or 0) == whole
        told.add("won amount", "attribution's sum", whole)
    credit = page.table("Credit of each segment by each model")
    if not credit.is_empty():
        for model, rows in credit.group_by("label"):
            told.add("won amount", f"attribution by {model[0]}", total(rows, "credit"))
            if total(rows, "credit"):
                assert total(rows, "share") == pytest.approx(1), model


def _segments(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("Segments by")
    if rows.is_empty():
        return
    kind = "events" if asked.get("basis") == "Flow" else "of those that entered"
    for stage in ("lead", "opportunity"):
        told.add(f"{stage}: {kind}", "segments", total(rows, stage))
    told.add("won amount", "segments", total(rows, "won_amount"))
    told.add("won deals", "segments", total(rows, "won_amount_records"))
    for row in rows.iter_rows(named=True):
        rate = row.get("lead_to_sql", row.get("opportunity_to_won"))
        if _known(rate) and _known(row["low"]):
            assert row["low"] <= rate <= row["high"]


def _quality(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("Levels and what became of their leads")
    told.add("leads that came in", "quality's tile", page.count("Leads"))
    told.add("leads that came in", "quality's levels", total(rows, "leads"))
    if asked.get("unit", "Leads") == "Leads":
        told.add("lead: of those that entered", "quality", page.count("Leads"))
    if not rows.is_empty() and total(rows, "leads"):
        assert total(rows, "share") == pytest.approx(1)


def _follow_up(page: Shown, told: Told, asked: Question) -> None:
    handed = page.count("MQLs handed over")
    if handed is None:
        return
    late, none, waiting = (page.count(each) or 0 for each in ("Late", "No response", "Waiting"))
    share = page.tile("In time")
    due = handed - waiting
    if share is not None and due:
        in_time = 100 * (due - late - none) / due
        assert float(share.removesuffix("%")) == pytest.approx(in_time, abs=0.06)
    assert "MQLs handed over" in page.words
    told.add("MQLs handed over", "follow-up's tile", handed)
    told.add("MQLs handed over", "follow-up's sentence", page.told("N MQLs? (?:was|were) handed"))
    told.add("handed over again", "follow-up", page.told("N of them had been in the funnel before"))
    told.add("MQLs without a response", "follow-up's tile", none)
    told.add("MQLs without a response", "follow-up's list", page.told("deadline is over: N"))


def _pipeline(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("The movement of the pipeline")
    if rows.is_empty():
        return
    *changes, end = rows.iter_rows(named=True)
    assert sum(row["deals"] for row in changes) == end["deals"]
    assert sum(row["amount"] for row in changes) == pytest.approx(end["amount"], abs=0.005)
    told.add("open and due", "pipeline's tile", page.money("Open and due"))
    if page.money("Open and due") is not None:
        told.add("open and due", "pipeline's movement", end["amount"])


def _content(page: Shown, told: Told, asked: Question) -> None:
    rows = page.table("Assets by band of exposure")
    told.add("downloads", "content's tile", page.count("Downloads"))
    told.add("downloads", "content's assets", total(rows, "downloads"))
    for row in rows.iter_rows(named=True):
        if _known(row["download_rate"]):
            assert row["download_rate"] == pytest.approx(row["downloads"] / row["exposed"])


def _events(page: Shown, told: Told, asked: Question) -> None:
    steps = page.table("Steps of the event")
    if steps.is_empty():
        return
    listed = steps.row(0, named=True)
    told.add("listed", "events' tile", page.count("Listed"))
    told.add("listed", "events' steps", listed["people"])
    told.add("listed", "events' sentence", page.told("N (?:was|were) on the list"))


def _reach(page: Shown, told: Told, asked: Question) -> None:
    told.add("people", "reach's tile", page.count("People"))
    told.add("people", "reach's sentence", page.told("of N (?:people|person) may be"))
    for way, rows in page.table("People by way and reason").group_by("way"):
        told.add("people", f"reach's {way[0]}", total(rows, "people"))


def _journeys(page: Shown, told: Told, asked: Question) -> None:
    told.add("leads that came in", "journeys", page.told("N leads? took"))


def _only_opens(page: Shown, told: Told, asked: Question) -> None:
    """A page that shows none of these quantities before it is asked for more."""


PARTS: dict[str, Question] = {"explore/journeys": {"journeys_part": "A group"}}
"""Where a page that opens with nothing says how many there are."""

READ: dict[str, Callable[[Shown, Told, Question], None]] = {
    "review/overview": _overview,
    "review/funnel": _funnel,
    "review/channels": _channels,
    "review/attribution": _attribution,
    "explore/segments": _segments,
    "explore/quality": _quality,
    "explore/follow_up": _follow_up,
    "explore/pipeline": _pipeline,
    "explore/content": _content,
    "explore/events": _events,
    "explore/reach": _reach,
    "explore/journeys": _journeys,
    "plan/plan_versus_actual": _only_opens,
    "plan/event_planner": _only_opens,
}


def _entry(stage: str, who: str) -> str:
    """A deal enters as an opportunity: there is nothing before."""
    return "opportunity" if who == "Deals" and stage == "lead" else stage


def _first(said: str) -> int:
    """The count before what it was."""
    return int(_plain(said).split(" (")[0].replace(",", ""))


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("−", "-")


def _known(value: float | None) -> bool:
    return value is not None and not pl.Series([value], dtype=pl.Float64).is_nan().any()
