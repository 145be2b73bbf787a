"""SQL steps of a timeline: what happened to leads, people and deals, from every table."""

from __future__ import annotations

from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step
from metrics.journeys.happening import Happening, happening, within
from metrics.journeys.happenings_of_records import OF_DEALS, past_steps
from metrics.journeys.subject import SubjectKind
from metrics.scope import Scope


def happening_steps(scope: Scope, kind: SubjectKind) -> tuple[Step, ...]:
    """Steps to `happenings`, after those of `subject_steps`: one row per thing that happened.

    Within the bounds; merges have no moment and are always there. A deal's happenings are
    its own and not repeated for each of its leads.
    """
    people = "person_happenings", "other_happenings"
    sources = [*people, "lead_happenings", "given_happenings", "deal_happenings", "person_merges"]
    sources += ["taken_back_happenings", "gone_happenings"]
    merged: tuple[Step, ...] = (_PERSON_MERGES,)
    if kind is SubjectKind.ACCOUNT:
        sources.append("account_merges")
        merged = (_PERSON_MERGES, _ACCOUNT_MERGES)
    every = "\nUNION ALL\n".join(f"SELECT * FROM {each}" for each in sources)
    return (
        *_OF_PEOPLE,
        *_OF_LEADS,
        *OF_DEALS,
        *merged,
        *past_steps(scope, kind),
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


_CHANNEL, _CAMPAIGN, _CONTENT = (
    Spelt(name, f"coalesce({text}, '{UNASSIGNED}')")
    for name, text in (
        ("channel", "their_interactions.channel, campaign.channel"),
        ("campaign", "campaign.name, their_interactions.campaign_id"),
        ("content", "content.title, their_interactions.content_id"),
    )
)

_SELLER = Spelt("owner", "assignment.owner")

_OF_PEOPLE = (
    Step(
        "person_happenings",
        happening(
            f"'{Happening.TOUCH}'",
            "'interaction ' || touch.interaction_id",
            f"""
            FROM touch
            JOIN their_people ON their_people.person_id = touch.person_id
            CROSS JOIN bounds
            WHERE {within("touch.occurred_at")}
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
        SELECT person_id, min(person_id) FROM their_people GROUP BY person_id
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
        WHERE {within("interaction.occurred_at")}
        """,
    ),
    Step(
        "other_happenings",
        happening(
            f"""CASE WHEN touch_left_out.interaction_id IS NULL THEN '{Happening.OTHER}'
                ELSE '{Happening.LEFT_OUT}' END""",
            "'interaction ' || their_interactions.interaction_id",
            f"""
            FROM their_interactions
            LEFT JOIN person_happenings ON person_happenings.event_id
                = 'interaction ' || their_interactions.interaction_id
            LEFT JOIN touch_left_out
                ON touch_left_out.interaction_id = their_interactions.interaction_id
            LEFT JOIN campaign ON campaign.campaign_id = their_interactions.campaign_id
            LEFT JOIN content ON content.content_id = their_interactions.content_id
            {_CHANNEL.join}
            {_CAMPAIGN.join}
            {_CONTENT.join}
            WHERE person_happenings.event_id IS NULL
            """,
            occurred_at="their_interactions.occurred_at",
            person_id="their_interactions.person_id",
            channel=_CHANNEL.shown,
            campaign=_CAMPAIGN.shown,
            content=_CONTENT.shown,
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
        happening(
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
            happening(
                f"'{kind}'",
                f"'{kind} ' || {_ASSIGNMENT}",
                f"""
                FROM assignment
                JOIN their_leads ON their_leads.lead_id = assignment.lead_id
                {_SELLER.join}
                WHERE assignment.{kind}_at IS NOT NULL
                """,
                occurred_at=f"assignment.{kind}_at",
                person_id="their_leads.person_id",
                lead_id="assignment.lead_id",
                name="assignment.route",
                reason="assignment.reason" if kind is Happening.REJECTED else "NULL",
                actor=_SELLER.shown,
            )
            for kind in (Happening.ASSIGNED, Happening.ACCEPTED, Happening.REJECTED)
        ),
    ),
)

_PERSON_MERGES = Step(
    "person_merges",
    happening(
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
    happening(
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
