"""People who may be one, and leads that an owner should hear of, are listed to act on."""

from __future__ import annotations

from datetime import date, datetime

from metrics.health.people import SAME_NAME, likely_people, notices
from tests.data.identity.resolving import alias, person
from tests.metrics.facts import DraftWarehouse, Facts, account, lead, opportunity

DAY = datetime(2026, 2, 1)


def test_two_people_are_named_by_their_records_and_what_speaks_for_it(
    draft: DraftWarehouse,
) -> None:
    named = {"name_key": "k" * 20, "account_id": "A"}
    facts = Facts(
        account=(account("A", "Acme", domain="acme.com"),),
        person=(
            person("p_1", email_key="e1", email_domain="acme.com", job_title="Buyer", **named),
            person("p_2", email_key="e2", email_domain="qq.com", job_title="buyer", **named),
        ),
        person_alias=(alias("crm:7", "p_1"), alias("crm:9", "p_1")),
    )
    (row,) = likely_people(draft.hold(facts)).to_dicts()
    assert row["account"] == "Acme"
    assert (row["records"], row["other_records"]) == ("crm:7 and 1 more", "p_2")
    assert row["evidence"] == f"{SAME_NAME}; same job title; one has a private e-mail"
    assert 0.3 <= row["confidence"] <= 0.85
    assert "k" * 20 not in str(row)


def test_a_notice_names_the_owner_and_the_company(draft: DraftWarehouse) -> None:
    facts = Facts(
        account=(account("A", "Acme", owner="Eva"), account("B", "Beta")),
        lead=(
            lead("new", DAY, account_id="A"),
            lead("later", datetime(2026, 3, 1), account_id="A"),
            lead("other", DAY, account_id="B"),
        ),
        opportunity=(opportunity("O", datetime(2026, 1, 1), account_id="A", owner="Dana"),),
    )
    found = notices(draft.hold(facts))
    assert found["lead_id"].to_list() == ["later", "new"]
    row = found.row(1, named=True)
    assert (row["lead_on"], row["account"], row["notify_owner"]) == (
        date(2026, 2, 1), "Acme", "Dana",
    )  # fmt: skip
    assert (row["existing_relationship"], row["opportunity_id"]) == ("open_opportunity", "O")


def test_nothing_to_say_is_an_empty_table(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(Facts())
    assert likely_people(warehouse).is_empty()
    assert notices(warehouse).is_empty()
