"""How campaigns, ad platforms, content, exchange rates and plans are exported, as whole files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from data.sample_company.world.campaigns import Programme
from data.sample_company.world.channels import (
    BRAND,
    CHANNEL_NUMBER,
    CHANNELS,
    SALES_CHANNELS,
    channel_mix,
    step_rates,
)
from data.sample_company.world.planted import (
    SHARES,
    WON_AT_KNOWN_ACCOUNTS,
    Numbers,
    add_months,
)

PLAN_AMBITION = 1.08

_MEAN_AMOUNT = 47_000.0

_SELLERS = ("sales", "partner")
"""How the planted shares call those behind `SALES_CHANNELS`, in their order."""

_TOOLS = {"Webinar": "Zoom", "Email": "Marketing Cloud", "Content Syndication": "TechTarget"}
"""What the CRM says a channel's campaigns are run with; ad platforms' own files say it of ads."""

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


def write_media(
    directory: Path, programme: Programme, spend: pl.DataFrame, leads: int
) -> dict[str, int]:
    """Write the files that do not depend on single leads; return the data rows of each."""
    writers: dict[str, Callable[[Path, Programme, pl.DataFrame], int]] = {
        "google_ads_campaigns.csv": _write_google,
        "linkedin_ads_campaigns.csv": _write_linkedin,
        "baidu_promotion.csv": _write_baidu,
        # The last, since a younger file has the last word on the channel of a campaign.
        "salesforce_campaigns.csv": _write_campaigns,
    }
    rows = {name: write(directory / name, programme, spend) for name, write in writers.items()}
    rows["exchange_rates.csv"] = _write_frame(
        directory / "exchange_rates.csv",
        programme.rates.select(
            "currency", "rate_on", rate=(pl.col("millionths") / 1e6).round(6).cast(pl.String)
        ),
    )
    rows["content_assets.csv"] = _write_frame(
        directory / "content_assets.csv",
        programme.content.select(
            pl.col("id").alias("Content ID"),
            pl.col("title").alias("Title"),
            pl.col("kind").alias("Type"),
            pl.col("topic").alias("Topic"),
            pl.col("persona").alias("Persona"),
            pl.col("published_on").alias("Published"),
        ),
    )
    rows["plan.csv"] = _write_frame(directory / "plan.csv", plan_frame(programme, leads))
    return rows


def _write_frame(path: Path, frame: pl.DataFrame) -> int:
    frame.write_csv(path)
    return frame.height


def _write_campaigns(path: Path, programme: Programme, spend: pl.DataFrame) -> int:
    totals = spend.group_by("number").agg(pl.col("usd_cents").sum(), clicks=pl.col("clicks").sum())
    until = programme.calendar.until
    numbers = {number: (cents, clicks) for number, cents, clicks in totals.iter_rows()}
    rows = []
    for campaign in programme.campaigns.iter_rows(named=True):
        starts_on, ends_on = campaign["starts_on"], campaign["ends_on"]
        cents, clicks = numbers.get(campaign["number"], (0, 0))
        planned = starts_on > until
        status = "Planned" if planned else "Completed" if ends_on < until else "In Progress"
        ran = (min(ends_on, until) - starts_on).days + 1
        part = max(ran, 1) / ((ends_on - starts_on).days + 1)
        channel = CHANNELS[CHANNEL_NUMBER[campaign["channel"]]]
        elsewhere = channel.spend_file != path.name
        rows.append(
            {
                "Campaign ID": campaign["id"],
                "Campaign Name": campaign["name"],
                "Type": campaign["type"],
                "Status": status,
                "Start Date": starts_on,
                "End Date": ends_on,
                "Budgeted Cost": int(cents / 100 / part * 1.1) // 100 * 100 or None,
                "Actual Cost": None if elsewhere or planned else f"{cents / 100:.2f}",
                "Num Sent": clicks * (6 if channel.name == "Email" else 2) or None,
                "Product": campaign["product"],
                "Tool": _TOOLS.get(channel.name),
                "Campaign Owner": campaign["owner"],
                "Channel": channel.name,
            }
        )
    return _write_frame(path, pl.DataFrame(rows, infer_schema_length=None))


def _ad_rows(programme: Programme, spend: pl.DataFrame, *channels: str) -> pl.DataFrame:
    start = pl.lit(programme.calendar.start)
    return (
        spend.filter(pl.col("channel").is_in(channels))
        .join(programme.campaigns.select(pl.col("number").cast(pl.Int64), "name", "id", "ends_on"),
              on="number")
        .with_columns(on=start + pl.duration(days=pl.col("day")))
        .sort("on", "number")
    )  # fmt: skip


def _quoted(number: float, digits: int = 0) -> str:
    text = f"{number:,.{digits}f}"
    return f'"{text}"' if "," in text else text


def _write_google(path: Path, programme: Programme, spend: pl.DataFrame) -> int:
    rows = _ad_rows(programme, spend, "Paid Search", BRAND)
    first, until = programme.calendar.start, programme.calendar.until

    def numbers(impressions: int, clicks: int, cents: int) -> str:
        share = clicks / impressions if impressions else 0.0
        each = cents / clicks / 100 if clicks else 0.0
        return (
            f"{_quoted(impressions)},{_quoted(clicks)},{share:.2%},{each:.2f},"
            f"{_quoted(cents / 100, 2)},{clicks * 0.04:.2f}"
        )

    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("Campaign performance report\n")
        file.write(f'"{_long_date(first)} - {_long_date(until)}"\n')
        file.write(
            "Day,Campaign ID,Campaign,Campaign state,Campaign type,Currency code,Impr.,Clicks,CTR,"
            "Avg. CPC,Cost,Conversions\n"
        )
        columns = ("on", "id", "name", "ends_on", "currency", "impressions", "clicks", "cents")
        for on, id_, name, ends_on, currency, impressions, clicks, cents in rows.select(
            columns
        ).iter_rows():
            state = "Enabled" if ends_on >= until else "Ended"
            file.write(
                f"{on},{id_},{name},{state},Search,{currency},"
                f"{numbers(impressions, clicks, cents)}\n"
            )
        total = numbers(*(int(rows[name].sum()) for name in ("impressions", "clicks", "cents")))
        file.writelines(
            f"Total: {scope}, --, --, --, --,USD,{total}\n" for scope in ("Campaigns", "Account")
        )
    return rows.height


def _write_linkedin(path: Path, programme: Programme, spend: pl.DataFrame) -> int:
    rows = _ad_rows(programme, spend, "Paid Social")
    calendar = programme.calendar
    generated = datetime.combine(calendar.until + timedelta(days=1), datetime.min.time())
    with path.open("w", encoding="utf-16", newline="\r\n") as file:
        file.write("Campaign Performance Report (in UTC)\n")
        file.write(f"Report Start:\t{calendar.start:%B %d, %Y}, 12:00 AM\n")
        file.write(f"Report End:\t{calendar.until:%B %d, %Y}, 11:59 PM\n")
        file.write(f"Date Generated:\t{generated:%B %d, %Y}, 6:12 AM\n\n")
        file.write(
            "Start Date (in UTC)\tAccount Name\tCurrency\tCampaign ID\tCampaign Name\t"
            "Campaign Status\tTotal Spent\tImpressions\tClicks\tLeads\n"
        )
        columns = ("on", "currency", "id", "name", "ends_on", "cents", "impressions", "clicks")
        for on, currency, id_, name, ends_on, cents, impressions, clicks in rows.select(
            columns
        ).iter_rows():
            status = "Active" if ends_on >= calendar.until else "Completed"
            file.write(
                f"{on:%m/%d/%Y}\tAldera Systems EMEA\t{currency}\t{id_}\t{name}\t{status}\t"
                f"{cents / 100:.2f}\t{impressions}\t{clicks}\t{clicks // 25}\n"
            )
    return rows.height


def _write_baidu(path: Path, programme: Programme, spend: pl.DataFrame) -> int:
    rows = _ad_rows(programme, spend, "Baidu Search")
    with path.open("w", encoding="gb18030", newline="\r\n") as file:
        file.write("日期,账户,推广计划ID,推广计划,设备,展现,点击,消费,点击率,平均点击价格\n")
        columns = ("on", "id", "name", "impressions", "clicks", "cents")
        for on, id_, name, impressions, clicks, cents in rows.select(columns).iter_rows():
            share = clicks / impressions if impressions else 0.0
            each = cents / clicks / 100 if clicks else 0.0
            file.write(
                f"{on},奥德拉系统,{id_},{name},全部,{impressions},{clicks},{cents / 100:.2f},"
                f"{share:.2%},{each:.2f}\n"
            )
    return rows.height


def plan_frame(programme: Programme, leads: int) -> pl.DataFrame:
    """The plan of the calendar year of `until`, by month, overall and by channel.

    One row per month, segment and metric: leads, mqls, sqls, opportunities, won (counts), revenue
    and spend (USD). Made as people make plans: last year's run rate, the season, planned rates and
    a little ambition; without lags. Overall rows have an empty dimension and segment and are the
    sum of the channels.

    >>> from data.sample_company.world.planted import Calendar
    >>> plan = plan_frame(Programme(Calendar(date(2026, 11, 20), months=30), seed=7), leads=5_000)
    >>> plan.filter(metric="leads", dimension="")["target"].cast(pl.Float64).sum() > 2_000
    True
    """
    calendar = programme.calendar
    year = calendar.until.year
    weights = calendar.weights(calendar.start, calendar.days).sum()
    mix, rates = channel_mix(), step_rates()
    reach = np.hstack([np.ones((len(CHANNELS), 1)), np.cumprod(rates, axis=1)])
    rows: list[tuple[str, date, str, str, str, str]] = []
    for month in range(12):
        first = date(year, month + 1, 1)
        days = (add_months(first, 1) - first).days
        expected = leads * calendar.weights(first, days).sum() / weights * PLAN_AMBITION
        by_channel = expected * mix[:, None] * reach
        cost = expected * mix * np.array([channel.cost_per_lead for channel in CHANNELS])
        revenue = _planned_revenue(by_channel[:, 4])
        values = np.hstack([by_channel, revenue[:, None], cost[:, None]])
        names = ("leads", "mqls", "sqls", "opportunities", "won", "revenue", "spend")
        for column, metric in enumerate(names):
            digits = {"leads": 0, "revenue": -3}.get(metric, 1)
            targets = values[:, column].round(digits)
            segments = [("", "", targets.sum())]
            segments += [
                ("channel", channel.label, target)
                for channel, target in zip(CHANNELS, targets, strict=True)
            ]
            rows += [
                (f"FY{year}", first, dimension, segment, metric, f"{target:.10g}")
                for dimension, segment, target in segments
            ]
    schema = ["plan_id", "month_on", "dimension", "segment", "metric", "target"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _planned_revenue(wins: Numbers) -> Numbers:
    """Revenue by channel of so many wins, and of the deals that sales and partners open."""
    revenue = wins * _MEAN_AMOUNT
    numbers = [CHANNEL_NUMBER[name] for name in SALES_CHANNELS]
    revenue[numbers] = 0.0
    parts = np.array([SHARES[f"deal_by_{name}"] * SHARES[f"won_by_{name}"] for name in _SELLERS])
    revenue[numbers] = revenue.sum() * (1 / WON_AT_KNOWN_ACCOUNTS - 1) * parts / parts.sum()
    return revenue


def _long_date(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
