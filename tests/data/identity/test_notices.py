"""Leads from companies that somebody deals with already, and who is to be notified."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.metrics.facts import DraftWarehouse, Facts, Row, account, lead, opportunity

BEFORE, CREATED, AFTER = (datetime(2026, month, 1) for month in (1, 2, 3))


def notice(draft: DraftWarehouse, known: Row, *deals: Row) -> tuple[str | None, ...] | None:
    """Relationship, opportunity and owner of the notice about lead L, if there is one."""
    draft.hold(
        Facts(
            account=(known,),
            lead=(lead("L", CREATED, account_id="A"), lead("old", BEFORE, account_id="A")),
            opportunity=deals,
        )
    )
    rows = [row for row in draft.table("lead_notice") if row["lead_id"] == "L"]
    if not rows:
        return None
    return rows[0]["existing_relationship"], rows[0]["opportunity_id"], rows[0]["notify_owner"]


def deal(**more: object) -> Row:
    return opportunity("O", BEFORE, account_id="A", owner="Dana", **more)


WON_BEFORE = {"outcome": "won", "closed_at": datetime(2026, 1, 20)}


@pytest.mark.parametrize(
    ("more", "notified"),
    [
        ({}, ("open_opportunity", "O", "Dana")),
        ({"outcome": "lost", "closed_at": AFTER}, ("open_opportunity", "O", "Dana")),
        ({"outcome": "lost", "closed_at": datetime(2026, 1, 20)}, None),
        ({"outcome": "won", "closed_at": AFTER}, ("open_opportunity", "O", "Dana")),
        (WON_BEFORE, ("customer", None, "Ken")),
        ({"primary_lead_id": "L"}, None),
    ],
)
def test_an_open_or_won_deal_is_told(
    draft: DraftWarehouse, more: dict[str, object], notified: tuple[str | None, ...] | None
) -> None:
    assert notice(draft, account("A", "Acme", owner="Ken"), deal(**more)) == notified


def test_the_owner_of_the_won_deal_is_told_when_the_account_has_none(draft: DraftWarehouse) -> None:
    found = notice(draft, account("A", "Acme"), deal(**WON_BEFORE))
    assert found == ("customer", None, "Dana")


def test_a_customer_without_deals_on_record_is_a_customer(draft: DraftWarehouse) -> None:
    customer = account("A", "Acme", owner="Ken", relationship="customer")
    assert notice(draft, customer) == ("customer", None, "Ken")
    assert notice(draft, account("A", "Acme", relationship="prospect")) is None


def test_whoever_became_a_customer_by_this_lead_was_none_before(draft: DraftWarehouse) -> None:
    customer = account("A", "Acme", relationship="customer")
    own = deal(primary_lead_id="L", outcome="won", closed_at=AFTER)
    assert notice(draft, customer, own) is None


def test_a_customer_with_an_open_opportunity_is_both(draft: DraftWarehouse) -> None:
    second = opportunity("O2", datetime(2026, 1, 25), account_id="A", owner="Eve")
    found = notice(draft, account("A", "Acme"), deal(**WON_BEFORE), second)
    assert found == ("customer_with_open_opportunity", "O2", "Eve")
