"""What holds for any data: segments and months add up, and nothing is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from data.definitions import Definitions
from metrics.headline import headline
from metrics.returns.channel_returns import channel_returns
from metrics.returns.cohort_returns import cohort_returns
from metrics.returns.known_by import SPENT_BY
from metrics.returns.monthly_returns import monthly_returns
from metrics.scope import Dimension, Scope, Unit
from tests.metrics.facts import DraftWarehouse, Facts
from tests.metrics.test_properties import many_shapes, scopes

few = settings(max_examples=4, deadline=None, derandomize=True, database=None)

AMOUNTS = ("spend_amount", "revenue_amount", "realised_amount")


@few
@given(
    facts=many_shapes,
    scope=scopes(),
    by=st.sampled_from(SPENT_BY),
    model=st.sampled_from(("linear", "u_shaped", "last")),
)
def test_segments_and_months_add_up(
    draft: DraftWarehouse,
    at_half: Definitions,
    facts: Facts,
    scope: Scope,
    by: Dimension,
    model: str,
) -> None:
    draft.hold(facts)
    found = channel_returns(draft, scope, at_half, by=by, model=model)
    whole = headline(draft, scope).row(0, named=True)
    assert found["spend_amount"].sum() == whole["spend_amount"]
    assert found["revenue_amount"].sum() == (whole["won_amount"] or 0)
    months = monthly_returns(draft, scope, at_half, by=by, model=model)
    for name in AMOUNTS:
        assert (months[name].sum() or 0) == (found[name].sum() or 0)
    cohorts = cohort_returns(draft, scope, by=by)
    assert cohorts["spend_amount"].sum() == whole["spend_amount"]
    leads = cohorts["lead"].sum()
    if scope.unit is Unit.LEAD and scope.counting == "reached":
        assert leads == whole["lead"]
    projected = cohorts.drop_nulls("projected_low")
    assert (projected["projected_low"] <= projected["projected_amount"]).all()
    assert (projected["projected_amount"] <= projected["projected_high"]).all()
