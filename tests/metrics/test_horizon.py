"""From when until when the data speaks, and which values a filter can have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from data.definitions import BUILT_IN
from data.errors import MetricError
from data.terms.touch import ChannelRule
from metrics.horizon import Horizon, dimension_values, filter_on, horizon
from metrics.period import Period
from metrics.scope import Dimension, Filter, Viewer
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    change,
    lead,
    opportunity,
    spend,
    terms,
    touch,
)
from tests.metrics.twelve_leads import TWELVE

EXPORTED = datetime(2026, 3, 15, 12)


def found(draft: DraftWarehouse, facts: Facts) -> tuple[date, date]:
    span = horizon(draft.hold(replace(facts, as_of=EXPORTED)))
    return span.first, span.last


def test_the_twelve_leads(draft: DraftWarehouse) -> None:
    # L10 came on 20 December; the last of anything is L12's SQL on 5 April, before the export.
    span = horizon(draft.hold(TWELVE))
    assert span == Horizon(date(2025, 12, 20), date(2026, 4, 5))
    assert span.everything == Period(date(2025, 12, 20), date(2026, 4, 5))


def test_each_kind_of_day_speaks(draft: DraftWarehouse) -> None:
    early, late = datetime(2026, 1, 2), datetime(2026, 2, 3)
    alone = (
        Facts(lead=(lead("L1", early),), stage_change=(change("lead", "L1", "won", late),)),
        Facts(opportunity=(opportunity("O1", early, closed_at=late, outcome="lost"),)),
        Facts(campaign_spend=(spend("C1", early.date(), "1"), spend("C1", late.date(), "1"))),
        Facts(interaction=(touch("I1", early, "p1"), touch("I2", late, "p1"))),
    )
    for facts in alone:
        assert found(draft, facts) == (early.date(), late.date())
    everything = alone[0].plus(alone[1]).plus(alone[2]).plus(alone[3])
    assert found(draft, everything) == (early.date(), late.date())


def test_a_deal_of_which_only_the_end_is_known(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2026, 2, 1)),),
        opportunity=(opportunity("O1", None, closed_at=datetime(2026, 2, 9), outcome="lost"),),
    )
    assert found(draft, facts) == (date(2026, 2, 1), date(2026, 2, 9))


def test_days_after_the_newest_export_do_not_stretch_it(draft: DraftWarehouse) -> None:
    good = Facts(lead=(lead("L1", datetime(2026, 1, 5)),))
    mistyped = (
        Facts(lead=(lead("L2", datetime(2062, 1, 5)),)),
        Facts(stage_change=(change("lead", "L1", "mql", datetime(2062, 1, 5)),)),
        Facts(
            opportunity=(opportunity("O1", datetime(2026, 1, 6), closed_at=datetime(2062, 1, 1)),)
        ),
        Facts(campaign_spend=(spend("C1", date(2062, 1, 1), "1"),)),
        Facts(interaction=(touch("I1", datetime(2062, 1, 1), "p1"),)),
    )
    for facts in mistyped:
        first, last = found(draft, good.plus(facts))
        assert first == date(2026, 1, 5)
        assert last <= EXPORTED.date()
    # A lead that cannot have come yet does not count at all.
    assert found(draft, good.plus(mistyped[0])) == (date(2026, 1, 5), date(2026, 1, 5))


def test_the_day_of_the_export_is_one_of_the_reporting_zone(
    draft: DraftWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Exported at 20:00 UTC on the 14th: already the 15th in Shanghai, where a lead came at 19:00
    # UTC. It must not be cut off as if it had come after the export.
    facts = Facts(
        lead=(lead("L1", datetime(2026, 3, 1)), lead("L2", datetime(2026, 3, 14, 19))),
        as_of=datetime(2026, 3, 14, 20),
    )
    own = tmp_path / "terms.toml"
    text = BUILT_IN.read_text(encoding="utf-8")
    own.write_text(text.replace('"UTC"', '"Asia/Shanghai"', 1), encoding="utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(own))
    draft.hold(facts, terms("Asia/Shanghai"))
    assert horizon(draft) == Horizon(date(2026, 3, 1), date(2026, 3, 15))


def test_nothing_with_a_date_is_an_error(draft: DraftWarehouse) -> None:
    for facts in (Facts(), Facts(lead=(lead("L1", None),))):
        with pytest.raises(MetricError, match="load leads, deals or spend first"):
            horizon(draft.hold(facts))


def test_the_last_twelve_whole_months_where_twelve_more_are_there() -> None:
    def default(first: date, last: date, exported: date | None = None) -> Period:
        return Horizon(first, last, exported).default_period

    year = Period(date(2025, 3, 1), date(2026, 2, 28))
    # A month that has just begun is not a month, whatever is known of its first days.
    for last in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 30)):
        assert default(date(2024, 3, 31), last) == year
    assert default(date(2020, 1, 1), date(2024, 3, 10)).end == date(2024, 2, 29)
    # 23 months until the last that is over: everything.
    everything = (date(2024, 4, 1), date(2026, 3, 15))
    assert default(*everything) == Period(*everything)
    # No month is over: the data begins in the one in which it ends.
    young = (date(2026, 3, 2), date(2026, 3, 20))
    assert default(*young) == Period(*young)
    # Nothing happened on the last days of February: an export of March tells that it is over.
    quiet = (date(2024, 2, 1), date(2026, 2, 26))
    assert default(*quiet, date(2026, 3, 1)) == year
    assert default(*quiet, date(2026, 2, 28)).end == date(2026, 1, 31)
    assert default(*quiet).end == date(2026, 1, 31)


def test_values_of_a_dimension_the_most_frequent_first(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    # Five leads each, for the two journeys of L05 are one lead; the same number goes by name.
    assert dimension_values(draft, Dimension.CHANNEL, Viewer()) == [
        "Email",
        "Webinar",
        "Unassigned",
        "展会",
    ]
    assert dimension_values(draft, Dimension.CHANNEL, Viewer(), limit=2) == ["Email", "Webinar"]
    # Known from a deal without a lead only.
    only_deal = Facts(opportunity=(opportunity("O1", datetime(2026, 1, 1), owner="王芳"),))
    assert dimension_values(draft.hold(only_deal), Dimension.OWNER, Viewer()) == ["王芳"]


def test_values_are_those_of_rows_the_viewer_may_see(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)

    def seen(dimension: Dimension, *restrictions: Filter) -> list[str]:
        return dimension_values(draft, dimension, Viewer("Ana", restrictions))

    east = Filter(Dimension.REGION, ("华东", "华中"))
    # L01, L02 and L10; the others' channels and owners are not shown.
    assert seen(Dimension.CHANNEL, east) == ["Email", "Webinar", "展会"]
    assert seen(Dimension.OWNER, east) == ["王芳"]
    assert seen(Dimension.REGION, east) == ["华东", "华中"]
    assert seen(Dimension.CHANNEL, east, Filter(Dimension.OWNER, ("Ana",))) == []
    # Deals are restricted as well: O4 and O5 of A9 have no lead and no channel.
    emea = Filter(Dimension.REGION, ("EMEA",))
    assert seen(Dimension.CHANNEL, emea) == ["Email", "Webinar", "Unassigned"]
    # Values from outside are bound, never written into the text.
    assert seen(Dimension.CHANNEL, Filter(Dimension.OWNER, ("O'Brien; --",))) == []


SPELT = Facts(
    lead=(
        lead("L1", datetime(2026, 2, 1), channel="Trade Show", owner="王芳", product="Straße"),
        lead("L2", datetime(2026, 2, 1), channel="TRADE SHOW ", owner="王芳"),
        lead("L3", datetime(2026, 2, 1), channel="li", owner="Ana"),
        lead("L4", datetime(2026, 2, 1), channel="Trade Show"),
    ),
    campaign=({"campaign_id": "C1", "name": "Banner", "channel": "Display"},),
    campaign_spend=(spend("C1", date(2026, 2, 1), "1"),),
)
LINKEDIN = ChannelRule(name="LinkedIn", source=("linkedin", "LinkedIn Ads", "li"))


@pytest.mark.parametrize(
    ("dimension", "text", "value"),
    [
        (Dimension.CHANNEL, "Trade Show", "Trade Show"),
        (Dimension.CHANNEL, " trade\u00a0show", "Trade Show"),
        (Dimension.CHANNEL, "ＴＲＡＤＥ　ＳＨＯＷ", "Trade Show"),
        (Dimension.CHANNEL, "LI", "LinkedIn"),
        (Dimension.CHANNEL, "display", "Display"),
        (Dimension.CHANNEL, "unassigned", "Unassigned"),
        (Dimension.OWNER, "王芳\u3000", "王芳"),
        (Dimension.PRODUCT, "STRASSE", "Straße"),
        (Dimension.CHANNEL, "paid search", "Paid Search"),
    ],
)
def test_a_filter_means_a_value_however_it_is_spelt(
    draft: DraftWarehouse, dimension: Dimension, text: str, value: str
) -> None:
    warehouse = draft.hold(SPELT, TERMS.model_copy(update={"channel": (*TERMS.channel, LINKEDIN)}))
    assert filter_on(warehouse, dimension, [text, value]) == Filter(dimension, (value,))


@pytest.mark.parametrize(
    ("dimension", "text", "said"),
    [
        (Dimension.CHANNEL, "Trade Shwo", 'no channel is "Trade Shwo" in the data. Did you mean '
         '"Trade Show"?'),
        (Dimension.OWNER, "Zoe", 'There are "王芳", "Ana" and "Unassigned"'),
        (Dimension.CITY, "Rome", 'There is only "Unassigned"'),
        (Dimension.PRODUCT, "straẞ", 'Did you mean "Straße"?'),
        (Dimension.CHANNEL, "x" * 5_000, "in the data. There are"),
    ],
)  # fmt: skip
def test_a_filter_on_what_nobody_has_names_the_closest_values(
    draft: DraftWarehouse, dimension: Dimension, text: str, said: str
) -> None:
    with pytest.raises(MetricError, match=re.escape(said)):
        filter_on(draft.hold(SPELT), dimension, [text])


def test_a_viewer_is_told_only_of_values_of_rows_they_may_see(draft: DraftWarehouse) -> None:
    viewer = Viewer("Ana", (Filter(Dimension.OWNER, ("Ana",)),))
    with pytest.raises(MetricError) as refused:
        filter_on(draft.hold(SPELT), Dimension.CHANNEL, ["Trade Shwo"], viewer)
    assert "Trade Show" not in str(refused.value)
