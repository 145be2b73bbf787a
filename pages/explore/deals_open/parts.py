"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

from pages.controls.questions import show_questions
from pages.explore.deals_open.asked import Asked
from pages.explore.deals_open.ended import show_reasons, show_win_rates
from pages.explore.deals_open.late import show_notices, show_slipping
from pages.explore.deals_open.moved import show_movement
from pages.explore.deals_open.worth import show_worth

PARTS: dict[str, Callable[[Asked], None]] = {
    "Movement": show_movement,
    "Coverage and weighted": show_worth,
    "Win rates": show_win_rates,
    "Reasons": show_reasons,
    "Slipping": show_slipping,
    "Notices": show_notices,
}


def show_parts(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    show_questions(PARTS, asked, key="pipeline_part")
