"""All rules, and what each finds now."""

from __future__ import annotations

from collections.abc import Callable

from data.alert_log import AlertState
from data.definitions import in_force
from data.errors import BackcastError, StoreError
from data.terms.alerts import AlertKind, AlertRule
from metrics.alerts.change import change
from metrics.alerts.overdue import overdue_follow_up
from metrics.alerts.plan_missed import plan_missed
from metrics.alerts.reading import Asked, Reading
from metrics.alerts.stale import stale_source
from metrics.alerts.threshold import threshold
from metrics.findings.finding import Link, Page
from metrics.wording import formats

KINDS: dict[AlertKind, Callable[[Asked, AlertRule], tuple[Reading, ...]]] = {
    AlertKind.THRESHOLD: threshold,
    AlertKind.CHANGE: change,
    AlertKind.PLAN_MISSED: plan_missed,
    AlertKind.OVERDUE_FOLLOW_UP: overdue_follow_up,
    AlertKind.STALE_SOURCE: stale_source,
}
"""What finds out whether a rule of each kind holds."""


def readings(asked: Asked) -> tuple[Reading, ...]:
    """What does each rule find now, in the order of the definitions?

    A rule that cannot be checked, such as one whose metric is gone, is read as broken, with the
    reason; the others are checked all the same. Raises StoreError when the store cannot be read.
    """
    found: list[Reading] = []
    for rule in asked.definitions.alerts.rule:
        try:
            found += KINDS[rule.kind](asked, rule)
        except StoreError:
            raise
        except BackcastError as reason:
            found.append(_broken(rule, str(reason)))
    return tuple(found)


def _broken(rule: AlertRule, reason: str) -> Reading:
    sentence = (
        f"This alert cannot be checked: {reason.rstrip('.')}. It stands in {in_force().path.name}"
        f" under [[alerts.rule]]."
    )
    page = Link(Page.DEFINITIONS)
    return Reading(rule.name, AlertState.BROKEN, formats.NOTHING, sentence, page)
