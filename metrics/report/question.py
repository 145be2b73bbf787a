"""What a report is asked: the days, the scope they make, and the plan they are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from data.definitions import Definitions
from data.errors import MetricError
from data.notebook.notebook import Notebook
from data.notebook.plans import Plan, plans
from data.notebook.shelf import Kept
from data.notebook.version import State
from metrics.findings.question import FindingsQuestion
from metrics.forecast.planned import has_filters, planned_quarter
from metrics.forecast.quarters import quarter_of
from metrics.horizon import Horizon
from metrics.period import Period
from metrics.plan.attainment.kept_plan import find_plan
from metrics.scope import Basis, Comparison, Scope


class ReportDays(StrEnum):
    """Which days a report is about. The pages call the same days by the same name."""

    THIS_QUARTER = "This quarter"
    LAST_QUARTER = "Last quarter"

    @property
    def option(self) -> str:
        """What it is called on the command line.

        >>> [each.option for each in ReportDays]
        ['this-quarter', 'last-quarter']
        """
        return self.value.lower().replace(" ", "-")

    def period(self, last: date) -> Period:
        """The days, counted from the last day of the data.

        >>> ReportDays.LAST_QUARTER.period(date(2026, 2, 15)).name
        'Q4 2025'
        """
        quarter = quarter_of(last)
        return quarter if self is ReportDays.THIS_QUARTER else quarter.previous()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestion(FindingsQuestion):
    """Everything a part of a report needs to know of what is asked, with the plan it is held to."""

    kept: Kept[Plan] | None


def report_scope(found: Horizon, days: ReportDays, definitions: Definitions) -> Scope:
    """The events of the days, as the page Overview counts them, against the quarter before.

    Nothing is compared where the data does not reach back so far.
    """
    scope = Scope(
        days.period(found.last),
        found.last,
        basis=Basis.FLOW,
        comparison=Comparison.PREVIOUS_PERIOD,
        windows=definitions.windows,
    )
    compared = scope.compared()
    if compared is not None and compared.period.start >= found.first.replace(day=1):
        return scope
    return replace(scope, comparison=Comparison.NONE)


def plan_for(
    notebook: Notebook, scope: Scope, quarter: Period, name: str | None = None
) -> Kept[Plan] | None:
    """The kept plan that a quarter is held against; None where no plan is about everything.

    The one of that name or id. Without a name one without filters: rather a plan that has the
    whole quarter than another, rather a locked one than an open one, and of these the newest.
    Raises MetricError where there is none of that name, or it is about a part of everything.
    """
    if name is not None:
        named = find_plan(notebook, name)
        if not has_filters(named.value.scope, scope):
            raise MetricError(
                f"the plan {named.value.name!r} has filters, and a report is about everything: name"
                " a plan without filters"
            )
        return named
    whole = [kept for kept in plans(notebook).all() if has_filters(kept.value.scope, scope)]
    return max(
        whole,
        key=lambda kept: (
            planned_quarter(kept.value, quarter) is not None,
            kept.version.state is State.LOCKED,
            kept.version.written_at,
        ),
        default=None,
    )
