"""The sentence of Plan versus actual: what came, what is late, which cause comes first."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from metrics.plan.variance.words import sentence


def gap(**parts: tuple[int, float | None]) -> pl.DataFrame:
    """Planned 100,000 and the parts: amount and, of causes beyond chance, their strength."""
    amounts = {name: amount for name, (amount, _) in parts.items()}
    strengths = {name: strength for name, (_, strength) in parts.items()}
    names = ["planned", *parts, "actual"]
    return pl.DataFrame(
        {
            "part": names,
            "amount": [
                Decimal(100_000),
                *(Decimal(each) for each in amounts.values()),
                Decimal(100_000 + sum(amounts.values())),
            ],
            "strength": [None, *strengths.values(), None],
            "is_more_than_chance": [None, *(each is not None for each in strengths.values()), None],
        },
        schema_overrides={"strength": pl.Float64},
    )


def test_the_cause_furthest_beyond_chance_comes_first_not_the_largest_amount() -> None:
    told = sentence(
        gap(volume=(-9_000, 3.0), timing=(0, None), size=(-30_000, 1.2)), "July 2026", "USD"
    )
    assert told.endswith("These causes go beyond chance: volume and deal size.")


def test_what_is_late_is_said_and_what_is_chance_is_not_a_cause() -> None:
    late = sentence(gap(volume=(-5_000, None), timing=(-20_000, 2.0)), "July 2026", "USD")
    assert "$25K is missing, $20K of it late, not lost" in late
    quiet = sentence(gap(volume=(-5_000, None), timing=(-20_000, None)), "July 2026", "USD")
    assert quiet.endswith("No cause goes beyond chance.")
    assert "late" not in quiet
