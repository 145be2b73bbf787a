"""Between which stages touches fall, against plain Python and by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from data.definitions import Definitions
from data.terms.attribution import AttributionTerms
from metrics.attribution.conversion_paths.between_stages import channel_stages, channel_stages_of
from metrics.attribution.question import Question
from metrics.attribution.usual import settled
from metrics.scope import Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.attribution.conversion_paths.walked import QUESTIONS, walked
from tests.metrics.attribution.test_rules import facts_of
from tests.metrics.facts import DraftWarehouse, change
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: f"{each.event}-{each.by}")
def test_touches_are_counted_one_by_one(many: DraftWarehouse, question: Question) -> None:
    leads: dict[str, list[oracle.Row]] = {}
    for row in oracle.rows(many, "journey"):
        leads.setdefault(row["lead_id"], []).append(row)
    touches: Counter[tuple[str, str]] = Counter()
    conversions: Counter[tuple[str, str]] = Counter()
    for each in walked(many, question):
        row = each.conversion["row"]
        reached = {}
        for stage in ("lead", "mql", "sql", "opportunity"):
            days = [one[f"{stage}_at"] for one in leads.get(row["lead_id"], [])]
            reached[stage] = min((day for day in days if day), default=None)
        if question.is_of_deals:
            reached["opportunity"] = each.conversion["opened_at"]
        seen = []
        for touch in each.touches:
            passed = [
                stage
                for stage, moment in reached.items()
                if moment and moment < touch["occurred_at"]
            ]
            seen.append((touch[question.by.value], passed[-1] if passed else "none"))
        touches.update(seen)
        conversions.update(set(seen))
    found = channel_stages_of(many, question)
    counted = {
        row[:2]: row[2:]
        for row in found.select("segment", "after_stage", "touches", "conversions").iter_rows()
    }
    assert {key for key, (many, _) in counted.items() if many} == set(touches)
    assert all(counted[key] == (touches[key], conversions[key]) for key in touches)
    shares = found.group_by("segment").agg(pl.col("share").sum())["share"]
    assert shares.to_list() == pytest.approx([1.0] * len(shares))
    stages = found["after_stage"].unique(maintain_order=True).to_list()
    order = ["none", "lead", "mql", "sql", "opportunity"]
    assert stages == order[: {Stage.MQL: 2}.get(question.event, 4) + (question.event is Stage.WON)]


def test_a_touch_at_the_moment_of_a_stage_is_before_it(draft: DraftWarehouse) -> None:
    facts = facts_of(list("ABCDEF"))  # the lead on the 3rd, the deal on the 5th, at noon
    mql = change("lead", "L1", "mql", at(1, 4))  # the moment of the fourth touch
    draft.hold(replace(facts, stage_change=(mql,)))
    found = channel_stages_of(draft, Question(Scope(QUARTER, SEEN)))
    where = dict(found.filter(touches=1).select("segment", "after_stage").iter_rows())
    assert where == {
        "A": "none", "B": "none", "C": "none", "D": "lead", "E": "mql", "F": "opportunity",
    }  # fmt: skip


def test_a_deal_without_a_lead_has_no_stage_before_it_was_opened(draft: DraftWarehouse) -> None:
    draft.hold(facts_of(list("ABA"), lead_day=None, deal_day=2))
    found = channel_stages_of(draft, Question(Scope(QUARTER, SEEN)))
    assert found.filter(pl.col("touches") > 0).drop("share").rows() == [
        ("A", "none", 1, 1), ("A", "opportunity", 1, 1), ("B", "none", 1, 1),
    ]  # fmt: skip


def test_the_metric_asks_about_won_deals_with_the_usual_lookback() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    question, _ = settled(warehouse, Question(scope), AttributionTerms())
    found = channel_stages(warehouse, scope, Definitions.load())
    assert found.equals(channel_stages_of(warehouse, question))
    assert len(found) == 3 * 5
