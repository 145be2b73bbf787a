"""Ways of asking: scopes under the tests' own terms."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

from metrics.period import Period
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Unit
from tests.metrics.facts import TERMS


def asked(period: Period, seen: date, **more: Any) -> Scope:
    """A scope under the tests' own terms."""
    return Scope(period=period, observed_until=seen, windows=TERMS.windows, **more)


NOT_OF_DEALS = {"stage_transitions", "stage_detours"}
"""Metrics that refuse to count deals."""

NEEDS_SPEND = {
    "channel_returns",
    "channel_verdicts",
    "step_costs",
    "monthly_returns",
    "cohort_returns",
    "budget_pace",
    "keyword_returns",
    "route_costs",
    "spend_response",
    "spend_terciles",
    "budget_allocation",
    "budget_outcome",
}
"""Metrics that refuse to answer where no spend, budget, keyword or route is loaded."""


OF_CONTENT = {
    "content_performance",
    "content_personas",
    "content_coverage",
    "content_channels",
    "content_topics",
    "content_effect",
    "content_decay",
    "content_weeks",
    "content_touchpoints",
    "effective_changes",
    "effective_changed_people",
    "promotion_conflicts",
}
"""Metrics that have no row of the twelve leads, who met no content and no campaign's mail."""


OF_FOLLOW_UP = {
    "follow_up_states",
    "response_times",
    "work_list",
    "feedback_reasons",
    "sales_answers",
    "mql_records",
    "response_time_conversion",
    "follow_up_conversion",
    "response_effect",
    "next_actions",
    "next_action_records",
    "recycles",
    "recycle_records",
}
"""Metrics of MQLs as they were handed over, whatever the basis."""


OF_RESPONSES = {"response_time_conversion", "follow_up_conversion", "response_effect"}
"""Metrics of MQLs that had their days to convert, of which none of the twelve leads is one."""


OF_PERIODS = {"spread_spend"}
"""Metrics of spend that is told of whole periods, of which the twelve leads have none."""


OF_RECYCLES = {"recycles", "recycle_records"}
"""Metrics of leads that were to come back, which none of the twelve was."""


OF_EVENTS = {
    "event_funnel",
    "event_losses",
    "event_segments",
    "event_likes",
    "events_compared",
    "event_costs",
    "event_follow_up",
    "registration_curve",
    "registration_outlook",
}
"""Metrics of which few or none have a row of the twelve leads, who came to no event."""
OF_CONTACTS = {
    "contactable",
    "suppressed",
    "opt_out_breaches",
    "reach_overlap",
    "contact_frequency",
    "nth_contact",
    "collisions",
    "collision_records",
    "contact_costs",
    "next_channel",
    "best_times",
    "bad_contacts",
    "mail_funnel",
    "utm_coverage",
    "activity_pool",
    "activity_lists",
}
"""Metrics of reach and activity, of which the twelve leads have hardly any row."""


OF_DISPATCH = {"seller_segments", "dispatch_proposals"}
"""Metrics that have no row of the twelve leads, none of whom had its days after it was given."""

LISTS_OF_SALES = {"work_list", "slipping_deals", "stuck_records"}
"""Lists in which none of the twelve leads stands: nobody waits, slips or is stuck."""

OF_QUALITY = {
    "unknown_quality_words",
    "level_moves",
    "score_calibration",
    "score_weights",
}
"""Metrics of lead quality that have no row of the twelve leads, which have no tier and no score."""


ASKED_ONCE = {
    *OF_DISPATCH,
    "dispatch_routes",
    "unrouted",
    "unrouted_leads",
    "seller_load",
    "rerouting",
    "forecast",
    "channel_credit",
    "chain_memory",
    "self_reported",
    "past_pipeline",
    "disagreement",
    "deal_differences",
    "model_comparison",
    "conversion_paths",
    "path_lengths",
    "path_summary",
    "first_touches",
    "channel_overlap",
    "assisted_conversions",
    "channel_stages",
    "marketing_sourced",
    "sourced_against_rest",
    "content_performance",
    "content_personas",
    "content_coverage",
    "content_channels",
    "content_topics",
    "content_outcome",
    "content_effect",
    "content_decay",
    "content_weeks",
    "content_touchpoints",
    "effective_changes",
    "effective_changed_people",
    "journey_variants",
    "journey_flows",
    "times_between",
    *OF_EVENTS,
    *OF_CONTACTS,
    *OF_QUALITY,
    "lead_levels",
    "grades",
    "need_layers",
    "relationships",
    "qualification_completeness",
    "completeness_outcome",
    "fake_leads",
    "lead_value",
    "score_refit",
    *OF_FOLLOW_UP,
    "main_flows",
    "target_accounts",
    "target_account_list",
    "buying_roles",
    "account_roles",
    "installed_base",
    "promotion_conflicts",
    "account_roll_up",
    "account_group_members",
    "half_year_potential",
    "pipeline_movement",
    "weighted_pipeline",
    "win_rates",
    "win_loss_reasons",
    "slipping_deals",
    "owner_notices",
    *NEEDS_SPEND,
}
"""Metrics to which basis, unit and counting of a scope make no difference."""

ASKS_NOTHING_NEW = {
    "back_test",  # a forecast's queries of earlier days
    "model_comparison",  # as channel_credit
    "chain_memory",
    "disagreement",  # channel_credit's credits, added up
    "deal_differences",
    "path_lengths",  # as conversion_paths, like those that follow
    "path_summary",
    "first_touches",
    "channel_overlap",
    "assisted_conversions",
    "sourced_against_rest",  # as marketing_sourced
    "content_outcome",  # as channel_returns, of content
    "content_weeks",  # as content_decay
    "monthly_returns",  # as channel_returns
    "channel_verdicts",
    "step_costs",
    "budget_allocation",  # spend_response's weeks, channel_returns' spend, and the experiments
    "budget_outcome",
    "event_losses",  # as event_funnel, like those that follow
    "event_likes",
    "events_compared",
    "event_costs",
    "registration_outlook",  # as registration_curve
    "journey_flows",  # as journey_variants
    "times_between",
    "main_flows",
    "target_account_list",  # as target_accounts
    "account_roles",  # as buying_roles
    "account_group_members",  # as account_roll_up
    "time_to_convert",  # as step_incidence
    "score_weights",  # as score_refit
}
"""Metrics whose every query another one asks as well."""


PERIODS = (
    (Period(date(2024, 2, 1), date(2024, 2, 29)), date(2024, 6, 30)),
    (Period(date(2024, 1, 1), date(2025, 12, 31)), date(2026, 2, 28)),
    (Period(date(2025, 3, 15), date(2025, 6, 14)), date(2025, 5, 20)),
)

FILTERS: tuple[tuple[Filter, ...], ...] = (
    (),
    (Filter(Dimension.CHANNEL, ("Webinar", "展会")),),
    (
        Filter(Dimension.REGION, ("Unassigned",)),
        Filter(Dimension.OWNER, ("李雷", "Ana")),
        Filter(Dimension.TAGS, ("VIP", "Unassigned")),
    ),
)


def every_scope() -> list[Scope]:
    """All ways of asking: basis, unit, counting, window, period, filters."""
    return [
        asked(
            period,
            seen,
            basis=basis,
            unit=unit,
            counting=counting,
            window_days=window,
            filters=filters,
        )
        for basis, unit, counting, window, (period, seen), filters in product(
            Basis, Unit, Counting, (None, 30), PERIODS, FILTERS
        )
    ]
