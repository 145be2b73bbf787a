"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

from metrics.scope import Scope
from pages.controls.questions import show_questions
from pages.explore.answering.accepted import show_answers
from pages.explore.answering.actions import show_next_actions, show_recycles
from pages.explore.answering.conversion import show_conversion
from pages.explore.answering.feedback import show_feedback
from pages.explore.answering.responses import show_response_times, show_states
from pages.explore.answering.work import show_work_list
from pages.explore.dispatching.given import show_routes, show_sellers, show_unrouted
from pages.explore.dispatching.moved import show_rerouting
from pages.explore.velocity.tabs import show_how_long, show_open_ages, show_stuck, show_velocity

PARTS: dict[str, Callable[[Scope], None]] = {
    "Work list": show_work_list,
    "Next actions": show_next_actions,
    "Coming back": show_recycles,
    "In time": show_states,
    "Response times": show_response_times,
    "Conversion": show_conversion,
    "Accepted or rejected": show_answers,
    "Reasons": show_feedback,
    "How long": show_how_long,
    "Age of what is open": show_open_ages,
    "Velocity": show_velocity,
    "Stuck": show_stuck,
    "Routes": show_routes,
    "Unrouted": show_unrouted,
    "Sellers": show_sellers,
    "Re-routing": show_rerouting,
}
"""A tab's title, and what draws it for a scope."""


def show_parts(scope: Scope) -> None:
    """A tab per question; only the open one is asked."""
    show_questions(PARTS, scope, key="follow_up_part")
