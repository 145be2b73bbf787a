"""The words beside each bullet: how far a number is, and how likely its plan is met."""

from __future__ import annotations

from datetime import date

import polars as pl

from metrics.period import Period
from pages.plan.versus import standing_words


def test_a_chance_is_never_written_as_if_it_were_certain() -> None:
    chances = [0.002, 0.04, 0.5, 0.996]
    number = len(chances)
    rows = pl.DataFrame(
        {
            "month_on": [date(2026, 5, 1)] * number,
            "segment": ["all"] * number,
            "metric": ["lead", "mql", "sql", "won"],
            "target": [100.0] * number,
            "actual": [20.0] * number,
            "variance": [-80.0] * number,
            "attainment": [0.2] * number,
            "pace": [0.5] * number,
            "projected": [50.0] * number,
            "projected_low": [40.0] * number,
            "projected_high": [60.0] * number,
            "hit_chance": chances,
        }
    )
    words = standing_words(rows, Period(date(2026, 5, 1), date(2026, 5, 31)), "USD")["words"]
    ends = [each.partition("chance ")[2] for each in words]
    assert ends == ["under 1%", "4%", "50%", "over 99%"]
