"""What findings are asked of: the data, the days and the scope they make, and when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from metrics.horizon import Horizon
from metrics.period import Period, days_in_month
from metrics.scope import Basis, Comparison, Scope


@dataclass(frozen=True, slots=True)
class FindingsQuestion:
    """Everything a source of findings needs to know of what is asked. `today` is when it is asked.

    `days_in_address` are the parameters by which a page asks about the same days.
    """

    warehouse: Warehouse
    definitions: Definitions
    horizon: Horizon
    scope: Scope
    today: date
    days_in_address: tuple[tuple[str, str], ...] = ()

    @property
    def year(self) -> Period:
        """The last twelve calendar months, the newest of which need not be over."""
        last = self.horizon.last.replace(day=days_in_month(self.horizon.last))
        before = Period(self.horizon.last.replace(day=1), last).last_year()
        return Period(before.end + timedelta(days=1), last)

    @property
    def everything(self) -> Scope:
        """The scope that plans learn from: all days of the data."""
        return replace(
            self.scope,
            period=self.horizon.everything,
            basis=Basis.COHORT,
            comparison=Comparison.NONE,
        )
