"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

from metrics.scope import Scope
from pages.controls.questions import show_questions
from pages.explore.levels.fakes import show_fakes
from pages.explore.levels.groups import show_grades, show_levels, show_moves
from pages.explore.levels.learned import show_completeness
from pages.explore.levels.scored import show_score
from pages.explore.levels.worth import show_value

PARTS: dict[str, Callable[[Scope], None]] = {
    "Levels": show_levels,
    "Movement": show_moves,
    "Grades and needs": show_grades,
    "Completeness": show_completeness,
    "Score": show_score,
    "Value": show_value,
    "Fakes and dead contacts": show_fakes,
}


def show_parts(scope: Scope) -> None:
    """A tab per question; only the open one is asked."""
    show_questions(PARTS, scope, key="quality_part")
