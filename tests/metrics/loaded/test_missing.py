"""What is said where what a question needs is not loaded: the one rule of pages and shell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from metrics.catalogue import catalogue
from metrics.loaded.missing import missing
from metrics.loaded.needs import needs_of
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, lead, opportunity, touch

_DAY = datetime(2026, 1, 5)

_SAID = {
    "content_performance": "No content is loaded. Load ",
    "event_funnel": "Nobody is on record for any event or campaign. Load ",
    "contactable": "No person is loaded. Load ",
    "collisions": "No contact is loaded: ",
    "mail_funnel": "No mail is loaded. Load ",
    "reach_overlap": "Nothing that people did, or that was done to them, is loaded. Load ",
    "activity_pool": "Nothing that people did is loaded. Load ",
    "bad_contacts": "No lead is loaded. Load ",
    "journey_variants": "No lead is loaded. Load ",
    "half_year_potential": "No lead of a known company is loaded. Load ",
    "account_roll_up": "No company with a parent is loaded. Load ",
    "target_accounts": "No list of target accounts is loaded. Load ",
    "installed_base": "No orders are loaded. Load ",
    "buying_roles": "Neither a list of target accounts nor a deal of a known company is loaded.",
}

_ENOUGH = Facts(
    account=(account("A", "Ox"), account("B", "Elk", parent_id="A")),
    person=({"person_id": "p"},),
    lead=(lead("L", _DAY, account_id="A"),),
    interaction=(
        touch("I1", _DAY, "p", content_id="c", campaign_id="c"),
        touch("I2", _DAY, "p", action="email_sent"),
    ),
    opportunity=(opportunity("O", _DAY, primary_lead_id="L"),),
    target_account=({"list_name": "First", "account_id": "A"},),
    account_order=(
        {"order_id": "1", "account_id": "A", "product": "Press", "ordered_on": _DAY.date()},
    ),
)


def test_what_is_missing_is_named_until_a_row_of_it_is_loaded(draft: DraftWarehouse) -> None:
    empty = draft.hold(Facts())
    for name, words in _SAID.items():
        assert (missing(empty, name, _family(name), TERMS) or "").startswith(words), name
    assert missing(empty, "headline", "", TERMS) is None
    unlinked = draft.hold(replace(_ENOUGH, opportunity=()))
    said = missing(unlinked, "half_year_potential", "accounts", TERMS) or ""
    assert said.startswith("No deal is linked to a lead, so that nobody knows")
    enough = draft.hold(_ENOUGH)
    assert {name: missing(enough, name, _family(name), TERMS) for name in _SAID} == dict.fromkeys(
        _SAID
    )


def test_a_list_of_assets_alone_is_not_enough(draft: DraftWarehouse) -> None:
    listed = Facts(content=({"content_id": "a"}, {"content_id": "b"}))
    said = missing(draft.hold(listed), "content_performance", "content", TERMS) or ""
    assert said.startswith("A list of 2 assets is loaded, and nothing that anybody did with one.")


@pytest.mark.parametrize("family", ["content", "events", "reach", "activity", "accounts"])
def test_every_metric_of_a_room_needs_something(family: str) -> None:
    names = [name for name, metric in catalogue().items() if metric.family == family]
    assert names
    assert [name for name in names if not needs_of(name, family)] == []


def _family(name: str) -> str:
    return catalogue()[name].family
