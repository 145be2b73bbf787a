"""Which accounts the company wants: its lists of target accounts, with their tiers."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.customers.groups import listed_accounts
from data.sample_company.world.text import pick

STRATEGIC, ENERGY = "Strategic accounts", "Energy campaign"

TIERS = ("A", "B", "C")

_STRATEGIC = 0.10
"""Share of the CRM's prospects on the list of strategic accounts, the largest ones."""

_TIER_ENDS = (0.2, 0.5)
"""Shares of that list up to which an account is of tier A, and of tier B."""


def draw_targets(chunk: Chunk) -> pl.DataFrame:
    """One row per list and account: `list_name`, `account` (row), `tier` (null: the list has none).

    Strategic are the largest that are no customers yet. The list of the energy campaign has those
    of that industry, whoever they are, so that some accounts are on both.
    """
    accounts, listed = chunk.accounts, listed_accounts(chunk)
    customer = accounts["relationship"].str.starts_with("Customer").to_numpy()
    open_ones = listed[~customer[listed]]
    largest = open_ones[np.argsort(-accounts["employees"].to_numpy()[open_ones], kind="stable")][
        : max(1, round(len(open_ones) * _STRATEGIC))
    ]
    tier = np.digitize((np.arange(len(largest)) + 1) / max(len(largest), 1), _TIER_ENDS, right=True)
    energy = listed[(accounts["industry"] == "Energy").to_numpy()[listed]]
    return pl.DataFrame(
        {
            "list_name": [STRATEGIC] * len(largest) + [ENERGY] * len(energy),
            "account": np.concatenate([largest, energy]),
            "tier": pl.concat(
                [pick(TIERS, tier), pl.Series([None] * len(energy), dtype=pl.String)]
            ),
        }
    )


def count_targets(targets: pl.DataFrame) -> Counter[str]:
    """Accounts by list and tier."""
    names = targets.select(
        pl.concat_str("list_name", pl.lit(": "), pl.col("tier").fill_null("no tier"))
    ).to_series()
    return Counter(names.to_list())
