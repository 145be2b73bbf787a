"""Outcomes of experiments: what is counted of people and regions, and what came of it."""

from __future__ import annotations

from enum import StrEnum

from data.spelling import Spelt
from data.sql import Step


class Outcome(StrEnum):
    """What an experiment counts."""

    LEAD = "lead"
    MQL = "mql"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    WON = "won"
    REVENUE = "revenue"

    @property
    def words(self) -> str:
        """After a number.

        >>> Outcome.MQL.words, Outcome.REVENUE.words
        ('MQLs', 'of revenue')
        """
        return _WORDS[self]


_WORDS = {
    Outcome.LEAD: "leads",
    Outcome.MQL: "MQLs",
    Outcome.SQL: "SQLs",
    Outcome.OPPORTUNITY: "opportunities",
    Outcome.WON: "wins",
    Outcome.REVENUE: "of revenue",
}

_CHANNEL = Spelt("channel", "experiment.channel")

EXPERIMENTS = Step(
    "experiments",
    f"""
    SELECT experiment_id, name, {_CHANNEL.shown} AS channel, kind, starts_on, ends_on,
        spend_amount, counts_until, coalesce(outcome, 'mql') AS outcome,
        coalesce(counts_until, ends_on) AS counted_until
    FROM experiment
    {_CHANNEL.join}
    """,
)
"""One row per experiment, with what it counts and up to which day."""

MEMBERS = (
    EXPERIMENTS,
    Step(
        "registered_members",
        """
        SELECT experiments.experiment_id, experiments.kind, experiments.channel,
            experiments.outcome, experiments.starts_on, experiments.ends_on,
            experiments.counted_until, experiment_arm.role,
            CASE WHEN experiments.kind = 'persons'
                THEN coalesce(person_identity.person_id, experiment_arm.member)
                ELSE experiment_arm.member END AS member
        FROM experiments
        JOIN experiment_arm ON experiment_arm.experiment_id = experiments.experiment_id
        LEFT JOIN person_identity ON person_identity.reference = experiment_arm.member
        """,
    ),
    Step(
        "experiment_members",
        """
        SELECT experiment_id, kind, channel, outcome, starts_on, ends_on, counted_until, member,
            CASE WHEN min(role) = max(role) THEN min(role) ELSE 'both' END AS role
        FROM registered_members
        GROUP BY experiment_id, kind, channel, outcome, starts_on, ends_on, counted_until, member
        """,
    ),
)
"""Steps to one row per experiment and member, people as they were resolved."""

_ENTERED_ON = """CASE experiment_members.outcome
            WHEN 'lead' THEN journey.lead_on
            WHEN 'mql' THEN journey.mql_on
            WHEN 'sql' THEN journey.sql_on
            WHEN 'opportunity' THEN journey.opportunity_on
            ELSE journey.won_on END"""

MEMBER_OUTCOMES = (
    *MEMBERS,
    Step(
        "member_journeys",
        f"""
        SELECT experiment_members.experiment_id, experiment_members.member, journey.account_id,
            journey.is_primary, journey.opportunity_id, journey.won_amount,
            {_ENTERED_ON} BETWEEN experiment_members.starts_on
                AND experiment_members.counted_until AS counts
        FROM experiment_members
        JOIN journey ON journey.person_id = experiment_members.member
            AND experiment_members.kind = 'persons'
        """,
    ),
    Step(
        "came_of_members",
        """
        SELECT experiment_id, member, max(account_id) AS account_id,
            max(CASE WHEN counts THEN 1 ELSE 0 END) AS came,
            sum(CASE WHEN counts AND is_primary THEN won_amount END) AS amount,
            CAST(sum(CASE WHEN counts AND is_primary AND opportunity_id IS NOT NULL
                AND won_amount IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS unpriced
        FROM member_journeys
        GROUP BY experiment_id, member
        """,
    ),
    Step(
        "reached_members",
        """
        SELECT DISTINCT experiment_members.experiment_id, experiment_members.member
        FROM experiment_members
        JOIN touch ON touch.person_id = experiment_members.member
            AND touch.channel = experiment_members.channel
            AND touch.occurred_on BETWEEN experiment_members.starts_on
                AND experiment_members.ends_on
        WHERE experiment_members.kind = 'persons'
        """,
    ),
    Step(
        "member_outcomes",
        """
        SELECT experiment_members.experiment_id, experiment_members.outcome,
            experiment_members.member, experiment_members.role,
            coalesce(came_of_members.account_id, 'alone ' || experiment_members.member) AS account,
            coalesce(came_of_members.came, 0) AS came,
            coalesce(came_of_members.amount, 0) AS amount,
            coalesce(came_of_members.unpriced, 0) AS unpriced,
            CASE WHEN reached_members.member IS NULL THEN 0 ELSE 1 END AS was_reached
        FROM experiment_members
        LEFT JOIN came_of_members
            ON came_of_members.experiment_id = experiment_members.experiment_id
            AND came_of_members.member = experiment_members.member
        LEFT JOIN reached_members
            ON reached_members.experiment_id = experiment_members.experiment_id
            AND reached_members.member = experiment_members.member
        """,
    ),
)
"""Steps to what came of each member: whether it did, what it was worth, and the account.

Those without a lead are of no known account, each by itself.
"""

_OF_ACCOUNTS = Step(
    "of_accounts",
    """
    SELECT experiment_id, outcome, role, account, count(*) AS reached,
        CAST(sum(came) AS BIGINT) AS came, sum(amount) AS amount,
        CAST(sum(unpriced) AS BIGINT) AS unpriced, CAST(sum(was_reached) AS BIGINT) AS was_reached
    FROM member_outcomes
    GROUP BY experiment_id, outcome, role, account
    """,
)

ARM_SUMS = (
    _OF_ACCOUNTS,
    Step(
        "arm_sums",
        """
        SELECT experiment_id, role, count(*) AS accounts, CAST(sum(reached) AS BIGINT) AS members,
            CAST(sum(came) AS BIGINT) AS came, CAST(sum(unpriced) AS BIGINT) AS unpriced,
            CAST(sum(was_reached) AS BIGINT) AS was_reached,
            CAST(sum(reached * reached) AS DOUBLE) AS reached_squared,
            CAST(sum(came * came) AS DOUBLE) AS came_squared,
            CAST(sum(came * reached) AS DOUBLE) AS came_by_reached
        FROM of_accounts
        GROUP BY experiment_id, role
        """,
    ),
)
"""Steps from `MEMBER_OUTCOMES` to the sums of each arm over its accounts; `both` is an arm, too."""

ARM_AMOUNTS = (
    _OF_ACCOUNTS,
    Step(
        "arm_amounts",
        """
        SELECT experiment_id, role, CAST(amount AS DOUBLE) AS amount
        FROM of_accounts
        WHERE outcome = 'revenue' AND amount > 0
        """,
    ),
)
"""Steps from `MEMBER_OUTCOMES` to what each account brought, where revenue is counted."""

SHARED_MEMBERS = (
    Step(
        "shared_members",
        """
        SELECT DISTINCT one.experiment_id AS one_id, other.experiment_id AS other_id
        FROM member_outcomes AS one
        JOIN member_outcomes AS other ON other.member = one.member
            AND other.experiment_id > one.experiment_id
        """,
    ),
)
"""A step from `MEMBER_OUTCOMES` to the pairs of experiments that have members in common."""

REGION_ENTRIES = (
    *MEMBERS,
    Step(
        "region_journeys",
        f"""
        SELECT experiment_members.experiment_id, experiment_members.role,
            experiment_members.outcome, journey.won_amount, {_ENTERED_ON} AS entered_on,
            experiment_members.outcome IN ('lead', 'mql', 'sql')
                OR journey.opportunity_id IS NULL OR journey.is_primary AS is_counted
        FROM experiment_members
        JOIN journey ON journey.region = experiment_members.member
            AND experiment_members.kind = 'regions' AND experiment_members.role <> 'both'
        """,
    ),
    Step(
        "region_entries",
        """
        SELECT experiment_id, role, entered_on,
            CAST(sum(CASE WHEN outcome <> 'revenue' THEN 1 ELSE coalesce(won_amount, 0) END)
                AS DOUBLE) AS came,
            CAST(sum(CASE WHEN outcome = 'revenue' AND won_amount IS NULL THEN 1 ELSE 0 END)
                AS BIGINT) AS unpriced
        FROM region_journeys
        WHERE entered_on IS NOT NULL AND is_counted
        GROUP BY experiment_id, role, entered_on
        """,
    ),
)
"""Steps to what came of the regions of each arm, by day: leads, or each deal once."""
