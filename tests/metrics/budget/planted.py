"""Weeks of regions in which some channels have a planted response, and others have none."""

from __future__ import annotations

from datetime import date

import numpy as np

from metrics.budget.weeks import SpendWeeks, UnitKind

SEARCH, SOCIAL = (40.0, 100.0), (25.0, 80.0)
"""Most MQLs a week in a region of mean size, and the spend that brings half of them."""


def planted_weeks(seed: int = 1, units: int = 6, weeks: int = 104) -> SpendWeeks:
    """Search and Social vary and bring MQLs, Fairs hardly vary, Print names no region."""
    generator = np.random.default_rng(seed)
    size = np.linspace(0.5, 1.5, units)[:, None]
    varied = [mean * generator.lognormal(0, 0.7, (units, weeks)) for mean in (100.0, 60.0)]
    fairs = 50 + generator.normal(0, 1, (units, weeks))
    came = 30 + generator.normal(0, 1.5, (units, weeks))
    for spend, (most, half) in zip(varied, (SEARCH, SOCIAL), strict=True):
        came += most * spend / (half + spend)
    spend = np.stack([size * each for each in (fairs, 0 * fairs, varied[0], varied[1])])
    whole = spend.sum(axis=1)
    whole[1] = 70
    return SpendWeeks(
        kind=UnitKind.REGION,
        units=tuple(f"R{number}" for number in range(units)),
        channels=("Fairs", "Print", "Search", "Social"),
        first_on=date(2024, 1, 1),
        mqls=size * came,
        spend=spend,
        whole=whole,
        known=(1.0, 0.2, 1.0, 1.0),
    )
