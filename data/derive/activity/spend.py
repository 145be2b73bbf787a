"""SQL steps that build `spend` and what it rests on: which ad report tells which days.

A report tells what an ad account spent from one day to another. Of a day that several reports of an
account cover the newest counts, whole: what older ones said of it under other names or ids is over.
So the rows of a report are kept together, whatever other loads say of the same campaign and day.
"""

from __future__ import annotations

from data.named_tables import CAMPAIGNS, named_steps
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import UNASSIGNED
from data.sql import Step

_TOLD = (
    "campaign_id", "spend_on", "spend_until", "source_system", "ad_account", "covers_from",
    "covers_to", "original_cost_amount", "cost_amount", "currency", "impressions", "clicks",
)  # fmt: skip

SUPERSEDING = """spend_report WHERE EXISTS (
    SELECT 1 FROM spend_report AS other
    WHERE other.load_id <> spend_report.load_id
        AND other.source_system = spend_report.source_system
        AND other.ad_account = spend_report.ad_account
        AND other.covers_from <= spend_report.covers_to
        AND other.covers_to >= spend_report.covers_from
)"""
"""Reports beside which there is another one of the same account and days."""

_OF_ACCOUNT = "source_system, account"

_ACCOUNT = r"regexp_replace({}ad_account, '^([0-9]+)-([0-9]+)-([0-9]+)$', '\1\2\3')"
"""SQL: the account as reports and APIs of one platform write it, 440-011-2233 and 4400112233."""

_DIGITS = " UNION ALL ".join(f"SELECT {digit} AS digit" for digit in range(10))


def _same_account(one: str, other: str) -> str:
    names = _OF_ACCOUNT.split(", ")
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in names)


def _told_steps() -> tuple[Step, ...]:
    """Steps to `told_rows`: what each report tells, with the account that it is of.

    A report that names no account is of the only one that reports of its system name. Where there
    is no such one, those in one currency are of one account, as an account has one currency.
    """
    of_row = ", ".join(f"kept.{name}" for name in _TOLD)
    of_version = ", ".join(f"version.{name}" for name in _TOLD)
    return (
        Step(
            "reported_rows",
            f"""
            SELECT kept.load_id, {of_row}
            FROM campaign_spend AS kept
            LEFT JOIN (SELECT DISTINCT campaign_id, spend_on FROM campaign_spend_version) AS known
                ON known.campaign_id = kept.campaign_id AND known.spend_on = kept.spend_on
            WHERE known.campaign_id IS NULL
            UNION ALL
            SELECT report.load_id, {of_row}
            FROM campaign_spend_reported_by AS report
            JOIN campaign_spend AS kept ON kept.campaign_id = report.campaign_id
                AND kept.spend_on = report.spend_on
            LEFT JOIN (SELECT DISTINCT campaign_id, spend_on FROM campaign_spend_version) AS known
                ON known.campaign_id = kept.campaign_id AND known.spend_on = kept.spend_on
            WHERE known.campaign_id IS NULL
            UNION ALL
            SELECT version.load_id, {of_version}
            FROM campaign_spend_version AS version
            UNION ALL
            SELECT report.load_id, {of_version}
            FROM campaign_spend_reported_by AS report
            JOIN campaign_spend_version AS version ON version.campaign_id = report.campaign_id
                AND version.spend_on = report.spend_on AND version.load_id = report.same_as
            """,
        ),
        Step(
            "only_accounts",
            f"""
            SELECT source_system, max({_ACCOUNT.format("")}) AS ad_account
            FROM reported_rows
            WHERE ad_account IS NOT NULL
            GROUP BY source_system
            HAVING count(DISTINCT {_ACCOUNT.format("")}) = 1
            """,
        ),
        Step(
            "told_rows",
            f"""
            SELECT reported.load_id, reported.campaign_id,
                coalesce(reported.source_system, '') AS source_system,
                coalesce({_ACCOUNT.format("reported.")}, only_accounts.ad_account,
                    reported.currency) AS account,
                reported.currency, reported.covers_from, reported.covers_to,
                CASE WHEN reported.spend_until > reported.spend_on
                    THEN greatest(reported.spend_on,
                        coalesce(reported.covers_from, reported.spend_on))
                    ELSE reported.spend_on END AS first_on,
                CASE WHEN reported.spend_until > reported.spend_on
                    THEN least(reported.spend_until,
                        coalesce(reported.covers_to, reported.spend_until))
                    ELSE reported.spend_on END AS last_on,
                reported.original_cost_amount, reported.cost_amount, reported.impressions,
                reported.clicks
            FROM reported_rows AS reported
            LEFT JOIN only_accounts ON only_accounts.source_system = reported.source_system
            """,
        ),
    )


def spend_report_steps() -> tuple[Step, ...]:
    """Steps that end in `spend_report`: one row per ad report loaded and ad account."""
    return (
        *_told_steps(),
        Step(
            "spend_report",
            """
            SELECT load_id, source_system, account AS ad_account,
                least(min(first_on), coalesce(min(covers_from), min(first_on))) AS covers_from,
                greatest(max(last_on), coalesce(max(covers_to), max(last_on))) AS covers_to
            FROM told_rows
            GROUP BY load_id, source_system, account
            """,
        ),
    )


def _day_steps() -> tuple[Step, ...]:
    """Steps to `told_days`, one row per report, campaign and day, and `newest_reports` of days.

    What is told of a period is divided evenly among its days, to the cent and so that the days add
    up to it.
    """
    days = "(last_on - first_on + 1)"

    def part(column: str, scale: int) -> str:
        whole = f"CAST(told.{column} * {scale} AS DOUBLE)"
        until, before = (
            f"floor({whole} * {number} / {days})"
            for number in ("(numbers.number + 1)", "numbers.number")
        )
        return f"({until} - {before})"

    return (
        Step("digits", _DIGITS),
        Step(
            "numbers",
            """
            SELECT ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
                AS number
            FROM digits AS ones
            CROSS JOIN digits AS tens
            CROSS JOIN digits AS hundreds
            CROSS JOIN digits AS thousands
            """,
        ),
        Step(
            "told_days",
            f"""
            SELECT load_id, campaign_id, {_OF_ACCOUNT}, currency, first_on AS spend_on,
                CAST(NULL AS DATE) AS spread_from, CAST(NULL AS DATE) AS spread_until,
                original_cost_amount, cost_amount, impressions, clicks
            FROM told_rows
            WHERE first_on >= last_on
            UNION ALL
            SELECT told.load_id, told.campaign_id, told.source_system, told.account, told.currency,
                told.first_on + CAST(numbers.number AS INTEGER), told.first_on, told.last_on,
                CAST({part("original_cost_amount", 100)} / 100 AS DECIMAL(18, 2)),
                CAST({part("cost_amount", 100)} / 100 AS DECIMAL(18, 2)),
                CAST({part("impressions", 1)} AS BIGINT), CAST({part("clicks", 1)} AS BIGINT)
            FROM told_rows AS told
            JOIN numbers ON numbers.number <= told.last_on - told.first_on
            WHERE told.first_on < told.last_on
            """,
        ),
        Step(
            "newest_reports",
            f"""
            SELECT days.source_system, days.account, days.spend_on,
                arg_max(report.load_id, ranked.place) AS load_id
            FROM (SELECT DISTINCT {_OF_ACCOUNT}, spend_on FROM told_days) AS days
            JOIN spend_report AS report ON report.source_system = days.source_system
                AND report.ad_account = days.account
                AND days.spend_on BETWEEN report.covers_from AND report.covers_to
            JOIN ({LOADS_IN_ORDER}) AS ranked ON ranked.load_id = report.load_id
            GROUP BY days.source_system, days.account, days.spend_on
            """,
        ),
    )


def superseded_steps() -> tuple[Step, ...]:
    """Steps that end in `superseded_spend`: what reports told of days that newer ones cover."""
    return (
        *_told_steps(),
        *_day_steps(),
        Step(
            "compared_days",
            f"""
            SELECT newest.load_id AS newer_load_id, told.load_id AS older_load_id, told.spend_on,
                told.source_system, told.account, told.currency,
                sum(told.original_cost_amount) AS cost_amount
            FROM told_days AS told
            JOIN newest_reports AS newest ON {_same_account("newest", "told")}
                AND newest.spend_on = told.spend_on
            GROUP BY newest.load_id, told.load_id, told.spend_on, told.source_system, told.account,
                told.currency
            """,
        ),
        Step(
            "superseded_spend",
            f"""
            SELECT older.newer_load_id, older.older_load_id, older.source_system,
                older.account AS ad_account, min(older.spend_on) AS first_on,
                max(older.spend_on) AS last_on,
                CAST(sum(older.cost_amount) AS DECIMAL(18, 2)) AS older_cost_amount,
                older.currency AS older_currency,
                CAST(sum(coalesce(newer.cost_amount, 0)) AS DECIMAL(18, 2)) AS newer_cost_amount,
                coalesce(newer.currency, older.currency) AS newer_currency
            FROM compared_days AS older
            LEFT JOIN compared_days AS newer ON newer.older_load_id = older.newer_load_id
                AND {_same_account("newer", "older")} AND newer.spend_on = older.spend_on
            WHERE older.older_load_id <> older.newer_load_id
            GROUP BY older.newer_load_id, older.older_load_id, older.source_system, older.account,
                older.currency, coalesce(newer.currency, older.currency)
            """,
        ),
    )


def spend_steps() -> tuple[Step, ...]:
    """Steps of `spend`: one row per campaign and day, by whatever id or name files refer to it."""
    return (
        *named_steps(CAMPAIGNS),
        *_told_steps(),
        *_day_steps(),
        Step(
            "spent",
            f"""
            SELECT
                coalesce(campaign.campaign_id, told.campaign_id) AS campaign_id,
                told.spend_on,
                coalesce(max(campaign.channel), '{UNASSIGNED}') AS channel,
                coalesce(max(campaign.name),
                    coalesce(campaign.campaign_id, told.campaign_id)) AS campaign,
                coalesce(max(campaign.product), '{UNASSIGNED}') AS product,
                coalesce(max(campaign.tool), '{UNASSIGNED}') AS tool,
                max(campaign.region) AS campaign_region,
                CASE WHEN count(*) = count(told.cost_amount)
                    THEN CAST(sum(told.cost_amount) AS DECIMAL(18, 2)) END AS cost_amount,
                max(CASE WHEN told.cost_amount IS NULL THEN told.currency END)
                    AS currency_without_rate,
                min(told.currency) AS first_currency,
                CAST(sum(told.impressions) AS BIGINT) AS impressions,
                CAST(sum(told.clicks) AS BIGINT) AS clicks,
                min(told.spread_from) AS spread_from,
                max(told.spread_until) AS spread_until
            FROM told_days AS told
            JOIN newest_reports AS newest ON {_same_account("newest", "told")}
                AND newest.spend_on = told.spend_on AND newest.load_id = told.load_id
            LEFT JOIN campaigns AS campaign ON campaign.reference = told.campaign_id
            GROUP BY coalesce(campaign.campaign_id, told.campaign_id), told.spend_on
            """,
        ),
        Step(
            "spend_of_days",
            """
            SELECT campaign_id, spend_on, channel, campaign, product, tool, campaign_region,
                cost_amount, coalesce(currency_without_rate, first_currency) AS currency,
                impressions, clicks, spread_from, spread_until
            FROM spent
            ORDER BY spend_on, campaign_id
            """,
        ),
    )
