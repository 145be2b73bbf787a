"""When an open deal counts as stale, and when as slipping."""

from __future__ import annotations

from pydantic import PositiveInt

from data.terms.base import Terms


class PipelineTerms(Terms):
    """An open deal of which nothing changed for `stale_days` is stale: it is hardly won any more.

    One whose expected close was put off `slips` times is slipping.
    """

    stale_days: PositiveInt = 90
    slips: PositiveInt = 2
