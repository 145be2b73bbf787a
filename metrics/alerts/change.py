"""A count, or a share, that changed more than chance makes of it."""

from __future__ import annotations

from data.alert_log import AlertState
from data.errors import MetricError
from data.terms.alerts import AlertKind, AlertRule
from metrics.alerts.figure import Figure
from metrics.alerts.reading import Asked, Reading, days_said, link_to, scope_of, without_comparison
from metrics.chance import Part, Verdict, count_changes, share_changes
from metrics.period import in_words
from metrics.scope import Scope
from metrics.wording import formats


def change(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Is the count, or the share, another one than before, by more than chance?

    The last days of the data against as many before, or those of a year earlier as they stood then.
    It is tested as on the pages (`metrics.chance`), and all rules of this kind together, so that
    5% is the chance of a false alert among them at one check. What is too few to compare does not
    hold. Where the data does not reach back so far, it neither holds nor ends. Raises MetricError
    for a figure that is no count, a share of less than its part, and what `Figure` and the metric
    raise.
    """
    figure = Figure.of(rule)
    scope = scope_of(asked, rule)
    compared = scope.compared()
    if compared is None or not figure.metric.is_scoped:
        raise MetricError(
            f"metric is {rule.metric!r}, which is about all that is loaded: it has no days to"
            " compare. Name another"
        )
    link = link_to(figure.page, scope, asked.horizon.first)
    if compared.period.start < asked.horizon.first:
        sentence = (
            f"The data starts on {in_words(asked.horizon.first)}: it does not have"
            f" {compared.period.describe()} to compare with."
        )
        return (Reading(rule.name, AlertState.UNKNOWN, formats.NOTHING, sentence, link),)
    now, before = (_part(asked, figure, each) for each in (without_comparison(scope), compared))
    rules = [each for each in asked.definitions.alerts.rule if each.kind is AlertKind.CHANGE]
    if rule.of is None:
        days = (scope.period.days, compared.period.days)
        (verdict,) = count_changes([(now.part, before.part)], days=days, among=len(rules))
    else:
        (verdict,) = share_changes([(now, before)], among=len(rules))
    values = _value(now, rule, scope.period.days), _value(before, rule, compared.period.days)
    state = _state(verdict, *values, rule)
    said = tuple(_said(each, rule) for each in (now, before))
    sentence = (
        f"{figure.named} is {said[0]}{days_said(scope)}, against {said[1]}"
        f"{days_said(compared)}: {verdict.value}."
    )
    return (Reading(rule.name, state, f"{said[0]}, was {said[1]}", sentence, link),)


def _state(
    verdict: Verdict, now: float | None, before: float | None, rule: AlertRule
) -> AlertState:
    if verdict is Verdict.UNTESTED or now is None or before is None:
        return AlertState.UNKNOWN
    if verdict is not Verdict.MORE_THAN_CHANCE:
        return AlertState.FINE
    went = "up" if now > before else "down"
    return AlertState.HOLDS if rule.direction in (None, went) else AlertState.FINE


def _part(asked: Asked, figure: Figure, scope: Scope) -> Part:
    row = figure.row(asked, scope)
    rule = figure.rule
    if row is None:
        return Part(None, None)
    part = _count(figure, row, rule.column or "")
    whole = _count(figure, row, rule.of) if rule.of else None
    if part is not None and whole is not None and part > whole:
        raise MetricError(
            f"column {rule.column!r} is {part:,} and of {rule.of!r} is {whole:,}: a share is of"
            ' what it is a part of. Name another column, take basis = "cohort", or leave out `of`'
        )
    return Part(part, whole)


def _count(figure: Figure, row: dict[str, object], column: str) -> int | None:
    value = figure.number(row, column)
    return None if value is None else int(value)


def _value(part: Part, rule: AlertRule, days: int) -> float | None:
    """What goes up or down: a share, or a count per day."""
    if part.part is None:
        return None
    if rule.of is None:
        return part.part / days
    return part.part / part.whole if part.whole else None


def _said(part: Part, rule: AlertRule) -> str:
    if rule.of is None:
        return formats.count(part.part)
    if part.part is None or not part.whole:
        return formats.NOTHING
    return f"{formats.share(part.part / part.whole)} of {formats.count(part.whole)}"
