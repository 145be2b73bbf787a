"""SQL steps that build `lead_quality`: how good each lead is, and what was known of it."""

from __future__ import annotations

from data.definitions import Definitions
from data.derive.quality.entered import entered_steps, fake_by
from data.derive.quality.rules import (
    base_points,
    graded_by_rule,
    level_by_points,
    level_of_tier,
    points,
    related_word,
    with_word,
)
from data.schema.canonical_people import IS_PURCHASE
from data.schema.contract import UNASSIGNED, columns
from data.schema.derived import Segmented
from data.schema.derived_quality import BANT_C
from data.spelling import Spelt
from data.sql import Step, reporting_day

_STAGES = ("lead", "mql", "sql", "opportunity", "won")

_LEFT = "CASE WHEN episode = episodes AND exit_stage IN ('disqualified', 'lost') THEN"


def lead_quality_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps of `lead_quality`, after `settings` and those of references; they read journey, touch.

    What a lead's company had bought, and what its person had done, counts up to the moment at which
    the lead came in and no further.
    """
    return (
        *_journeys(),
        *_bought(),
        *_engagement(definitions),
        *entered_steps(definitions),
        _known(definitions),
        _scored(definitions),
        *_placed(definitions),
    )


def _journeys() -> tuple[Step, ...]:
    """Step `lead_journeys`: one row per lead with its earliest days and its last exit."""
    segments = ", ".join(f"journey.{name}" for name in columns(Segmented))
    days = ", ".join(f"min({stage}_on) AS {stage}_on" for stage in _STAGES)
    return (
        Step(
            "lead_days",
            f"""
            SELECT lead_id, min(lead_at) AS lead_at, {days},
                max(undated_stage) AS undated_stage, max(known_on) AS known_on,
                max({_LEFT} exit_on END) AS exit_on,
                max({_LEFT} exit_reason END) AS exit_reason,
                CAST(sum(won_amount) AS DECIMAL(18, 2)) AS won_amount,
                max(CASE WHEN is_primary THEN 1 ELSE 0 END) AS primary_rows
            FROM journey
            GROUP BY lead_id
            """,
        ),
        Step(
            "lead_journeys",
            f"""
            SELECT {segments}, journey.person_id, journey.account_id, lead_days.*
            FROM lead_days
            JOIN journey ON journey.lead_id = lead_days.lead_id AND journey.episode = 1
            """,
        ),
    )


def _bought() -> tuple[Step, ...]:
    """Steps to `first_bought`: the day of an account's first purchase, and of each product."""
    product = Spelt("product", "purchases.product")
    return (
        Step(
            "purchases",
            f"""
            SELECT coalesce(companies.account_id, account_order.account_id) AS account_id,
                account_order.product, account_order.ordered_on AS bought_on
            FROM account_order
            LEFT JOIN companies ON companies.reference = account_order.account_id
            WHERE {IS_PURCHASE}
            UNION ALL
            SELECT coalesce(companies.account_id, opportunity.account_id), opportunity.product,
                {reporting_day("opportunity.closed_at")}
            FROM opportunity
            CROSS JOIN settings
            LEFT JOIN companies ON companies.reference = opportunity.account_id
            WHERE opportunity.outcome = 'won'
            """,
        ),
        Step(
            "first_bought",
            """
            SELECT account_id, min(bought_on) AS bought_on
            FROM purchases
            WHERE account_id IS NOT NULL AND bought_on IS NOT NULL
            GROUP BY account_id
            """,
        ),
        Step(
            "products_bought",
            f"""
            SELECT account_id, {product.shown} AS product, min(bought_on) AS bought_on
            FROM purchases
            {product.join}
            WHERE account_id IS NOT NULL AND product IS NOT NULL AND bought_on IS NOT NULL
            GROUP BY account_id, {product.shown}
            """,
        ),
    )


def _engagement(definitions: Definitions) -> tuple[Step, ...]:
    """Step `touches_of_leads`: touches of the person before the lead came in, within the days."""
    days = int(definitions.quality.engagement_days)
    return (
        Step(
            "touches_of_leads",
            f"""
            SELECT lead_journeys.lead_id, count(*) AS touches_before,
                count(CASE WHEN touch.value_tier = 'high' THEN 1 END) AS high_touches_before
            FROM lead_journeys
            JOIN touch ON touch.person_id = lead_journeys.person_id
                AND touch.occurred_at < lead_journeys.lead_at
                AND date_diff('day', touch.occurred_on, lead_journeys.lead_on) <= {days}
            GROUP BY lead_journeys.lead_id
            """,
        ),
    )


def _known(definitions: Definitions) -> Step:
    """Step `known_leads`: what each lead's file says, and what was known when it came in."""
    terms = definitions.quality
    filled = ",\n".join(
        f"CASE WHEN trim(coalesce(lead.{name}, '')) = '' THEN 0 ELSE 1 END AS has_{name}"
        for name in BANT_C
    )
    return Step(
        "known_leads",
        f"""
        SELECT lead_journeys.*, {filled},
            nullif(trim(lead.tier), '') AS tier_word,
            nullif(trim(lead.need), '') AS need_word,
            {level_of_tier(terms.level, "lead.tier")} AS level_of_tier,
            {with_word([(each.name, each.words) for each in terms.need_layer], "lead.need")}
                AS need_layer,
            coalesce(lead.grade, {graded_by_rule(terms.grade)}) AS graded,
            CASE
                WHEN products_bought.bought_on < lead_journeys.lead_on THEN 'Customer'
                WHEN any_product.bought_on < lead_journeys.lead_on
                    AND lead_journeys.product <> '{UNASSIGNED}' THEN 'Other product'
                WHEN first_bought.bought_on < lead_journeys.lead_on THEN 'Customer'
                ELSE {related_word(terms.relationship)}
            END AS related_as,
            lead.score AS file_score,
            coalesce(touches_of_leads.touches_before, 0) AS touches_before,
            coalesce(touches_of_leads.high_touches_before, 0) AS high_touches_before,
            {fake_by(definitions)} AS fake_by,
            first_files.file_name AS entered_file
        FROM lead_journeys
        JOIN lead ON lead.lead_id = lead_journeys.lead_id
        LEFT JOIN touches_of_leads ON touches_of_leads.lead_id = lead_journeys.lead_id
        LEFT JOIN first_files ON first_files.lead_id = lead_journeys.lead_id
        LEFT JOIN fake_people ON fake_people.person_id = lead_journeys.person_id
        LEFT JOIN first_bought ON first_bought.account_id = lead_journeys.account_id
        LEFT JOIN products_bought ON products_bought.account_id = lead_journeys.account_id
            AND products_bought.product = lead_journeys.product
        LEFT JOIN (
            SELECT account_id, min(bought_on) AS bought_on FROM products_bought GROUP BY account_id
        ) AS any_product ON any_product.account_id = lead_journeys.account_id
        """,
    )


def _scored(definitions: Definitions) -> Step:
    """Step `scored_leads`: the points of the model in force on the day the lead came in."""
    models = definitions.quality.scoring
    return Step(
        "scored_leads",
        f"""
        SELECT known_leads.*,
            {points(models, "fit")} AS fit_points,
            {points(models, "engagement")} AS engagement_points,
            {base_points(models)} AS base_points
        FROM known_leads
        """,
    )


def _placed(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `lead_qualities`: level and score, and the tenth of the score among all."""
    segments = ", ".join(f"leveled.{name}" for name in columns(Segmented))
    kept = ", ".join(
        f"leveled.{name}"
        for name in (
            "lead_id", "person_id", "account_id", *(f"{stage}_on" for stage in _STAGES),
            "undated_stage", "known_on", "exit_on", "exit_reason", "won_amount",
        )
    )  # fmt: skip
    filled = ", ".join(f"leveled.has_{name}" for name in BANT_C)
    together = " + ".join(f"leveled.has_{name}" for name in BANT_C)
    return (
        Step(
            "leveled",
            f"""
            SELECT scored_leads.*,
                CASE WHEN tier_word IS NOT NULL THEN level_of_tier
                    ELSE {level_by_points(definitions.quality.level)} END AS level,
                base_points + fit_points + engagement_points AS model_score
            FROM scored_leads
            """,
        ),
        Step(
            "score_tenths",
            """
            SELECT score, CAST(ceil(10e0 * sum(leads) OVER (ORDER BY score)
                / sum(leads) OVER ()) AS BIGINT) AS score_tenth
            FROM (
                SELECT coalesce(model_score, file_score) AS score, count(*) AS leads
                FROM leveled
                WHERE coalesce(model_score, file_score) IS NOT NULL
                GROUP BY coalesce(model_score, file_score)
            ) AS scores
            """,
        ),
        Step(
            "lead_qualities",
            f"""
            SELECT {segments}, {kept}, leveled.primary_rows = 1 AS is_primary,
                coalesce(leveled.level, '{UNASSIGNED}') AS level,
                CASE WHEN leveled.level IS NULL THEN NULL
                    WHEN leveled.tier_word IS NOT NULL THEN 'tier' ELSE 'points' END AS level_by,
                coalesce(leveled.graded, '{UNASSIGNED}') AS graded,
                coalesce(leveled.need_layer, '{UNASSIGNED}') AS need_layer,
                leveled.need_word,
                coalesce(leveled.related_as, '{UNASSIGNED}') AS related_as,
                coalesce(leveled.model_score, leveled.file_score) AS score,
                CASE WHEN leveled.model_score IS NOT NULL THEN 'model'
                    WHEN leveled.file_score IS NOT NULL THEN 'file' END AS score_by,
                score_tenths.score_tenth,
                {filled}, {together} AS filled_fields,
                leveled.touches_before, leveled.high_touches_before, leveled.fake_by,
                coalesce(leveled.entered_file, '{UNASSIGNED}') AS entered_file
            FROM leveled
            LEFT JOIN score_tenths
                ON score_tenths.score = coalesce(leveled.model_score, leveled.file_score)
            ORDER BY leveled.lead_on, leveled.lead_id
            """,
        ),
    )
