"""Consent, and contacts that should not have been, are loaded as they were planted."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from metrics.health.consent import consent
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")

END = datetime.combine(UNTIL + timedelta(days=1), datetime.min.time())


def rows(warehouse: DuckDBWarehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(Query(Step("asked", sql))).rows()


@pytest.fixture(scope="module")
def mails(loaded: DuckDBWarehouse) -> dict[str, list[tuple[datetime, str]]]:
    """When each person was sent a mail of marketing, and of which campaign."""
    sent = defaultdict(list)
    for person, at, campaign in rows(
        loaded,
        "SELECT person_id, occurred_at, campaign_id FROM interaction"
        " WHERE action = 'email_sent' AND channel = 'Email' ORDER BY occurred_at",
    ):
        sent[person].append((at, campaign))
    return dict(sent)


def test_consent_by_channel_and_purpose_is_that_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    found = rows(
        loaded,
        "SELECT channel || ' ' || purpose || ' ' || state, count(*) FROM consent_event"
        " WHERE purpose <> 'all' GROUP BY ALL",
    )
    realised = sample.realised["consent_changes"]
    assert dict(found) == realised
    assert {each.split()[0] for each in realised} == {"Email", "Telemarketing", "WeChat"}
    again = rows(
        loaded,
        "SELECT count(*) FROM (SELECT person_id FROM consent_event WHERE purpose = 'events'"
        " GROUP BY person_id HAVING arg_max(state, changed_at) = 'granted' AND count(*) > 1)",
    )
    assert again[0][0] > 0, "somebody agreed again"


def test_contacts_after_withdrawal_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    found = {row["consent"]: row for row in consent(loaded, Definitions.load()).rows(named=True)}
    realised = sample.realised["contacted_after_withdrawal"]
    assert realised["people"] > 2
    assert found["withdrawn"]["people_contacted_after"] == realised["people"]
    assert found["withdrawn"]["contacts_after"] == realised["contacts"]
    untouchable = sum(row["do_not_contact"] for row in found.values())
    assert untouchable == sample.realised["do_not_contact"]["people"] > 0


def test_people_mailed_too_often_are_those_of_the_truth(
    sample: Sample, mails: dict[str, list[tuple[datetime, str]]]
) -> None:
    since = END - timedelta(days=30)
    lately = [sum(at >= since for at, _ in sent) for sent in mails.values()]
    found = sum(count >= 11 for count in lately)
    assert found == sample.realised["contacted_too_often"]["people"] > 2
    assert sum(5 <= count < 11 for count in lately) == 0, "nobody else is near it"


def test_people_between_two_campaigns_are_those_of_the_truth(
    sample: Sample, mails: dict[str, list[tuple[datetime, str]]]
) -> None:
    week = timedelta(days=7)
    crossed = sum(
        any(
            one != other and second - first <= week
            for (first, one), (second, other) in pairwise(sent)
        )
        for sent in mails.values()
    )
    assert crossed == sample.realised["crossed_campaigns"]["people"] > 2


def test_promotions_at_open_deals_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    found = rows(
        loaded,
        """
        SELECT count(DISTINCT o.account_id), count(DISTINCT i.interaction_id)
        FROM interaction AS i
        JOIN person_identity AS p ON p.reference = i.person_id
        JOIN (SELECT DISTINCT person_id, account_id FROM journey) AS a
            ON a.person_id = p.person_id
        JOIN opportunity AS o ON o.account_id = a.account_id
            AND i.occurred_at >= o.created_at
            AND (o.closed_at IS NULL OR i.occurred_at < o.closed_at)
        WHERE i.action = 'email_sent' AND i.channel = 'Email'
        """,
    )
    realised = sample.realised["promoted_at_open_deals"]
    assert found[0] == pytest.approx((realised["accounts"], realised["mails"]), rel=0.05)
    assert realised["accounts"] > 2


def test_an_account_surges_and_another_has_gone_quiet(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    by_account = rows(
        loaded,
        f"""
        SELECT account_id, max(occurred_on),
            count(CASE WHEN occurred_on > DATE '{UNTIL}' - 14 THEN 1 END) AS lately,
            count(CASE WHEN occurred_on <= DATE '{UNTIL}' - 14
                AND occurred_on > DATE '{UNTIL}' - 98 THEN 1 END) / 6 AS usually,
            count(CASE WHEN occurred_on BETWEEN DATE '{UNTIL}' - 225 AND DATE '{UNTIL}' - 120
                THEN 1 END) AS before
        FROM touch GROUP BY account_id
        """,
    )
    found = {account: facts for account, *facts in by_account}
    realised = sample.realised["accounts"]
    (surging,), (quiet,) = realised["surging"], realised["gone_quiet"]
    names = dict(rows(loaded, "SELECT reference, account_id FROM account_identity"))
    _, lately, usually, _ = found[names.get(surging, surging)]
    assert lately >= 15
    assert lately > 5 * usually
    last, _, _, before = found[names.get(quiet, quiet)]
    assert (UNTIL - last).days >= 120
    assert before >= 12
