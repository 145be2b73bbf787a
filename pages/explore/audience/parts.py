"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

from pages.controls.questions import show_questions
from pages.explore.audience.active import show_lists, show_pool
from pages.explore.audience.asked import Asked
from pages.explore.audience.brought import show_bad_contacts, show_costs, show_utm
from pages.explore.audience.fared import show_mail, show_next, show_times
from pages.explore.audience.made import show_collisions, show_frequency, show_opted_out
from pages.explore.audience.permitted import show_overlap, show_permitted

PARTS: dict[str, Callable[[Asked], None]] = {
    "Who may be contacted": show_permitted,
    "Lists": show_lists,
    "Pool": show_pool,
    "Frequency": show_frequency,
    "Collisions": show_collisions,
    "Opted out": show_opted_out,
    "Next way": show_next,
    "When": show_times,
    "Mail": show_mail,
    "Overlap": show_overlap,
    "Costs": show_costs,
    "Bad contacts": show_bad_contacts,
    "UTM": show_utm,
}


def show_parts(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    show_questions(PARTS, asked, key="reach_part")
