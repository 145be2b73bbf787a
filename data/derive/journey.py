"""SQL steps that build `journey`: when a lead reached each stage, by episode.

Reads the derived tables `deal_lead` and `lead_stage_entry` beside the canonical tables.
"""

from __future__ import annotations

from itertools import pairwise

from data.derive.lead_stage_entry import STAGE_RANK
from data.derive.segments import SEGMENTS
from data.derive.undated import undated_steps
from data.schema.contract import EXITS, STAGES
from data.sql import Step, reporting_day

_STAGE_LIST = ", ".join(f"'{stage}'" for stage in STAGES)

_EXIT_LIST = ", ".join(f"'{stage}'" for stage in EXITS)


_OWN = f"count(CASE WHEN opportunity_id IS NULL AND stage IN ({_STAGE_LIST}) THEN 1 END)"
"""SQL: how many of an episode's entries into the funnel are the lead's own, not of its deals."""


def _episode_steps() -> tuple[Step, ...]:
    """Step `placed`: the events with their episode. Only leads that were recycled need counting."""
    return (
        Step(
            "recycled_leads",
            "SELECT DISTINCT lead_id FROM events WHERE stage = 'recycled'",
        ),
        Step(
            "laps",
            """
            SELECT events.*,
                coalesce(sum(CASE WHEN stage = 'recycled' THEN 1 ELSE 0 END) OVER (
                    PARTITION BY events.lead_id ORDER BY entered_at, stage_rank
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0) AS lap
            FROM events
            JOIN recycled_leads ON recycled_leads.lead_id = events.lead_id
            """,
        ),
        Step(
            "qualified",
            """
            SELECT laps.*,
                CASE WHEN lap > 0 AND stage IN ('mql', 'sql', 'opportunity', 'won')
                    AND lag(lap) OVER (
                        PARTITION BY lead_id, stage IN ('mql', 'sql', 'opportunity', 'won')
                        ORDER BY entered_at, stage_rank
                    ) IS DISTINCT FROM lap THEN 1 ELSE 0
                END AS opens
            FROM laps
            """,
        ),
        Step(
            "placed",
            """
            SELECT events.lead_id, 1 AS episode, events.stage, events.stage_rank,
                events.entered_at, events.reason, events.opportunity_id
            FROM events
            LEFT JOIN recycled_leads ON recycled_leads.lead_id = events.lead_id
            WHERE recycled_leads.lead_id IS NULL
            UNION ALL
            SELECT lead_id,
                1 + sum(opens) OVER (PARTITION BY lead_id ORDER BY entered_at, stage_rank),
                stage, stage_rank, entered_at, reason, opportunity_id
            FROM qualified
            """,
        ),
    )


def _reached_step() -> Step:
    """Step `reached`: per episode, the earliest entry of each stage or of a later one.

    A deal that was lost was an opportunity, at the latest then. Deals alone do not say when a lead
    came: one without an entry of its own has no such day.
    """
    opened = STAGES.index("opportunity")
    closed = "stage = 'lost' AND opportunity_id IS NOT NULL"
    first_entry = [
        f"min(CASE WHEN stage_rank BETWEEN {rank} AND {len(STAGES) - 1}"
        f"{f' OR ({closed})' if rank <= opened else ''} THEN entered_at END)"
        for rank in range(len(STAGES))
    ]
    first_entry[0] = f"CASE WHEN episode > 1 OR {_OWN} > 0 THEN {first_entry[0]} END"
    reached = ",\n".join(
        f"{entry} AS {stage}_at" for stage, entry in zip(STAGES, first_entry, strict=True)
    )
    return Step(
        "reached",
        f"""
        SELECT lead_id, episode, {reached},
            max(CASE WHEN stage IN ({_STAGE_LIST}) THEN entered_at END) AS last_progress_at,
            coalesce(min(CASE WHEN stage = 'won' THEN opportunity_id END), min(opportunity_id))
                AS opportunity_id
        FROM placed
        GROUP BY lead_id, episode
        """,
    )


def _exit_step() -> Step:
    """Step `exits`: per episode, the last exit with its own reason."""
    return Step(
        "exits",
        f"""
        SELECT lead_id, episode, stage AS exit_stage, entered_at AS exit_at, reason AS exit_reason
        FROM (
            SELECT placed.*,
                row_number() OVER (
                    PARTITION BY lead_id, episode
                    ORDER BY entered_at DESC, stage_rank DESC, reason NULLS LAST
                ) AS place
            FROM placed
            WHERE stage IN ({_EXIT_LIST})
        ) AS leaving
        WHERE place = 1
        """,
    )


def _strict_steps() -> tuple[Step, ...]:
    """Steps `strict_lead` … `strict_won`: the entry of each stage at or after the one before.

    Those after the first have only the episodes that got there. A second episode goes on from the
    lead's own first entry: a lead is created once.
    """
    first = Step(
        "strict_lead",
        """
        SELECT reached.lead_id, reached.episode, created.entered_at AS lead_entered_at
        FROM reached
        LEFT JOIN (
            SELECT lead_id, min(entered_at) AS entered_at FROM placed
            WHERE stage = 'lead' GROUP BY lead_id
        ) AS created ON created.lead_id = reached.lead_id
        """,
    )
    later = (
        Step(
            f"strict_{stage}",
            f"""
            SELECT earlier.lead_id, earlier.episode, min(placed.entered_at) AS {stage}_entered_at
            FROM strict_{before} AS earlier
            JOIN placed
                ON placed.lead_id = earlier.lead_id
                AND placed.episode = earlier.episode
                AND placed.stage = '{stage}'
                AND placed.entered_at >= earlier.{before}_entered_at
            GROUP BY earlier.lead_id, earlier.episode
            """,
        )
        for before, stage in pairwise(STAGES)
    )
    return (first, *later)


def _money_steps() -> tuple[Step, ...]:
    """Step `money`: the won amount of each deal, on one episode of its primary lead."""
    return (
        Step(
            "deal_episodes",
            """
            SELECT deal_lead.opportunity_id, deal_lead.lead_id, max(placed.episode) AS episode
            FROM deal_lead
            JOIN placed
                ON placed.lead_id = deal_lead.lead_id
                AND placed.opportunity_id = deal_lead.opportunity_id
                AND placed.stage = 'won'
            WHERE deal_lead.place = 1
            GROUP BY deal_lead.opportunity_id, deal_lead.lead_id
            """,
        ),
        Step(
            "money",
            """
            SELECT deal_episodes.lead_id, deal_episodes.episode,
                CAST(sum(opportunity.amount) AS DECIMAL(18, 2)) AS won_amount
            FROM deal_episodes
            JOIN opportunity ON opportunity.opportunity_id = deal_episodes.opportunity_id
            WHERE opportunity.outcome = 'won'
            GROUP BY deal_episodes.lead_id, deal_episodes.episode
            """,
        ),
    )


def journey_steps() -> tuple[Step, ...]:
    """Steps of `journey`, after those of `segments` and the step `settings`."""
    reached = ",\n".join(
        f"reached.{stage}_at, {reporting_day(f'reached.{stage}_at')} AS {stage}_on"
        for stage in STAGES
    )
    entered = ",\n".join(
        f"strict_{stage}.{stage}_entered_at,"
        f" {reporting_day(f'strict_{stage}.{stage}_entered_at')} AS {stage}_entered_on"
        for stage in STAGES
    )
    segments = ", ".join(f"segments.{name}" for name in SEGMENTS)
    strict = "\n".join(
        f"LEFT JOIN strict_{stage} ON strict_{stage}.lead_id = reached.lead_id"
        f" AND strict_{stage}.episode = reached.episode"
        for stage in STAGES
    )
    undated = "CASE WHEN reached.episodes > 1 THEN NULL {} END".format(
        " ".join(
            f"WHEN undated.rank = {rank} AND reached.{stage}_at IS NULL THEN '{stage}'"
            for rank, stage in enumerate(STAGES)
            if rank
        )
    )
    return (
        Step(
            "events",
            f"""
            SELECT lead_id, stage, {STAGE_RANK} AS stage_rank, entered_at, reason, opportunity_id
            FROM lead_stage_entry
            """,
        ),
        *_episode_steps(),
        _reached_step(),
        _exit_step(),
        *_strict_steps(),
        *_money_steps(),
        *undated_steps(),
        Step(
            "counted_episodes",
            "SELECT reached.*, count(*) OVER (PARTITION BY lead_id) AS episodes FROM reached",
        ),
        Step(
            "journeys",
            f"""
            SELECT
                {segments},
                reached.lead_id,
                reached.episode,
                reached.episodes,
                segments.person_id,
                segments.account_id,
                reached.opportunity_id,
                {reached},
                {entered},
                {undated} AS undated_stage,
                CASE WHEN {undated} IS NOT NULL THEN {reporting_day("known.known_at")} END
                    AS known_on,
                coalesce(exits.exit_stage,
                    CASE WHEN reached.episodes = 1 THEN undated.exit_stage END)
                    AS exit_stage,
                exits.exit_at,
                {reporting_day("exits.exit_at")} AS exit_on,
                exits.exit_reason,
                money.won_amount,
                money.lead_id IS NOT NULL AS is_primary
            FROM counted_episodes AS reached
            CROSS JOIN settings
            CROSS JOIN known
            JOIN segments ON segments.lead_id = reached.lead_id
            {strict}
            LEFT JOIN exits
                ON exits.lead_id = reached.lead_id AND exits.episode = reached.episode
                AND exits.exit_at >= coalesce(reached.last_progress_at, exits.exit_at)
            LEFT JOIN undated ON undated.lead_id = reached.lead_id
            LEFT JOIN money
                ON money.lead_id = reached.lead_id AND money.episode = reached.episode
            ORDER BY lead_on, reached.lead_id, reached.episode
            """,
        ),
    )
