"""Own brand: how much of a channel's spend is on who looks for the company by its name."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.scope import Scope


def own_brand_shares(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> dict[str, float]:
    """Which share of each channel's spend in the period is on the company's own name?

    All spend of a campaign whose name holds one of the company's own names is; of another one the
    share of its visits that came by a keyword (utm_term) with such a name. Spend of a campaign
    without either counts as not on it, so that the share is the least it can be. A channel of which
    neither a campaign's name nor a keyword says anything is left out, as all are without own names
    (`Definitions.own_names`). Money without an exchange rate is passed over: who asks for returns
    is refused it before.
    """
    if not definitions.own_names:
        return {}
    pattern = own_name_pattern(definitions.own_names)
    spend = warehouse.query(Query(scope.step("spend"), _SPEND))
    everything = replace(scope, filters=())
    visits = warehouse.query(Query(everything.step("touch"), _KEYWORDS))
    is_own = pl.col("keyword").str.contains(pattern)
    by_keyword = visits.group_by("campaign").agg(
        searched=pl.col("visits").filter(is_own).sum() / pl.col("visits").sum()
    )
    campaigns = spend.join(by_keyword, on="campaign", how="left").with_columns(
        own=pl.when(pl.col("campaign").str.to_lowercase().str.contains(pattern))
        .then(1.0)
        .otherwise("searched")
    )
    shares = (
        campaigns.group_by("channel")
        .agg(
            known=pl.col("own").is_not_null().any(),
            share=(pl.col("own").fill_null(0) * pl.col("amount")).sum() / pl.col("amount").sum(),
        )
        .filter("known")
    )
    return dict(shares.select("channel", "share").iter_rows())


def own_name_pattern(names: tuple[str, ...]) -> str:
    """A regular expression that finds one of the names as a word of its own, in lower case.

    Its parts may be written together, with a hyphen or with a space: a domain has no spaces. Names
    that do not begin or end with a Latin letter or digit, such as Chinese ones, are found within a
    text as well, which has no spaces.

    >>> found = re.compile(own_name_pattern(("acme", "云帆", "north-wind")))
    >>> [bool(found.search(text)) for text in ("brand | acme", "acmeron pumps", "苏州云帆科技")]
    [True, False, True]
    >>> bool(found.search("north wind turbines"))
    True
    """
    return "|".join(_word(each) for each in names)


def _word(name: str) -> str:
    before = r"(?:^|[^a-z0-9])" if re.match(r"[a-z0-9]", name) else ""
    after = r"(?:$|[^a-z0-9])" if re.search(r"[a-z0-9]$", name) else ""
    parts = (re.escape(part) for part in re.split(r"[-_\s]+", name))
    return before + r"[-_\s]*".join(parts) + after


_SPEND = Step(
    "spend_by_campaign",
    """
    SELECT channel, campaign, CAST(sum(cost_amount) AS DOUBLE) AS amount
    FROM scoped
    WHERE spend_on BETWEEN period_start AND period_end AND spend_on <= observed_until
    GROUP BY channel, campaign
    HAVING sum(cost_amount) > 0
    """,
)

_KEYWORDS = Step(
    "keywords",
    """
    SELECT scoped.campaign, lower(trim(interaction.utm_term)) AS keyword, count(*) AS visits
    FROM scoped
    JOIN interaction ON interaction.interaction_id = scoped.interaction_id
    WHERE trim(interaction.utm_term) <> ''
        AND scoped.occurred_on BETWEEN scoped.period_start AND scoped.period_end
        AND scoped.occurred_on <= scoped.observed_until
    GROUP BY scoped.campaign, lower(trim(interaction.utm_term))
    """,
)
