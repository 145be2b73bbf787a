"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

from pages.controls.questions import needing, show_questions
from pages.explore.audience.active import show_lists, show_pool
from pages.explore.audience.asked import Asked
from pages.explore.audience.brought import show_bad_contacts, show_costs, show_utm
from pages.explore.audience.fared import show_mail, show_next, show_times
from pages.explore.audience.made import show_collisions, show_frequency, show_opted_out
from pages.explore.audience.permitted import show_overlap, show_permitted

_REACH, _ACTIVITY = "reach", "activity"

PARTS: dict[str, Callable[[Asked], None]] = {
    "Who may be contacted": needing("contactable", _REACH, show_permitted),
    "Lists": needing("activity_lists", _ACTIVITY, show_lists),
    "Pool": needing("activity_pool", _ACTIVITY, show_pool),
    "Frequency": needing("contact_frequency", _REACH, show_frequency),
    "Collisions": needing("collisions", _REACH, show_collisions),
    "Opted out": needing("suppressed", _REACH, show_opted_out),
    "Next way": needing("next_channel", _REACH, show_next),
    "When": needing("best_times", _REACH, show_times),
    "Mail": needing("mail_funnel", _REACH, show_mail),
    "Overlap": needing("reach_overlap", _REACH, show_overlap),
    "Costs": needing("contact_costs", _REACH, show_costs),
    "Bad contacts": needing("bad_contacts", _REACH, show_bad_contacts),
    "UTM": needing("utm_coverage", _REACH, show_utm),
}


def show_parts(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    show_questions(PARTS, asked, key="reach_part")
