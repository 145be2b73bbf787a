"""What was said stays as it was said, and is read beside what came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from data.errors import MetricError, NotebookError
from data.notebook.ledger import ledger
from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, Deadlines, Plan, PlanLine, Target, plans
from data.storage.store import Store
from metrics.__main__ import main
from metrics.forecast.forecast import TOTAL, forecast_of
from metrics.forecast.landing import Landing, landing
from metrics.forecast.ledger import record_forecast, said, said_parts
from metrics.forecast.planned import (
    PlannedEntries,
    PlannedQuarter,
    as_query,
    has_filters,
    planned_entries,
    planned_for,
)
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.widening import Widening
from metrics.period import Period
from metrics.plan.draws import draw
from metrics.plan.past.deals import ByDay
from metrics.plan.past.history import History
from metrics.scope import Dimension, Filter, Scope, Stage, Viewer
from tests.metrics.facts import TERMS
from tests.metrics.plan.histories import TODAY, counts, some_deals, some_history
from tests.metrics.scopes import asked
from tests.metrics.test_cli import publish
from tests.metrics.twelve_leads import TWELVE

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), TODAY)
ALL = asked(YEAR, TODAY)
QUARTERS = quarters_ahead(TODAY, 4)

PLAN = Plan(
    name="Plan 2027",
    unit="lead",
    scope="period=This+year&plan_kind=Revenue",
    target=Target.REVENUE,
    currency="USD",
    first_day=date(2027, 1, 1),
    deadlines=tuple(Deadline(quarter.end, 900.0 + n) for n, quarter in enumerate(QUARTERS)),
    confidence=0.8,
    together=Deadlines.EACH,
    lines=(),
    assumptions=(),
    definitions_digest="",
    generation="00001",
    seed=1,
    draws=10,
)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


@pytest.fixture(scope="module")
def usual() -> History:
    return some_history(counts(900, {60: 30, 90: 30}, {20: 800}), deals=some_deals())


@pytest.fixture(scope="module")
def landed(usual: History) -> Landing:
    return landing(usual, draw(usual, 500))


def record(notebook: Notebook, landed: Landing, scope: Scope = ALL, said_at: datetime = NOW) -> int:
    return record_forecast(
        notebook, landed, scope, definitions=TERMS, generation="00007", said_at=said_at
    )


def lock(notebook: Notebook, plan: Plan, name: str = "plan", days: int = 0) -> None:
    moment = NOW - timedelta(days=30 - days)
    plans(notebook).save(name, plan, based_on=0, written_at=moment)
    notebook.lock(name, based_on=1, written_at=moment)


def test_each_quarter_is_written_as_it_is_forecast(notebook: Notebook, landed: Landing) -> None:
    assert record(notebook, landed) == 4
    rows = forecast_of(landed)
    for kept, quarter in zip(ledger(notebook), QUARTERS, strict=True):
        entry = kept.value
        row = rows.filter(quarter_on=quarter.start, source=TOTAL).row(0, named=True)
        assert (entry.period_from, entry.period_to) == (quarter.start, quarter.end)
        assert (entry.p10, entry.p50, entry.p90) == (
            row["revenue_p10"],
            row["revenue_p50"],
            row["revenue_p90"],
        )
        assert (entry.as_of, entry.said_at, entry.provenance) == (TODAY, NOW, "recorded")
        assert (entry.generation, entry.definitions_digest) == ("00007", TERMS.digest)
        assert (entry.currency, entry.target, entry.p_hit) == ("USD", None, None)
        total = sum(each.value for each in entry.contributions)
        assert total == pytest.approx(row["revenue_mean"])


def test_what_was_said_never_changes(notebook: Notebook, landed: Landing, usual: History) -> None:
    record(notebook, landed)
    before = ledger(notebook)
    other = landing(usual, draw(usual, 500, seed=2))
    record(notebook, other, said_at=NOW + timedelta(days=7))
    assert ledger(notebook)[:4] == before
    assert len(ledger(notebook)) == 8
    with pytest.raises(NotebookError, match="stays as it was said"):
        notebook.delete(before[0].version.id, based_on=1, written_at=NOW)
    # A job that runs twice at one moment says it once.
    record(notebook, landed)
    assert len(ledger(notebook)) == 8


def test_what_was_said_is_read_beside_what_came(
    notebook: Notebook, landed: Landing, usual: History
) -> None:
    record(notebook, landed)
    record(notebook, landed, said_at=NOW - timedelta(days=90))
    webinars = replace_filters(ALL, Filter(Dimension.CHANNEL, ("Webinar",)))
    record(notebook, landed, webinars)
    won = ByDay((date(2027, 2, 3), date(2027, 5, 1)), np.array([2, 9]), np.array([70.0, 8.0]))
    later = some_history(
        counts(900, {60: 30}), deals=some_deals(won=won), observed_until=date(2027, 6, 1)
    )
    rows = said(notebook, ALL, later)
    assert rows["quarter_on"].to_list() == [quarter.start for quarter in QUARTERS for _ in range(2)]
    assert rows["said_at"].to_list()[:2] == [
        datetime(2026, 10, 6, 8), datetime(2027, 1, 4, 8),
    ]  # fmt: skip
    assert rows["won"].to_list() == [70, 70, *[None] * 6]
    assert said(notebook, webinars, later).height == 4
    assert said(notebook, ALL, usual)["won"].null_count() == 8


def test_what_was_said_opens_its_sources_as_they_were_recorded(
    notebook: Notebook, landed: Landing
) -> None:
    record(notebook, landed)
    record(notebook, landed, said_at=NOW + timedelta(days=7))
    other = asked(ALL.period, TODAY, filters=(Filter(Dimension.CHANNEL, ("Email",)),))
    assert said_parts(notebook, other).is_empty()
    parts = said_parts(notebook, ALL)
    assert parts.height == 2 * 4 * len(landed.revenue)
    of_one = parts.filter(quarter_on=QUARTERS[1].start, said_at=NOW.replace(tzinfo=None))
    assert of_one["source"].to_list() == list(landed.revenue)
    expected = [float(drawn[1].mean()) for drawn in landed.revenue.values()]
    assert of_one["mean"].to_list() == pytest.approx(expected)
    assert set(of_one["currency"]) == {"USD"}


def test_without_amounts_deals_are_said(notebook: Notebook) -> None:
    history = some_history(counts(900, {60: 30}), deals=some_deals(amounts=()))
    lock(notebook, PLAN)
    record(notebook, landing(history, draw(history, 500)))
    entry = ledger(notebook)[0].value
    # The plan is in money, so there is no chance of reaching it.
    assert (entry.currency, entry.target) == (None, None)
    assert entry.p50 < 50


def test_the_chance_of_a_locked_plan_is_said_as_well(notebook: Notebook, landed: Landing) -> None:
    lock(notebook, PLAN)
    record(notebook, landed)
    entries = [kept.value for kept in ledger(notebook)]
    assert [entry.target for entry in entries] == [900, 901, 902, 903]
    assert entries[3].p_hit == (landed.total_revenue[3] >= 903).mean()


def test_what_a_viewer_may_see_is_not_recorded(notebook: Notebook, landed: Landing) -> None:
    viewer = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA",)),))
    with pytest.raises(MetricError, match="one viewer may see is not recorded"):
        record(notebook, landed, asked(YEAR, TODAY, viewer=viewer))
    assert not ledger(notebook)


def replace_filters(scope: Scope, *filters: Filter) -> Scope:
    return asked(scope.period, scope.observed_until, filters=filters)


def test_a_plan_counts_when_it_is_locked_newest_and_of_the_same_filters(
    notebook: Notebook,
) -> None:
    plans(notebook).save("open", PLAN, based_on=0, written_at=NOW)
    assert planned_for(notebook, QUARTERS[0], ALL) is None
    lock(notebook, PLAN, "old")
    lock(notebook, replace(PLAN, name="New", deadlines=(Deadline(QUARTERS[0].end, 5.0),)), "new", 1)
    webinars = replace(PLAN, scope="channel=Webinar", name="Webinars")
    lock(notebook, webinars, "webinars", 2)
    assert planned_for(notebook, QUARTERS[0], ALL) == PlannedQuarter("New", 5.0, "USD")
    assert planned_for(notebook, QUARTERS[1], ALL) == PlannedQuarter("Plan 2027", 901.0, "USD")
    only = replace_filters(ALL, Filter(Dimension.CHANNEL, ("Webinar",)))
    assert planned_for(notebook, QUARTERS[0], only) == PlannedQuarter("Webinars", 900.0, "USD")


def test_a_plan_of_other_days_has_the_quarter_in_its_table_or_not_at_all(
    notebook: Notebook,
) -> None:
    year = (Deadline(date(2027, 12, 31), 4000.0),)
    lock(notebook, replace(PLAN, deadlines=year), "year")
    assert planned_for(notebook, QUARTERS[1], ALL) is None
    lines = tuple(PlanLine(date(2027, month, 1), "all", "revenue", 100.0 * month) for month in
                  range(1, 13))  # fmt: skip
    lock(notebook, replace(PLAN, deadlines=year, lines=lines), "months", 1)
    assert planned_for(notebook, QUARTERS[1], ALL) == PlannedQuarter("Plan 2027", 1500.0, "USD")
    # A plan that begins within the quarter is not about all of it.
    late = replace(PLAN, first_day=date(2027, 1, 15), deadlines=(Deadline(QUARTERS[0].end, 1.0),))
    lock(notebook, late, "late", 2)
    found = planned_for(notebook, QUARTERS[0], ALL)
    assert found is not None
    assert found.amount == 600


def test_the_entries_of_a_locked_plan_are_those_of_all_segments_from_now_on(
    notebook: Notebook,
) -> None:
    lines = tuple(
        PlanLine(date(2027, month, 1), segment, metric, 10.0 * month)
        for month in (1, 2)
        for segment in ("Webinar", "Email")
        for metric in ("lead", "mql")
    )
    lock(notebook, replace(PLAN, lines=lines))
    assert planned_entries(notebook, Stage.LEAD, TODAY, ALL) == PlannedEntries(
        "Plan 2027", {date(2027, 1, 1): 20.0, date(2027, 2, 1): 40.0}
    )
    later = planned_entries(notebook, Stage.MQL, date(2027, 2, 3), ALL)
    assert later == PlannedEntries("Plan 2027", {date(2027, 2, 1): 40.0})
    assert planned_entries(notebook, Stage.LEAD, date(2027, 3, 1), ALL) is None
    webinars = replace_filters(ALL, Filter(Dimension.CHANNEL, ("Webinar",)))
    assert planned_entries(notebook, Stage.LEAD, TODAY, webinars) is None


def test_filters_are_told_by_a_query_string_in_any_order() -> None:
    scope = replace_filters(
        ALL, Filter(Dimension.REGION, ("华东", "EMEA")), Filter(Dimension.CHANNEL, ("A&B=C",))
    )
    query = as_query(scope)
    assert has_filters(query, scope)
    assert has_filters(f"period=This+year&{query}", scope)
    assert not has_filters(query, ALL)
    assert not has_filters("", scope)
    assert as_query(ALL) == ""


def test_the_command_records_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = publish(tmp_path / "store", TWELVE)
    monkeypatch.setenv("BACKCAST_STORE", str(folder))
    assert main(["forecast", "--record", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("quarter_on,")
    assert "Recorded for 4 quarters" in err
    (first, *_) = ledger(Notebook(folder))
    assert first.value.generation == Store(folder).current().path.stem
    monkeypatch.setattr("metrics.__main__.widening_of", lambda _: Widening(2.0, 5, 8))
    assert main(["forecast", "--record", "--format", "csv"]) == 0
    wide, err = capsys.readouterr()
    assert "2.0 times as wide as drawn, because 5 of the last 8 quarters fell outside" in " ".join(
        err.split()
    )
    assert wide != out
    before, after = (ledger(Notebook(folder))[place].value for place in (3, 7))
    assert after.p50 == before.p50
    assert after.p90 - after.p50 == pytest.approx(2 * (before.p90 - before.p50))
    assert main(["headline", "--record"]) == 1
    assert "headline is not recorded: leave out --record" in capsys.readouterr().err
    assert len(ledger(Notebook(folder))) == 8
