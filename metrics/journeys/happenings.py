"""SQL steps of a timeline: what happened to leads, people and deals, from every table."""

from __future__ import annotations

from enum import StrEnum

from data.schema.contract import UNASSIGNED
from data.sql import Step
from metrics.journeys.subject import SubjectKind


class Happening(StrEnum):
    """What kind of thing happened, in the order in which those of one moment stand.

    A touch can earn credit, outbound is done to the person, a touch left out is of our own staff or
    a machine, and other is anything else that a person did.
    """

    PERSON_MERGED = "person_merged"
    ACCOUNT_MERGED = "account_merged"
    OUTBOUND = "outbound"
    TOUCH = "touch"
    LEFT_OUT = "left_out"
    OTHER = "other"
    STAGE = "stage"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEAL_OPENED = "deal_opened"
    DEAL_STAGE = "deal_stage"
    DEAL_CHANGED = "deal_changed"
    DEAL_WON = "deal_won"
    DEAL_LOST = "deal_lost"

    @property
    def label(self) -> str:
        """The kind in words.

        >>> Happening.DEAL_OPENED.label
        'deal opened'
        """
        return self.value.replace("_", " ")


_COLUMNS = {
    "occurred_at": "TIMESTAMP",
    "person_id": "VARCHAR",
    "lead_id": "VARCHAR",
    "opportunity_id": "VARCHAR",
    "channel": "VARCHAR",
    "campaign": "VARCHAR",
    "content": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "name": "VARCHAR",
    "old": "VARCHAR",
    "new": "VARCHAR",
    "reason": "VARCHAR",
    "actor": "VARCHAR",
    "confidence": "DOUBLE",
}
"""What is known of a happening, beside its kind and id; each kind has some of it."""


def happening_steps(kind: SubjectKind) -> tuple[Step, ...]:
    """Steps to `happenings`, after those of `subject_steps`: one row per thing that happened.

    Within the bounds; merges have no moment and are always there. A deal's happenings are
    its own and not repeated for each of its leads.
    """
    people = "person_happenings", "other_happenings"
    sources = [*people, "lead_happenings", "given_happenings", "deal_happenings", "person_merges"]
    merged: tuple[Step, ...] = (_PERSON_MERGES,)
    if kind is SubjectKind.ACCOUNT:
        sources.append("account_merges")
        merged = (_PERSON_MERGES, _ACCOUNT_MERGES)
    every = "\nUNION ALL\n".join(f"SELECT * FROM {each}" for each in sources)
    return (
        *_OF_PEOPLE,
        *_OF_LEADS,
        *_OF_DEALS,
        *merged,
        Step(
            "happenings",
            f"""
            SELECT listed.*
            FROM (
            {every}
            ) AS listed
            CROSS JOIN bounds
            WHERE listed.occurred_at IS NULL
                OR (listed.occurred_at >= bounds.start_at AND listed.occurred_at < bounds.end_at)
            """,
        ),
    )


def _select(kind: str, key: str, source: str, **known: str) -> str:
    """A SELECT of all columns of a happening; those that are not known are null."""
    if unknown := set(known) - set(_COLUMNS):
        raise ValueError(f"a happening has no {sorted(unknown)}")
    columns = ", ".join(
        f"CAST({known.get(name, 'NULL')} AS {of_type}) AS {name}"
        for name, of_type in _COLUMNS.items()
    )
    return f"SELECT {key} AS event_id, {kind} AS kind, {columns} {source}"


def _within(moment: str) -> str:
    return f"{moment} >= bounds.start_at AND {moment} < bounds.end_at"


_OF_PEOPLE = (
    Step(
        "person_happenings",
        _select(
            f"'{Happening.TOUCH}'",
            "'interaction ' || touch.interaction_id",
            f"""
            FROM touch
            JOIN their_people ON their_people.person_id = touch.person_id
            CROSS JOIN bounds
            WHERE {_within("touch.occurred_at")}
            """,
            occurred_at="touch.occurred_at",
            person_id="touch.person_id",
            channel="touch.channel",
            campaign="touch.campaign",
            content="touch.content",
            name="touch.action",
        ),
    ),
    Step(
        "their_references",
        """
        SELECT person_identity.reference, person_identity.person_id
        FROM their_people
        JOIN person_identity ON person_identity.person_id = their_people.person_id
        UNION
        SELECT person_id, person_id FROM their_people
        """,
    ),
    Step(
        "their_interactions",
        f"""
        SELECT interaction.interaction_id, their_references.person_id, interaction.occurred_at,
            interaction.action, interaction.channel, interaction.campaign_id,
            interaction.content_id
        FROM interaction
        JOIN their_references ON their_references.reference = interaction.person_id
        CROSS JOIN bounds
        WHERE {_within("interaction.occurred_at")}
        """,
    ),
    Step(
        "other_happenings",
        _select(
            f"""CASE WHEN touch_left_out.interaction_id IS NULL THEN '{Happening.OTHER}'
                ELSE '{Happening.LEFT_OUT}' END""",
            "'interaction ' || their_interactions.interaction_id",
            """
            FROM their_interactions
            LEFT JOIN person_happenings ON person_happenings.event_id
                = 'interaction ' || their_interactions.interaction_id
            LEFT JOIN touch_left_out
                ON touch_left_out.interaction_id = their_interactions.interaction_id
            LEFT JOIN campaign ON campaign.campaign_id = their_interactions.campaign_id
            LEFT JOIN content ON content.content_id = their_interactions.content_id
            WHERE person_happenings.event_id IS NULL
            """,
            occurred_at="their_interactions.occurred_at",
            person_id="their_interactions.person_id",
            channel=f"coalesce(their_interactions.channel, campaign.channel, '{UNASSIGNED}')",
            campaign=f"coalesce(campaign.name, their_interactions.campaign_id, '{UNASSIGNED}')",
            content=f"coalesce(content.title, their_interactions.content_id, '{UNASSIGNED}')",
            name="their_interactions.action",
            reason="touch_left_out.reason",
        ),
    ),
)

_ASSIGNMENT = "their_leads.lead_id || ' ' || CAST(assignment.assigned_at AS VARCHAR)"

_OF_LEADS = (
    Step(
        "their_actors",
        """
        SELECT stage_change.subject_id, stage_change.stage, stage_change.entered_at,
            min(stage_change.actor) AS actor
        FROM stage_change
        JOIN their_leads ON their_leads.lead_id = stage_change.subject_id
        WHERE stage_change.subject_kind = 'lead'
        GROUP BY stage_change.subject_id, stage_change.stage, stage_change.entered_at
        """,
    ),
    Step(
        "lead_happenings",
        _select(
            f"'{Happening.STAGE}'",
            "'entry ' || entry.lead_id || ' ' || CAST(entry.place AS VARCHAR)",
            """
            FROM lead_stage_entry AS entry
            JOIN their_leads ON their_leads.lead_id = entry.lead_id
            LEFT JOIN their_actors ON their_actors.subject_id = entry.lead_id
                AND their_actors.stage = entry.stage
                AND their_actors.entered_at = entry.entered_at
            WHERE entry.opportunity_id IS NULL
            """,
            occurred_at="entry.entered_at",
            person_id="their_leads.person_id",
            lead_id="entry.lead_id",
            name="entry.stage",
            reason="entry.reason",
            actor="their_actors.actor",
        ),
    ),
    Step(
        "given_happenings",
        "\nUNION ALL\n".join(
            _select(
                f"'{kind}'",
                f"'{kind} ' || {_ASSIGNMENT}",
                f"""
                FROM assignment
                JOIN their_leads ON their_leads.lead_id = assignment.lead_id
                WHERE assignment.{kind}_at IS NOT NULL
                """,
                occurred_at=f"assignment.{kind}_at",
                person_id="their_leads.person_id",
                lead_id="assignment.lead_id",
                name="assignment.route",
                reason="assignment.reason" if kind is Happening.REJECTED else "NULL",
                actor="assignment.owner",
            )
            for kind in (Happening.ASSIGNED, Happening.ACCEPTED, Happening.REJECTED)
        ),
    ),
)

_DEAL = "JOIN their_deals ON their_deals.opportunity_id ="
_PRIMARY = "JOIN deal ON deal.opportunity_id = their_deals.opportunity_id"


def _changes(table: str) -> str:
    return _select(
        f"'{Happening.DEAL_CHANGED}'",
        f"""'{table} ' || deal.opportunity_id || ' ' || changed.field || ' '
            || CAST(changed.changed_at AS VARCHAR)""",
        f"FROM {table} AS changed {_DEAL} changed.opportunity_id {_PRIMARY}",
        occurred_at="changed.changed_at",
        lead_id="deal.lead_id",
        opportunity_id="deal.opportunity_id",
        name="changed.field",
        old="changed.old",
        new="changed.new",
    )


_OF_DEALS = (
    Step(
        "deal_entries",
        f"""
        SELECT subject_id AS opportunity_id, stage, entered_at, min(reason) AS reason,
            min(actor) AS actor
        FROM (
            SELECT stage_change.subject_id, stage_change.stage, stage_change.entered_at,
                stage_change.reason, stage_change.actor,
                CASE WHEN stage_change.inferred_from = 'date_column' THEN dense_rank() OVER (
                    PARTITION BY stage_change.subject_id, stage_change.stage,
                        stage_change.inferred_from
                    ORDER BY load.as_of DESC NULLS LAST, load.sha256 DESC, load.load_id DESC
                ) ELSE 1 END AS recency
            FROM stage_change
            {_DEAL} stage_change.subject_id
            LEFT JOIN load ON load.load_id = stage_change.load_id
            WHERE stage_change.subject_kind = 'opportunity'
            UNION ALL
            SELECT stage_difference.subject_id, stage_difference.stage,
                stage_difference.entered_at, stage_difference.reason, CAST(NULL AS VARCHAR), 1
            FROM stage_difference
            {_DEAL} stage_difference.subject_id
            WHERE stage_difference.subject_kind = 'opportunity'
        ) AS entries
        WHERE recency = 1
        GROUP BY subject_id, stage, entered_at
        """,
    ),
    Step(
        "deal_happenings",
        "\nUNION ALL\n".join(
            (
                _select(
                    f"'{Happening.DEAL_OPENED}'",
                    "'opened ' || deal.opportunity_id",
                    f"FROM their_deals {_PRIMARY} WHERE deal.opened_at IS NOT NULL",
                    occurred_at="deal.opened_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    amount="deal.amount",
                ),
                _select(
                    f"""CASE opportunity.outcome WHEN 'won' THEN '{Happening.DEAL_WON}'
                        ELSE '{Happening.DEAL_LOST}' END""",
                    "'closed ' || deal.opportunity_id",
                    f"""
                    FROM opportunity {_DEAL} opportunity.opportunity_id {_PRIMARY}
                    WHERE opportunity.closed_at IS NOT NULL
                        AND opportunity.outcome IN ('won', 'lost')
                    """,
                    occurred_at="opportunity.closed_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    amount="deal.amount",
                    reason="opportunity.lost_reason",
                ),
                _select(
                    f"'{Happening.DEAL_STAGE}'",
                    """'deal entry ' || deal.opportunity_id || ' ' || entries.stage || ' '
                        || CAST(entries.entered_at AS VARCHAR)""",
                    f"""
                    FROM deal_entries AS entries {_DEAL} entries.opportunity_id {_PRIMARY}
                    JOIN opportunity ON opportunity.opportunity_id = deal.opportunity_id
                    WHERE NOT (entries.stage = 'opportunity'
                            AND entries.entered_at IS NOT DISTINCT FROM deal.opened_at)
                        AND NOT (entries.stage IS NOT DISTINCT FROM opportunity.outcome
                            AND entries.entered_at IS NOT DISTINCT FROM opportunity.closed_at)
                    """,
                    occurred_at="entries.entered_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    name="entries.stage",
                    reason="entries.reason",
                    actor="entries.actor",
                ),
                _changes("opportunity_change"),
                _changes("opportunity_difference"),
            )
        ),
    ),
)

_PERSON_MERGES = Step(
    "person_merges",
    _select(
        f"'{Happening.PERSON_MERGED}'",
        "'person ' || identity.reference",
        """
        FROM person_identity AS identity
        JOIN their_people ON their_people.person_id = identity.person_id
        WHERE identity.reference <> identity.person_id
        """,
        person_id="identity.person_id",
        name="identity.reference",
        reason="identity.matched_by",
        confidence="identity.confidence",
    ),
)

_ACCOUNT_MERGES = Step(
    "account_merges",
    _select(
        f"'{Happening.ACCOUNT_MERGED}'",
        "'account ' || identity.reference",
        """
        FROM account_identity AS identity
        JOIN bounds ON bounds.wanted = identity.account_id
        JOIN account ON account.account_id = identity.reference
        WHERE identity.applied AND identity.reference <> identity.account_id
        """,
        name="coalesce(account.name || ' (' || identity.reference || ')', identity.reference)",
        reason="identity.matched_by",
        confidence="identity.confidence",
    ),
)
