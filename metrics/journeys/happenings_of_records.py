"""SQL steps of a timeline: what happened to deals, what was taken back, and what is gone."""

from __future__ import annotations

from data.sql import Step
from metrics.journeys.happening import Happening, happening
from metrics.journeys.subject import SubjectKind
from metrics.scope import Scope

_DEAL = "JOIN their_deals ON their_deals.opportunity_id ="
_PRIMARY = "JOIN deal ON deal.opportunity_id = their_deals.opportunity_id"


def _changes(table: str) -> str:
    return happening(
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


OF_DEALS = (
    Step(
        "deal_entries",
        f"""
        SELECT subject_id AS opportunity_id, stage, entered_at, min(reason) AS reason,
            min(actor) AS actor
        FROM (
            SELECT stage_change.subject_id, stage_change.stage, stage_change.entered_at,
                stage_change.reason, stage_change.actor
            FROM stage_change
            {_DEAL} stage_change.subject_id
            WHERE stage_change.subject_kind = 'opportunity'
            UNION ALL
            SELECT stage_difference.subject_id, stage_difference.stage,
                stage_difference.entered_at, stage_difference.reason, CAST(NULL AS VARCHAR)
            FROM stage_difference
            {_DEAL} stage_difference.subject_id
            WHERE stage_difference.subject_kind = 'opportunity'
        ) AS entries
        GROUP BY subject_id, stage, entered_at
        """,
    ),
    Step(
        "deal_happenings",
        "\nUNION ALL\n".join(
            (
                happening(
                    f"'{Happening.DEAL_OPENED}'",
                    "'opened ' || deal.opportunity_id",
                    f"FROM their_deals {_PRIMARY} WHERE deal.opened_at IS NOT NULL",
                    occurred_at="deal.opened_at",
                    lead_id="deal.lead_id",
                    opportunity_id="deal.opportunity_id",
                    amount="deal.amount",
                ),
                happening(
                    f"'{Happening.DEAL_JOINED}'",
                    "'joined ' || link.opportunity_id || ' ' || link.lead_id",
                    f"""
                    FROM deal_lead AS link {_DEAL} link.opportunity_id
                    JOIN their_leads ON their_leads.lead_id = link.lead_id
                    JOIN lead ON lead.lead_id = link.lead_id
                    WHERE link.came_late
                    """,
                    occurred_at="lead.created_at",
                    person_id="their_leads.person_id",
                    lead_id="link.lead_id",
                    opportunity_id="link.opportunity_id",
                ),
                happening(
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
                happening(
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
"""Steps to `deal_happenings`, after `their_deals`.

The entry that says again that a deal was opened or closed is not there.
"""


_CALLED = "CASE retired.subject_kind WHEN 'opportunity' THEN 'deal' ELSE retired.subject_kind END"

ENDED = {
    "name": f"{_CALLED} || ' ' || retired.subject_id",
    "old": "retired.how",
    "new": f"{_CALLED} || ' ' || coalesce(retired.survivor_id, retired.into_id)",
    "reason": """CASE WHEN retired.into_id IS NOT NULL AND retired.survivor_id IS NULL
        THEN 'gone' END""",
    "until_at": "coalesce(retired.ended_at, retired.was_at)",
}
"""SQL of what `ended_in_words` reads of a row of `retired_record`, called `retired`."""


def past_steps(scope: Scope, kind: SubjectKind) -> tuple[Step, ...]:
    """Steps to `taken_back_happenings` and `gone_happenings`, after `their_references`.

    A merged record is part of the history of the one that was kept. One that was deleted is part
    of its person's and company's, a deal also of its lead's; not for a viewer of some rows only, as
    no row says any more of which segment it was.
    """
    of_company = kind is SubjectKind.ACCOUNT
    theirs = [
        _gone("lead", "their_leads", "theirs.lead_id = retired.survivor_id"),
        _gone("opportunity", "their_deals", "theirs.opportunity_id = retired.survivor_id"),
        _gone("person", "their_references", "theirs.reference = retired.survivor_id"),
    ]
    if of_company:
        theirs.append(_gone("account", "their_companies", "theirs.reference = retired.survivor_id"))
    if not scope.viewer.restrictions:
        alone = "retired.survivor_id IS NULL AND"
        of_person = f"{alone} theirs.reference = retired.of_person_id"
        theirs += [
            _gone("lead", "their_references", of_person),
            _gone("person", "their_references", of_person),
            _gone("opportunity", "their_leads", f"{alone} theirs.lead_id = retired.of_lead_id"),
        ]
        if of_company:
            theirs += [
                _gone(each, "their_companies", f"{alone} theirs.reference = retired.of_account_id")
                for each in ("lead", "opportunity", "person", "account")
            ]
    companies = Step(
        "their_companies",
        """
        SELECT identity.reference
        FROM account_identity AS identity
        JOIN bounds ON bounds.wanted = identity.account_id
        WHERE identity.applied
        UNION
        SELECT wanted FROM bounds
        """,
    )
    return (
        Step(
            "taken_back_happenings",
            "\nUNION ALL\n".join(
                happening(
                    f"'{Happening.TAKEN_BACK}'",
                    f"""'taken back {kind} ' || past.subject_id || ' ' || past.stage || ' '
                        || CAST(past.entered_at AS VARCHAR)""",
                    f"""
                    FROM taken_back AS past
                    JOIN {members} ON {members}.{column} = past.subject_id
                    WHERE past.subject_kind = '{kind}'
                    """,
                    occurred_at="past.entered_at",
                    name="past.stage",
                    old="past.because",
                    reason="past.reason",
                    actor="past.actor",
                    until_at="past.until_at",
                    **{column: "past.subject_id"},
                )
                for kind, members, column in (
                    ("lead", "their_leads", "lead_id"),
                    ("opportunity", "their_deals", "opportunity_id"),
                )
            ),
        ),
        *((companies,) if of_company else ()),
        Step("gone_records", "\nUNION\n".join(theirs)),
        Step(
            "gone_happenings",
            happening(
                f"'{Happening.RECORD_GONE}'",
                "'gone ' || retired.subject_kind || ' ' || retired.subject_id",
                """
                FROM retired_record AS retired
                JOIN gone_records ON gone_records.subject_kind = retired.subject_kind
                    AND gone_records.subject_id = retired.subject_id
                """,
                occurred_at="coalesce(retired.ended_at, retired.told_at)",
                lead_id="CASE retired.subject_kind WHEN 'lead' THEN retired.survivor_id END",
                opportunity_id="""CASE retired.subject_kind WHEN 'opportunity'
                    THEN retired.survivor_id END""",
                **ENDED,
            ),
        ),
    )


def _gone(kind: str, members: str, condition: str) -> str:
    """A SELECT of ended records of a kind that belong to some of the members."""
    return f"""
        SELECT retired.subject_kind, retired.subject_id
        FROM retired_record AS retired
        JOIN {members} AS theirs ON {condition}
        WHERE retired.subject_kind = '{kind}' AND retired.problem IS NULL
    """
