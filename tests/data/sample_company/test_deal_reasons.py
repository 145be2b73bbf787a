"""Why deals of the sample were won and lost is loaded as it was planted."""

from __future__ import annotations

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.exports.deal_reasons import TO_COMPETITOR
from data.sql import Query, Step

pytestmark = pytest.mark.xdist_group("loaded sample")


def test_whoever_is_lost_to_a_competitor_names_it(loaded: DuckDBWarehouse) -> None:
    asked = Step(
        "asked",
        "SELECT outcome, lost_reason, lost_to, win_reason, count(*) AS deals FROM opportunity"
        " GROUP BY outcome, lost_reason, lost_to, win_reason",
    )
    rows = loaded.query(Query(asked)).rows()
    named = {name: 0 for *_, name, _, _ in rows if name}
    for outcome, lost_for, name, won_for, deals in rows:
        assert (won_for is not None) == (outcome == "won")
        assert (lost_for is not None) == (outcome == "lost")
        assert name is None or outcome == "lost"
        assert lost_for != TO_COMPETITOR or name is not None
        if name:
            named[name] += deals
    assert max(named, key=named.__getitem__) == "Siemens"
    assert sum(named.values()) < sum(row[-1] for row in rows if row[0] == "lost")
