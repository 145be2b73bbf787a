"""SQL steps that build `lead_notice`: leads from companies somebody already deals with."""

from __future__ import annotations

from data.spelling import Spelt
from data.sql import Step


def notice_steps() -> tuple[Step, ...]:
    """Steps of `lead_notice`, after the step `settings` and those of `segments`.

    A company was a customer when a deal of it was won before the lead came in, or when it is one
    without any deal on record. An opportunity was open from its creation until it was closed.
    Opportunities that the lead itself takes part in do not count.
    """
    owner = Spelt("owner", "coalesce(deal_owner, account_owner, won_owner)")
    return (
        Step(
            "company_deals",
            """
            SELECT coalesce(account_identity.account_id, opportunity.account_id) AS account_id,
                opportunity.opportunity_id, opportunity.created_at, opportunity.owner,
                opportunity.primary_lead_id, opportunity.outcome,
                CASE WHEN opportunity.outcome IN ('won', 'lost') THEN opportunity.closed_at END
                    AS closed_at
            FROM opportunity
            LEFT JOIN account_identity
                ON account_identity.reference = opportunity.account_id AND account_identity.applied
            WHERE opportunity.account_id IS NOT NULL
            """,
        ),
        Step(
            "companies_known",
            """
            SELECT account_identity.account_id,
                max(CASE WHEN account.relationship IN ('customer', 'other_product_customer')
                    THEN 1 ELSE 0 END) AS is_customer,
                arg_min(account.owner, account.account_id) AS owner
            FROM account
            JOIN account_identity
                ON account_identity.reference = account.account_id AND account_identity.applied
            GROUP BY account_identity.account_id
            """,
        ),
        Step(
            "arrivals",
            """
            SELECT lead.lead_id, lead.created_at AS lead_at, lead_identity.person_id,
                lead_identity.account_id
            FROM lead
            JOIN lead_identity ON lead_identity.lead_id = lead.lead_id
            WHERE lead.created_at IS NOT NULL AND lead_identity.account_id IS NOT NULL
        """,
        ),
        Step(
            "met",
            """
            SELECT arrivals.lead_id,
                max(CASE WHEN deal.outcome = 'won' AND deal.closed_at < arrivals.lead_at
                    THEN 1 ELSE 0 END) AS won_before,
                max(CASE WHEN deal.outcome = 'won' THEN 1 ELSE 0 END) AS won_ever,
                arg_max(
                    CASE WHEN deal.outcome = 'won' AND deal.closed_at < arrivals.lead_at
                        THEN deal.owner END,
                    CASE WHEN deal.outcome = 'won' AND deal.closed_at < arrivals.lead_at
                        THEN deal.closed_at END
                ) AS won_owner,
                max(CASE WHEN own.lead_id IS NULL AND deal.created_at < arrivals.lead_at
                        AND coalesce(deal.closed_at > arrivals.lead_at, deal.outcome IS NULL
                            OR deal.outcome = 'open')
                    THEN CAST(deal.created_at AS VARCHAR) || ' ' || deal.opportunity_id END)
                    AS newest_open
            FROM arrivals
            JOIN company_deals AS deal ON deal.account_id = arrivals.account_id
            LEFT JOIN deal_lead AS own
                ON own.opportunity_id = deal.opportunity_id AND own.lead_id = arrivals.lead_id
            GROUP BY arrivals.lead_id
            """,
        ),
        Step(
            "noticed",
            """
            SELECT arrivals.*, company_deals.opportunity_id, company_deals.owner AS deal_owner,
                companies_known.owner AS account_owner, met.won_owner,
                coalesce(met.won_before = 1
                    OR (companies_known.is_customer = 1 AND coalesce(met.won_ever, 0) = 0), false)
                    AS was_customer
            FROM arrivals
            LEFT JOIN met ON met.lead_id = arrivals.lead_id
            LEFT JOIN companies_known ON companies_known.account_id = arrivals.account_id
            LEFT JOIN company_deals
                ON company_deals.account_id = arrivals.account_id
                AND CAST(company_deals.created_at AS VARCHAR) || ' '
                    || company_deals.opportunity_id = met.newest_open
            """,
        ),
        Step(
            "notices",
            f"""
            SELECT lead_id, lead_at,
                CAST(timezone(settings.time_zone, timezone('UTC', lead_at)) AS DATE) AS lead_on,
                person_id, account_id,
                CASE
                    WHEN was_customer AND opportunity_id IS NOT NULL
                        THEN 'customer_with_open_opportunity'
                    WHEN was_customer THEN 'customer'
                    ELSE 'open_opportunity'
                END AS existing_relationship,
                opportunity_id,
                {owner.shown} AS notify_owner
            FROM noticed
            CROSS JOIN settings
            {owner.join}
            WHERE was_customer OR opportunity_id IS NOT NULL
            ORDER BY lead_on, lead_id
            """,
        ),
    )
