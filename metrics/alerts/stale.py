"""Kinds of file of which no new export has come."""

from __future__ import annotations

from data.alert_log import AlertState
from data.terms.alerts import AlertRule
from metrics.alerts.reading import Asked, Reading, unknown, utc
from metrics.health.loads import source_freshness
from metrics.health.score import FRESH_DAYS
from metrics.period import in_words
from metrics.wording import formats


def stale_source(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Is the newest export of a kind of file too old?

    One reading for each kind of file that the rule names, else for each that was ever loaded. It
    holds when its newest export was true more than `above` days ago, by default 7: days as they are
    in the reporting time zone, until the day on which it is asked. Raises MetricError for a kind
    that was never loaded.
    """
    newest = dict(source_freshness(asked.warehouse).select("mapping", "newest").iter_rows())
    most = FRESH_DAYS if rule.above is None else rule.above
    found = []
    for name in rule.source or sorted(newest):
        if name not in newest:
            raise unknown("source", name, sorted(newest))
        day = utc(newest[name]).astimezone(asked.definitions.zone).date()
        age = max(0, (asked.today - day).days)
        said = formats.counted(age, "day")
        sentence = (
            f"The newest export of {name} is {said} old, of {in_words(day)}. It is stale after"
            f" {most:g}."
        )
        state = AlertState.HOLDS if age > most else AlertState.FINE
        found.append(Reading(rule.name, state, said, sentence, about=name))
    return tuple(found)
