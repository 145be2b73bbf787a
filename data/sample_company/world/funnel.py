"""When the leads of one chunk enter their stages and where they leave the funnel."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import slowness
from data.sample_company.world.planted import (
    EXIT_MEDIAN_DAYS,
    EXIT_SIGMA,
    LAG_MEDIAN_DAYS,
    LAG_SIGMA,
    NEVER,
    SECONDS_PER_DAY,
    SHARES,
    UTC_OFFSET_HOURS,
    Calendar,
    Flags,
    Integers,
    Numbers,
)


def draw_stages(
    random: np.random.Generator, calendar: Calendar, leads: pl.DataFrame
) -> pl.DataFrame:
    """Draw when each lead enters each stage and where it leaves, as far as it happened by `until`.

    Adds columns in seconds, `NEVER` where it did not happen: `mql_at`, `sql_at` and
    `opportunity_at` as *reached* (a skipped stage is reached with the next recorded one),
    `recycled_at`, `requalified_at` (second episode), `regressed_at` and `resumed_at` (from SQL
    back to MQL and again to SQL), `disqualified_at`; and the flags `skipped_mql`, `skipped_sql`.
    Opportunity times are not cut at `until` yet: `draw_deals` does it with the deals' own.
    """
    count, depth = leads.height, leads["depth"].to_numpy()
    offset = UTC_OFFSET_HOURS[leads["region"].to_numpy()] * 3600
    created = leads["created_at"].to_numpy()
    chance = {name: random.random(count) < share for name, share in SHARES.items()}
    pace = slowness()[leads["channel"].to_numpy()]
    lags = [
        log_normal_seconds(random, LAG_MEDIAN_DAYS[step] * pace, LAG_SIGMA[step])
        for step in range(3)
    ]
    away = {
        name: log_normal_seconds(random, np.full(count, EXIT_MEDIAN_DAYS[name]), EXIT_SIGMA[name])
        for name in EXIT_MEDIAN_DAYS
    }
    through_second = (depth >= 2) & chance["sql_through_second_episode"]
    recycled = through_second | ((depth == 1) & chance["recycled_after_mql"])
    requalified = through_second | (recycled & chance["requalified_after_recycling"])

    mql = when(depth >= 1, created + lags[0])
    recycled_at = in_office(when(recycled, mql + away["recycled"]), mql, offset)
    requalified_at = when(requalified, recycled_at + away["requalified"])
    qualified = np.where(requalified, requalified_at, mql)
    sql = in_office(when(depth >= 2, qualified + lags[1]), qualified, offset)
    opportunity = in_office(when(depth >= 3, sql + lags[2]), sql, offset)
    regressed = (depth >= 2) & chance["regressed_after_sql"] & ~through_second
    gap = np.where(depth >= 3, opportunity - sql, 30 * SECONDS_PER_DAY)
    regressed_at = when(regressed, sql + gap * 3 // 10)
    resumed_at = when(regressed, sql + gap * 6 // 10)

    last = np.select([depth == 0, depth == 1], [created, qualified], sql)
    last = np.where(regressed, resumed_at, last)
    gives_up = np.select(
        [depth == 0, depth == 1, depth == 2],
        [
            chance["disqualified_before_mql"],
            chance["disqualified_after_mql"] & (~recycled | requalified),
            chance["disqualified_after_sql"],
        ],
        False,
    )
    disqualified_at = in_office(when(gives_up, last + away["disqualified"]), last, offset)

    plain = ~through_second & ~regressed
    skipped_sql = (depth >= 3) & chance["skipped_sql"] & plain & (opportunity < calendar.cutoff_at)
    skips_mql = (depth >= 2) & chance["skipped_mql"] & plain
    sql = np.where((depth >= 3) & chance["skipped_sql"] & plain, opportunity, sql)
    mql = np.where(skips_mql, sql, mql)

    def cut(times: Integers) -> Integers:
        return np.where(times < calendar.cutoff_at, times, NEVER)

    return leads.with_columns(
        mql_at=cut(mql),
        recycled_at=cut(recycled_at),
        requalified_at=cut(requalified_at),
        sql_at=cut(sql),
        regressed_at=cut(regressed_at),
        resumed_at=cut(resumed_at),
        opportunity_at=opportunity,
        disqualified_at=cut(disqualified_at),
        skipped_mql=skips_mql & (sql < calendar.cutoff_at),
        skipped_sql=skipped_sql,
    )


def log_normal_seconds(random: np.random.Generator, median_days: Numbers, sigma: float) -> Integers:
    """Log-normal durations, in seconds, one per median."""
    days: Numbers = random.lognormal(np.log(median_days), sigma)
    return (days * SECONDS_PER_DAY).astype(np.int64)


def when(happens: Flags, times: Integers) -> Integers:
    """The times where something happens, `NEVER` where it does not."""
    return np.where(happens & (times < NEVER), times, NEVER)


def in_office(times: Integers, after: Integers, offset: Integers) -> Integers:
    """Move times to office hours: 8 to 18 local, weekends to the nearest weekday, after `after`.

    All in seconds; `offset` is that of local time from UTC. `NEVER` stays.

    >>> saturday_noon, week_before = np.array([1_795_262_400]), np.array([1_794_657_600])
    >>> moved = in_office(saturday_noon, week_before, np.array([0]))
    >>> np.datetime64(int(moved[0]), "s")
    np.datetime64('2026-11-20T13:00:00')
    """
    day, time_of_day = np.divmod(times + offset, SECONDS_PER_DAY)
    weekday = (day + 3) % 7
    nearest = day + np.select([weekday == 5, weekday == 6], [-1, 1], 0)
    monday = day + np.select([weekday == 5, weekday == 6], [2, 1], 0)
    clock = 8 * 3600 + time_of_day * 10 // 24 - offset
    moved = nearest * SECONDS_PER_DAY + clock
    moved = np.where(moved > after, moved, monday * SECONDS_PER_DAY + clock)
    moved = np.maximum(moved, after + 300 + time_of_day % 3600)
    return np.where(times < NEVER, moved, NEVER)
