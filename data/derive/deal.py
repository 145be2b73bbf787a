"""SQL steps that build `deal`: each opportunity with its leads and its first marketing touch."""

from __future__ import annotations

from data.definitions import Definitions
from data.derive.rules import JOINED_TAGS, first_fitting, tagged_by_rule
from data.derive.segments import COMPANY_SEGMENTS, RECORDED, SPELT
from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step, reporting_day

OWN_SEGMENTS = ("owner", "product")
"""Those that a deal's own record fills."""


def deal_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps of `deal`, after those of `segments` and the step `settings`.

    Reads the tables touch and journey.

    A deal's first marketing touch is the earliest of its account's touches and of its primary
    lead's person's: the person may have come to know us before anybody knew the company.
    """
    texts = {
        name: f"coalesce(segments.{name}, {own}'{UNASSIGNED}')"
        for name in RECORDED
        for own in [
            f"opportunity.{name}, "
            if name in OWN_SEGMENTS
            else f"company_facts.{name}, "
            if name in COMPANY_SEGMENTS
            else ""
        ]
    }
    spelt = {
        name: Spelt(name, texts[name])
        for name in SPELT
        if name in (*OWN_SEGMENTS, *COMPANY_SEGMENTS)
    }
    segments = ",\n".join(
        f"{spelt[name].shown if name in spelt else text} AS {name}" for name, text in texts.items()
    )
    joins = "\n".join(each.join for each in spelt.values())
    return (
        Step(
            "first_leads",
            """
            SELECT account_id, min(lead_on) AS since_on FROM journey
            WHERE account_id IS NOT NULL GROUP BY account_id
            """,
        ),
        Step(
            "account_touches",
            """
            SELECT account_id, min(occurred_at) AS first_touch_at
            FROM touch
            WHERE account_id IS NOT NULL
                AND channel NOT IN (SELECT sales_channel.channel FROM sales_channel)
            GROUP BY account_id
            """,
        ),
        Step(
            "person_touches",
            """
            SELECT person_id, min(occurred_at) AS first_touch_at
            FROM touch
            WHERE person_id IS NOT NULL
                AND channel NOT IN (SELECT sales_channel.channel FROM sales_channel)
            GROUP BY person_id
            """,
        ),
        Step(
            "recorded_deals",
            f"""
            SELECT
                {segments},
                segments.own_segment AS own_segment_of_lead,
                segments.tags AS tags_of_lead,
                opportunity.opportunity_id,
                segments.lead_id,
                deal_lead.linked_by,
                deal_lead.came_late,
                coalesce(companies.account_id, opportunity.account_id, segments.account_id)
                    AS account_id,
                opportunity.created_at AS opened_at,
                {reporting_day("opportunity.created_at")} AS opened_on,
                {reporting_day("opportunity.closed_at")} AS closed_on,
                coalesce(opportunity.outcome, 'open') AS outcome,
                opportunity.amount,
                opportunity.original_amount,
                opportunity.currency,
                first_leads.since_on AS account_since_on,
                least(account_touches.first_touch_at, person_touches.first_touch_at)
                    AS first_touch_at
            FROM opportunity
            CROSS JOIN settings
            LEFT JOIN deal_lead
                ON deal_lead.opportunity_id = opportunity.opportunity_id AND deal_lead.place = 1
            LEFT JOIN segments ON segments.lead_id = deal_lead.lead_id
            LEFT JOIN companies ON companies.reference = opportunity.account_id
            LEFT JOIN company_facts ON company_facts.account_id
                = coalesce(companies.account_id, opportunity.account_id, segments.account_id)
            LEFT JOIN first_leads ON first_leads.account_id
                = coalesce(companies.account_id, opportunity.account_id, segments.account_id)
            LEFT JOIN account_touches ON account_touches.account_id
                = coalesce(companies.account_id, opportunity.account_id, segments.account_id)
            LEFT JOIN person_touches ON person_touches.person_id = segments.person_id
            {joins}
            """,
        ),
        *_by_rule(definitions),
    )


def _by_rule(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `deals`: the own segment and tags are those of the lead, else of the deal itself."""
    own_segment = first_fitting(definitions.segment, "recorded_deals", f"'{UNASSIGNED}'")
    recorded = ", ".join(f"recorded_deals.{name}" for name in RECORDED)
    by_rule = tagged_by_rule(definitions.tag, "recorded_deals", "opportunity_id")
    return (
        Step(
            "tagged_deals",
            f"""
            SELECT recorded_deals.opportunity_id, hand_tags.tag
            FROM recorded_deals
            JOIN hand_tags ON hand_tags.subject_id = recorded_deals.account_id
            WHERE hand_tags.subject_kind = 'account'
            {by_rule}
            """,
        ),
        Step(
            "tags_of_deals",
            f"""
            SELECT opportunity_id, {JOINED_TAGS} AS tags FROM tagged_deals GROUP BY opportunity_id
            """,
        ),
        Step(
            "deals",
            f"""
            SELECT {recorded},
                coalesce(recorded_deals.own_segment_of_lead, {own_segment}) AS own_segment,
                coalesce(recorded_deals.tags_of_lead, tags_of_deals.tags, '{UNASSIGNED}') AS tags,
                recorded_deals.opportunity_id, recorded_deals.lead_id, recorded_deals.linked_by,
                recorded_deals.came_late, recorded_deals.account_id,
                recorded_deals.opened_at, recorded_deals.opened_on, recorded_deals.closed_on,
                recorded_deals.outcome, recorded_deals.amount, recorded_deals.original_amount,
                recorded_deals.currency, recorded_deals.first_touch_at,
                recorded_deals.account_since_on
            FROM recorded_deals
            LEFT JOIN tags_of_deals
                ON tags_of_deals.opportunity_id = recorded_deals.opportunity_id
            ORDER BY recorded_deals.opened_on, recorded_deals.opportunity_id
            """,
        ),
    )
