"""A figure that is above or below a bound, or outside of two."""

from __future__ import annotations

from data.alert_log import AlertState
from data.terms.alerts import AlertRule
from metrics.alerts.figure import Figure
from metrics.alerts.reading import Asked, Reading, days_said, link_to, scope_of, without_comparison
from metrics.findings.finding import Link


def threshold(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Is the figure out of its bounds?

    It holds above `above`, or below `below`: at a bound itself it does not. Without a number it
    neither holds nor ends. Raises what `Figure` does, and the metric.
    """
    figure, column = Figure.of(rule), rule.column or ""
    scope = without_comparison(scope_of(asked, rule)) if figure.metric.is_scoped else None
    link = link_to(figure.page, scope, asked.horizon.first) if scope else Link(figure.page)
    row = figure.row(asked, scope)
    value = None if row is None else figure.number(row, column)
    currency = asked.definitions.base_currency
    said = figure.said(value, column, currency)
    when = days_said(scope) if scope else ""
    if value is None:
        sentence = f"{figure.named} is not known{when}."
        return (Reading(rule.name, AlertState.UNKNOWN, said, sentence, link),)
    bounds = []
    if rule.above is not None:
        bounds.append(("above", float(value) > rule.above, rule.above))
    if rule.below is not None:
        bounds.append(("below", float(value) < rule.below, rule.below))
    crossed = [each for each in bounds if each[1]]
    told = " and ".join(
        f"{'' if is_out else 'not '}{word} {figure.said(bound, column, currency)}"
        for word, is_out, bound in crossed or bounds
    )
    sentence = f"{figure.named} is {said}, {told}{when}."
    state = AlertState.HOLDS if crossed else AlertState.FINE
    return (Reading(rule.name, state, said, sentence, link),)
