"""How many deals are linked to a lead: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from datetime import datetime

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.deal_links import deal_links
from metrics.scope import Dimension, Filter, Viewer
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import DraftWarehouse, Facts, opportunity
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN


def test_the_deals_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    # O4, won in February, and O5 have no lead.
    expected = {"leads": 12, "deals": 5, "linked_deals": 3, "undated_deals": 0}
    sure = {"late_won_deals": 0, "guessed_won_deals": 0}
    quarter = expected | {"won_deals": 3, "linked_won_deals": 2} | sure
    assert_rows(deal_links(twelve, asked(QUARTER, SEEN)), [quarter])
    january = expected | {"won_deals": 1, "linked_won_deals": 1} | sure
    assert_rows(deal_links(twelve, asked(JANUARY, SEEN)), [january])


def test_links_against_the_oracle(observed: Observed) -> None:
    only = (Filter(Dimension.OWNER, ("Ana",)),)
    period, seen = every_scope()[0].period, every_scope()[0].observed_until
    scopes = [*every_scope()[::50], asked(period, seen, viewer=Viewer("Ana", only))]
    for scope in scopes:
        assert_rows(
            deal_links(observed.warehouse, scope), [oracle.deal_links(observed.world, scope)], scope
        )


def test_deals_alone_are_linked_to_nothing(draft: DraftWarehouse) -> None:
    opened = opportunity("O1", datetime(2026, 1, 5), outcome="open")
    draft.hold(Facts(opportunity=(opened, opportunity("O2", None, outcome="open"))))
    (row,) = deal_links(draft, asked(JANUARY, SEEN)).rows(named=True)
    assert (row["leads"], row["deals"], row["linked_deals"]) == (0, 2, 0)
    assert row["undated_deals"] == 1
