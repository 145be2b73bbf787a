"""Each kind of rule against plain Python, and what it says where it cannot be checked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from data.alert_log import AlertState
from data.notebook.notebook import Notebook
from metrics.alerts.figure import PAGES
from metrics.catalogue import catalogue
from metrics.findings.finding import Page
from tests.metrics.alerts.asking import EMAIL, NOW, SEEN, came, company, found
from tests.metrics.facts import DraftWarehouse
from tests.metrics.follow_up.oracle import COMPANY
from tests.metrics.report.companies import dollars, with_plan

HOLDS, FINE, UNKNOWN, BROKEN = (
    AlertState.HOLDS,
    AlertState.FINE,
    AlertState.UNKNOWN,
    AlertState.BROKEN,
)

MQLS: dict[str, Any] = {"kind": "threshold", "metric": "headline", "column": "mql"}


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(company())


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    return Notebook(tmp_path_factory.mktemp("notebook"))


def mqls(days: int, channel: str | None = None, *, until: date = SEEN) -> int:
    """MQLs of the last days, counted one by one."""
    first = until - timedelta(days=days - 1)
    return sum(
        mql is not None and first <= mql <= until and channel in (None, by)
        for _, mql, _, by in came()
    )


def test_a_threshold_is_crossed_above_and_below_and_not_at_it(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    count, of_mails = mqls(28), mqls(7, EMAIL)
    asked = [
        MQLS | {"below": count},
        MQLS | {"below": count + 1},
        MQLS | {"above": count},
        MQLS | {"above": count - 1},
        MQLS | {"above": count + 5, "below": count - 5},
        MQLS | {"above": count + 5, "below": count + 1},
        MQLS | {"days": 7, "where": {"channel": [EMAIL]}, "below": of_mails + 1},
        MQLS | {"column": "won_amount", "below": 5},
    ]
    said = found(warehouse, notebook, *asked)
    assert [each.state for each in said] == [FINE, HOLDS, FINE, HOLDS, FINE, HOLDS, HOLDS, UNKNOWN]
    assert said[1].value == str(count)
    days = "4 Mar 2026 to 31 Mar 2026"
    assert said[1].sentence == f"MQL of headline is {count}, below {count + 1} ({days})."
    assert said[6].sentence.endswith(
        f"is {of_mails}, below {of_mails + 1} (25 Mar 2026 to 31 Mar 2026, channel Email)."
    )
    assert said[7].sentence == f"Won amount of headline is not known ({days})."
    link = said[6].link
    assert link.page is Page.OVERVIEW
    assert link.address("") == (
        "/?period=Custom&dates=2026-03-25&dates=2026-03-31&basis=Flow&unit=Leads&channel=Email"
    )


def test_a_row_of_a_metric_is_singled_out_by_its_words(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    cohort = [row for row in came() if row[0] > SEEN - timedelta(days=60)]
    share = sum(mql is not None for _, mql, *_ in cohort) / (len(cohort) + 1)
    rule: dict[str, Any] = {"kind": "threshold", "metric": "stage_conversion"}
    rule |= {"column": "rate_cohort"}
    rule |= {"row": {"stage": "mql"}, "basis": "cohort", "days": 60}
    by = {"by": "channel", "column": "reached", "below": 1000, "where": {"channel": [EMAIL]}}
    low, high, sliced = found(
        warehouse,
        notebook,
        rule | {"below": share + 0.001},
        rule | {"above": share + 0.001},
        rule | by | {"row": {"stage": "mql", "channel": EMAIL}},
    )
    assert (low.state, high.state) == (HOLDS, FINE)
    assert low.value == f"{100 * share:.1f}%"
    assert sliced.value == str(sum(mql is not None and by == EMAIL for _, mql, _, by in cohort))


def more_than_chance(now: int, before: int, tests: int) -> bool:
    """Wilson's interval of the share of all events that came now, at 95% for all tests together.

    On as many days, half of them come now where nothing has changed.
    """
    z = NormalDist().inv_cdf(1 - 0.05 / tests / 2)
    n = now + before
    middle, half = (now + z * z / 2) / (n + z * z), z / (n + z * z)
    half *= sqrt(now * before / n + z * z / 4)
    return not middle - half <= 0.5 <= middle + half


def test_a_change_is_told_when_it_is_more_than_chance_of_all_that_are_tested(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    rule = MQLS | {"kind": "change"}
    now, before = mqls(28), mqls(28, until=SEEN - timedelta(days=28))
    alone = more_than_chance(now, before, 1)
    among = [more_than_chance(now, before, tests) for tests in range(1, 30)]
    turns = among.index(not alone) + 1
    assert alone, "the company has a change to be told"
    (first,) = found(warehouse, notebook, rule)
    assert first.state is HOLDS
    assert first.value == f"{now}, was {before}"
    assert first.sentence.endswith("(4 Feb 2026 to 3 Mar 2026): more than chance.")
    for tests, expected in ((turns - 1, HOLDS), (turns, FINE)):
        said = found(warehouse, notebook, *[rule] * tests)
        assert {each.state for each in said} == {expected}, tests


def test_a_change_has_a_direction_enough_records_and_days_to_compare(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    rule = MQLS | {"kind": "change"}
    share = {"kind": "change", "metric": "stage_conversion", "row": {"stage": "mql"}}
    share |= {"column": "previous_converted", "of": "previous_reached", "basis": "cohort"}
    up, down, few, early, rate = found(
        warehouse,
        notebook,
        rule | {"direction": "up"},
        rule | {"direction": "down"},
        rule | {"days": 3},
        rule | {"compare": "last_year"},
        share,
    )
    assert up.state is FINE, "five are tested: together they are held to 5%"
    (up,) = found(warehouse, notebook, rule | {"direction": "up"})
    assert (up.state, down.state) == (HOLDS, FINE)
    assert (few.state, few.sentence.rpartition(": ")[2]) == (FINE, "too few to compare.")
    assert early.state is UNKNOWN
    assert early.sentence.startswith("The data starts on ")
    assert rate.state is FINE, "every second lead becomes an MQL, as before"
    entered = [row for row in came() if row[0] > SEEN - timedelta(days=28)]
    converted = sum(mql is not None for _, mql, *_ in entered)
    assert rate.value.startswith(f"{100 * converted / (len(entered) + 1):.1f}% of 61, was ")


def test_follow_up_is_overdue_past_the_working_days_of_the_deadline(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    end = datetime.combine(SEEN, time.max)
    waiting = [
        mql
        for _, mql, sql, _ in came()
        if mql is not None and mql > SEEN - timedelta(days=28) and (sql is None or sql > SEEN)
    ]
    handed = [datetime.combine(mql, time(10)) for mql in waiting]
    overdue = sum(COMPANY.after(moment, 3) <= end for moment in handed)
    assert 0 < overdue < len(waiting)
    rule = {"kind": "overdue_follow_up"}
    some, most = found(
        warehouse, notebook, rule | {"above": overdue - 1}, rule | {"above": overdue}
    )
    assert (some.state, most.state) == (HOLDS, FINE)
    assert some.value == f"{overdue} MQLs"
    assert some.link.page is Page.FOLLOW_UP


def test_a_source_is_stale_after_days_of_the_reporting_time_zone(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    rule = {"kind": "stale_source", "source": ["test"]}
    for moment, state in (
        (datetime(2026, 4, 7, 23, 59, tzinfo=UTC), FINE),
        (datetime(2026, 4, 8, 0, 1, tzinfo=UTC), HOLDS),
    ):
        (said,) = found(warehouse, notebook, rule, now=moment)
        assert (said.state, said.about) == (state, "test")
    every, strict = found(
        warehouse, notebook, {"kind": "stale_source"}, {"kind": "stale_source", "above": 0}
    )
    assert (every.state, every.about, every.value) == (FINE, "", "1 kind of file")
    assert (strict.state, strict.about, strict.value) == (HOLDS, "test", "1 day")


def test_a_plan_is_missed_when_revenue_is_short_by_more_than_chance(tmp_path: Path) -> None:
    steady = DraftWarehouse().hold(dollars())
    notebook = with_plan(tmp_path, "Plan 2026")
    rule = {"kind": "plan_missed"}
    missed, other = found(steady, notebook, rule, rule | {"plan": "Plan 2027"})
    assert missed.state is HOLDS
    assert "Plan 2026 so far" in missed.sentence
    assert missed.link.address("") == "/plan_versus_actual?versus_plan=Plan+2026"
    assert other.state is BROKEN
    assert "there is no plan 'Plan 2027'. Did you mean \"Plan 2026\"?" in other.sentence
    (none,) = found(steady, Notebook(tmp_path / "empty"), rule)
    assert "no plan without filters is kept: save one on the Backward plan page" in none.sentence


BROKEN_RULES: list[tuple[dict[str, Any], str]] = [
    ({"metric": "headlin"}, "metric is 'headlin', and there is no such metric. Did you mean "
     '"headline"? `python -m metrics` lists those there are: name one of them, or take'),
    ({"column": "mqls"}, "column is 'mqls', and headline has no such column. Did you mean "
     '"mql"? It has lead, mql, sql'),
    ({"row": {"stag": "won"}}, "row.stag is 'stag', and headline has no such column"),
    ({"metric": "stage_conversion", "column": "reached"}, "stage_conversion has 5 rows: single "
     'one out by row = { column = "value" }. Its column stage has lead, mql, sql, opportunity'),
    ({"metric": "stage_conversion", "column": "reached", "row": {"stage": "wom"}},
     "row.stage is 'wom', which is not in the data. Did you mean \"won\"? There are "),
    ({"metric": "stage_conversion", "column": "stage", "row": {"stage": "won"}},
     "column is 'stage', which holds no numbers. Those that do are reached, previous_reached"),
    ({"where": {"channel": ["Webinars"]}}, 'no channel is "Webinars" in the data. Did you '
     'mean "Webinar"? There are "Webinar", "Email"'),
    ({"where": {"chanel": ["Webinar"]}}, "where names 'chanel', which is no dimension. Did you "
     'mean "channel"?'),
    ({"by": "channels"}, "by names 'channels', which is no dimension"),
    ({"by": "channel"}, "headline cannot be sliced"),
    ({"metric": "source_freshness", "column": "files", "days": 7},
     "days: source_freshness is about all that is loaded"),
    ({"kind": "change", "column": "won_amount"},
     "column is 'won_amount', which is no count: what chance makes of it is not known. Counts are "
     "lead, "),
    ({"kind": "change", "of": "won"}, "is a part of. Name another column, take basis"),
    ({"kind": "change", "metric": "source_freshness", "column": "files"},
     "metric is 'source_freshness', which is about all that is loaded: it has no days"),
]  # fmt: skip


def test_a_rule_that_cannot_be_checked_says_why_and_the_others_are_checked(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    rules = [MQLS | rule for rule, _ in BROKEN_RULES]
    rules = [rule | ({"below": 0} if rule["kind"] == "threshold" else {}) for rule in rules]
    *broken, other = found(warehouse, notebook, *rules, MQLS | {"above": 0})
    for reading, (rule, said) in zip(broken, BROKEN_RULES, strict=True):
        assert reading.state is BROKEN, rule
        assert said in reading.sentence
        assert reading.sentence.endswith(" under [[alerts.rule]].")
        assert reading.link.page is Page.DEFINITIONS
    assert other.state is HOLDS


def test_an_unknown_source_is_named_with_those_there_are(
    warehouse: DraftWarehouse, notebook: Notebook
) -> None:
    (said,) = found(warehouse, notebook, {"kind": "stale_source", "source": ["tets"]}, now=NOW)
    assert "source is 'tets', which is not in the data. Did you mean \"test\"?" in said.sentence


def test_every_metric_has_a_page() -> None:
    assert {metric.family.partition(".")[0] for metric in catalogue().values()} <= PAGES.keys()
