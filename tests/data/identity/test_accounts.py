"""Which references are one company, which may be, and which are not."""

from __future__ import annotations

from datetime import datetime

import pytest

from data.definitions import IdentityTerms
from tests.data.identity.resolving import companies, person
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, account, lead

DAY = datetime(2026, 1, 1)


def pair(*references: str) -> set[frozenset[str]]:
    return {frozenset(references)}


def proposals(draft: DraftWarehouse) -> set[frozenset[str]]:
    rows = draft.table("account_identity")
    return {frozenset((row["reference"], row["account_id"])) for row in rows if not row["applied"]}


def test_a_name_without_an_id_means_the_company_of_that_name(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(account=(account("A", "Acme"),), lead=(lead("L", DAY, account_id="name:acme"),))
    )
    (found,) = draft.table("lead_identity")
    assert (found["account_id"], found["account_matched_by"]) == ("A", "name_key")


def test_one_website_is_one_company(draft: DraftWarehouse) -> None:
    found = companies(draft, account("A", "Acme", domain="acme.test.com"),
                      account("B", "Acme Holding", domain="WWW.acme.test.com"))  # fmt: skip
    assert found == pair("A", "B")


@pytest.mark.parametrize("domain", ["gmail.com", "vip.qq.com", "163.com", "acme.1688.com"])
def test_a_domain_that_anybody_may_have_is_no_company(draft: DraftWarehouse, domain: str) -> None:
    assert not companies(draft, account("A", "蓝天", domain=domain),
                         account("B", "白云", domain=domain))  # fmt: skip


def test_the_same_name_with_contradicting_websites_is_only_proposed(draft: DraftWarehouse) -> None:
    found = companies(
        draft,
        account("A", "Phoenix", domain="phoenix-steel.de"),
        account("B", "Phoenix", domain="phoenix-cafe.com"),
        account("C", "Phoenix", domain="phoenix-cafe.co.uk"),
        account("name:phoenix", "Phoenix"),
    )
    assert found == pair("B", "C")
    assert proposals(draft) == {frozenset(("A", "B")), frozenset(("A", "name:phoenix"))}


def employees(company: str, *domains: str) -> dict[str, tuple[Row, ...]]:
    """People of a company, one for each domain, each with a lead."""
    persons = tuple(
        person(f"p_{company}_{place}", email_domain=domain, account_id=company)
        for place, domain in enumerate(domains)
    )
    leads = tuple(lead(row["person_id"], DAY, person_id=row["person_id"], account_id=company)
                  for row in persons)  # fmt: skip
    return {"person": persons, "lead": leads}


def test_a_name_in_another_language_is_found_by_its_peoples_e_mails(draft: DraftWarehouse) -> None:
    known = account("A", "广州华信精密科技", domain="gzhuaxin.cn")
    typed = account("name:huaxin", "Guangzhou Huaxin Precision")
    found = companies(draft, known, typed, **employees("name:huaxin", "gzhuaxin.cn", "gmail.com"))
    assert found == pair("A", "name:huaxin")
    assert {row["account_matched_by"] for row in draft.table("lead_identity")} == {"email_domain"}
    assert {row["account_confidence"] for row in draft.table("lead_identity")} == {0.9}


def test_people_of_several_companies_only_propose(draft: DraftWarehouse) -> None:
    known = account("A", "Agency", domain="agency.com")
    client = account("name:client", "Client")
    mails = ("agency.com", "agency.com", "client.com")
    assert not companies(draft, known, client, **employees("name:client", *mails))
    assert proposals(draft) == pair("A", "name:client")


def test_a_name_goes_before_the_domain_of_its_people(draft: DraftWarehouse) -> None:
    found = companies(
        draft,
        account("A", "Acme", domain="acme.com"),
        account("B", "Agency", domain="agency.com"),
        account("name:acme", "Acme"),
        **employees("name:acme", "agency.com"),
    )
    assert found == pair("A", "name:acme")


def test_a_lead_without_a_company_belongs_where_its_person_writes_from(
    draft: DraftWarehouse,
) -> None:
    draft.hold(
        Facts(
            account=(account("A", "Acme", domain="acme.com"),),
            person=(person("p_1", email_domain="acme.com"), person("p_2", email_domain="qq.com")),
            lead=(lead("L1", DAY, person_id="p_1"), lead("L2", DAY, person_id="p_2")),
        )
    )
    found = {row["lead_id"]: row for row in draft.table("lead_identity")}
    assert (found["L1"]["account_id"], found["L1"]["account_matched_by"]) == ("A", "person_domain")
    assert found["L1"]["account_confidence"] == pytest.approx(0.9)
    assert found["L2"]["account_id"] is None


PLACE = {"city": "Berlin", "country": "Germany"}


@pytest.mark.parametrize(
    ("known", "typed", "same"),
    [
        ("Acme Precision", "Acme Precison", True),
        ("广州华信精密科技", "华信精密科技", True),
        ("广州华信精密科技", "广州华达精密科技", False),
        ("Plant 1 Berlin", "Plant 2 Berlin", False),
        ("Acme Precision", "Acme Paper", False),
    ],
)
def test_close_names_in_one_place_are_one_company(
    draft: DraftWarehouse, known: str, typed: str, same: bool
) -> None:
    found = companies(draft, account("A", known, domain="a.com", **PLACE),
                      account("name:x", typed, **PLACE))  # fmt: skip
    assert found == (pair("A", "name:x") if same else set())


def test_close_names_with_two_websites_are_two_companies(draft: DraftWarehouse) -> None:
    assert not companies(draft, account("A", "Acme Precision", domain="a.com", **PLACE),
                         account("B", "Acme Precison", domain="b.com", **PLACE))  # fmt: skip
    assert not proposals(draft)


def test_a_name_close_to_two_companies_is_only_proposed(draft: DraftWarehouse) -> None:
    found = companies(
        draft,
        account("A", "Acmel Precision", domain="a.com", **PLACE),
        account("B", "Acmer Precision", domain="b.com", **PLACE),
        account("name:x", "Acme Precision", **PLACE),
    )
    assert not found
    sure = {row["confidence"] for row in draft.table("account_identity") if not row["applied"]}
    assert sure
    assert max(sure) <= 0.5


def test_how_sure_a_link_must_be_is_a_definition(draft: DraftWarehouse) -> None:
    pairs = (account("A", "Acme Precision", domain="a.com", **PLACE),
             account("name:x", "Acme Precison", **PLACE))  # fmt: skip
    certain = IdentityTerms(apply_from=1.0, propose_from=0.5)
    draft.hold(Facts(account=pairs), TERMS.model_copy(update={"identity": certain}))
    assert proposals(draft) == pair("A", "name:x")
    never = IdentityTerms(apply_from=1.0, propose_from=1.0)
    draft.hold(Facts(account=pairs), TERMS.model_copy(update={"identity": never}))
    assert not proposals(draft)
