"""Kinds of file of which no new export has come."""

from __future__ import annotations

from datetime import datetime

from data.alert_log import AlertState
from data.terms.alerts import AlertRule
from metrics.alerts.reading import Asked, Reading, unknown, utc
from metrics.health.loads import source_freshness
from metrics.health.score import FRESH_DAYS
from metrics.period import in_words
from metrics.wording import formats


def stale_source(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Is the newest export of a kind of file too old?

    One reading for each kind of file that the rule names. A rule that names none is about each kind
    that was ever loaded: one reading for each that is stale, and one for all that are not. It holds
    when the newest export was true more than `above` days ago, by default 7: days as they are in
    the reporting time zone, until the day on which it is asked. Raises MetricError for a kind that
    was never loaded.
    """
    newest = dict(source_freshness(asked.warehouse).select("mapping", "newest").iter_rows())
    most = FRESH_DAYS if rule.above is None else rule.above
    for name in rule.source or ():
        if name not in newest:
            raise unknown("source", name, sorted(newest))
    found = [_reading(asked, rule, name, newest[name], most) for name in rule.source or newest]
    if rule.source is not None:
        return tuple(found)
    stale = [each for each in found if each.state is AlertState.HOLDS]
    kinds = formats.counted(len(found) - len(stale), "kind of file", "kinds of file")
    rest = Reading(rule.name, AlertState.FINE, kinds, f"{kinds} with an export of {most:g} days.")
    return (*stale, rest) if len(stale) < len(found) else tuple(stale)


def _reading(asked: Asked, rule: AlertRule, name: str, newest: datetime, most: float) -> Reading:
    day = utc(newest).astimezone(asked.definitions.zone).date()
    age = max(0, (asked.today - day).days)
    said = formats.counted(age, "day")
    sentence = (
        f"The newest export of {name} is {said} old, of {in_words(day)}, and stale after {most:g}."
    )
    state = AlertState.HOLDS if age > most else AlertState.FINE
    return Reading(rule.name, state, said, sentence, about=name)
