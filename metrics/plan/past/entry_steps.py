"""SQL steps of a plan's entries: one row per lead, with its own win and its segment."""

from __future__ import annotations

from data.sql import Step
from metrics.scope import Dimension, Scope, Stage
from metrics.subjects import is_undated, known_day, undated_day

MOST_SEGMENTS = 10
"""Segments beyond the largest so many are planned together as `other segments`."""

EVERYTHING = "all"
"""The one segment where a plan is not sliced."""

OTHERS = "other segments"


def own_deals() -> Step:
    """Step `own_deals`: per lead, the deals it is the primary lead of."""
    return Step(
        "own_deals",
        """
        SELECT lead_id, min(opened_on) AS opened_on,
            min(CASE WHEN outcome = 'won' THEN closed_on END) AS won_on
        FROM deal
        WHERE lead_id IS NOT NULL
        GROUP BY lead_id
        """,
    )


def entry_steps(scope: Scope, by: Dimension | None, entry: Stage) -> tuple[Step, ...]:
    """Steps to `entries`: one row per lead with its days, its own win, and its segment.

    `lead_by_on` … `won_by_on` are the days by which it had reached a stage for certain, as in
    `subject_steps`.
    """
    segment = f"min({by.value})" if by else f"'{EVERYTHING}'"
    bounds = "period_start, period_end, observed_until"
    days = ", ".join(
        f"min({stage.value}_on) AS {stage.value}_on, min({known_day(stage)}) AS {stage.value}_by_on"
        for stage in list(Stage)[:-1]
    )
    left = (
        "CASE WHEN episode = episodes AND exit_stage IN ('disqualified', 'lost') THEN exit_on END"
    )
    return (
        scope.step("journey"),
        own_deals(),
        Step(
            "lead_deals",
            """
            SELECT lead_id, min(deal_on) AS first_deal_on
            FROM (
                SELECT deal_lead.lead_id, coalesce(deal.opened_on, deal.closed_on) AS deal_on
                FROM deal_lead
                JOIN deal ON deal.opportunity_id = deal_lead.opportunity_id
                UNION ALL
                SELECT scoped.lead_id,
                    coalesce(deal.opened_on, deal.closed_on, scoped.opportunity_on)
                FROM scoped
                JOIN deal ON deal.opportunity_id = scoped.opportunity_id
            ) AS taking_part
            GROUP BY lead_id
            """,
        ),
        Step(
            "leads",
            f"""
            SELECT lead_id, {segment} AS segment, {bounds}, {days}, max({left}) AS exit_on,
                min({undated_day(Stage.WON)}) AS won_undated_on
            FROM scoped
            GROUP BY lead_id, {bounds}
            """,
        ),
        Step(
            "ranked_segments",
            f"""
            SELECT segment, row_number() OVER (ORDER BY count(*) DESC, segment) AS place
            FROM leads
            WHERE {entry.value}_on <= observed_until
            GROUP BY segment
            """,
        ),
        Step(
            "entries",
            f"""
            SELECT leads.*, own_deals.won_on, lead_deals.first_deal_on,
                coalesce(own_deals.won_on, leads.won_undated_on) AS won_by_on,
                CASE WHEN place <= {MOST_SEGMENTS} THEN ranked_segments.segment
                    ELSE '{OTHERS}' END AS planned_segment,
                CAST(date_trunc('month', {entry.value}_on) AS DATE) AS month_on
            FROM leads
            JOIN ranked_segments ON ranked_segments.segment = leads.segment
            LEFT JOIN own_deals ON own_deals.lead_id = leads.lead_id
            LEFT JOIN lead_deals ON lead_deals.lead_id = leads.lead_id
            """,
        ),
    )


def open_step(entry: Stage) -> Step:
    """Step `open_leads`: who entered, has no deal and has not left, by latest stage and age.

    The latest stage is the last of which a day is known. Who is won on an unknown one is not open.
    """
    order = list(Stage)
    stages = order[order.index(entry) : order.index(Stage.WON)]
    latest = " ".join(
        f"WHEN {stage.value}_on <= observed_until THEN '{stage.value}'"
        for stage in reversed(stages)
    )
    day = " ".join(
        f"WHEN {stage.value}_on <= observed_until THEN {stage.value}_on"
        for stage in reversed(stages)
    )
    return Step(
        "open_leads",
        f"""
        SELECT planned_segment, CASE {latest} END AS stage,
            date_diff('day', CASE {day} END, observed_until) AS age_days, count(*) AS leads
        FROM entries
        WHERE {entry.value}_on <= observed_until
            AND (first_deal_on IS NULL OR first_deal_on > observed_until)
            AND (exit_on IS NULL OR exit_on > observed_until)
            AND NOT {is_undated(Stage.WON)}
        GROUP BY planned_segment, CASE {latest} END,
            date_diff('day', CASE {day} END, observed_until)
        ORDER BY planned_segment, stage, age_days
        """,
    )


def volume_step(entry: Stage) -> Step:
    """Step `volumes`: entries into each stage by month and segment."""
    stages = list(Stage)[list(Stage).index(entry) :]
    parts = "\nUNION ALL\n".join(
        f"SELECT planned_segment, '{stage.value}' AS stage,"
        f" CAST(date_trunc('month', {stage.value}_on) AS DATE) AS entered_month"
        f" FROM entries WHERE {stage.value}_on BETWEEN period_start AND period_end"
        f" AND {stage.value}_on <= observed_until"
        for stage in stages
    )
    return Step(
        "volumes",
        f"""
        SELECT planned_segment, stage, entered_month, count(*) AS leads
        FROM ({parts}) AS entered
        GROUP BY planned_segment, stage, entered_month
        ORDER BY entered_month, planned_segment, stage
        """,
    )
