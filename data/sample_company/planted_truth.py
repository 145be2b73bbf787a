"""What is planted in every sample, whatever came of it by the day it is written."""

from __future__ import annotations

from data.sample_company.world.campaigns import Programme
from data.sample_company.world.channels import (
    BRAND,
    CHANNELS,
    SALES_CHANNELS,
    channel_mix,
    overall_rates,
)
from data.sample_company.world.experiments import experiments
from data.sample_company.world.planted import (
    EXIT_MEDIAN_DAYS,
    EXIT_SIGMA,
    GROWTH_PER_MONTH,
    LAG_MEDIAN_DAYS,
    LAG_SIGMA,
    SEASONALITY,
    SHARES,
    STEPS,
    WON_AT_KNOWN_ACCOUNTS,
)
from data.sample_company.world.selling.work import planted_work
from data.sample_company.world.touches.reading import planted_content


def planted(programme: Programme) -> dict[str, object]:
    """The part `planted` of the truth, as `data.sample_company.truth.Truth.as_dict` tells of it."""
    labels = [channel.label for channel in CHANNELS]
    return {
        "rates": overall_rates(),
        "rates_by_channel": {
            channel.label: dict(zip(STEPS, channel.rates, strict=True)) for channel in CHANNELS
        },
        "mix": {
            label: round(float(share), 6)
            for label, share in zip(labels, channel_mix(), strict=True)
        },
        "lag_days": {
            step: {"median": median, "sigma": sigma}
            for step, median, sigma in zip(STEPS, LAG_MEDIAN_DAYS, LAG_SIGMA, strict=True)
        },
        "exit_days": {
            name: {"median": EXIT_MEDIAN_DAYS[name], "sigma": EXIT_SIGMA[name]}
            for name in EXIT_MEDIAN_DAYS
        },
        "seasonality": list(SEASONALITY),
        "growth_per_month": GROWTH_PER_MONTH,
        "slowness": {each.label: each.slowness for each in CHANNELS if each.slowness > 1},
        "won_at_known_accounts": WON_AT_KNOWN_ACCOUNTS,
        "sales_channels": list(SALES_CHANNELS),
        "incremental": {BRAND: 0.0},
        "content": planted_content(programme),
        "experiments": {
            each.experiment_id: {"channel": each.channel, "lift": each.lift}
            for each in experiments(programme.calendar)
        },
        "shares": SHARES,
        **planted_work(),
    }
