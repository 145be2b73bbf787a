"""Companies that look like one and are two, and the other way round, as real exports have them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from data.standardise.companies import name_key
from tests.data.identity.resolving import companies, person
from tests.metrics.facts import DraftWarehouse, Facts, Row

GUANGZHOU = {"city": "Guangzhou", "country": "China"}

SHENZHEN = {"city": "Shenzhen", "country": "China"}

GERMANY, AUSTRALIA = {"country": "Germany"}, {"country": "Australia"}


def company(account_id: str, name: str, **more: object) -> Row:
    """An account as it is loaded: with the key of its name."""
    return {"account_id": account_id, "name": name, "name_key": name_key(name), **more}


def typed(name: str, **more: object) -> Row:
    """A company that only a form names."""
    return company(f"name:{name_key(name)}", name, **more)


def proposed(draft: DraftWarehouse) -> set[frozenset[str]]:
    rows = draft.table("account_identity")
    return {frozenset((row["reference"], row["account_id"])) for row in rows if not row["applied"]}


@pytest.mark.parametrize(
    "names",
    [
        ("华为技术有限公司", "華為技術有限公司", "华为技术有限公司深圳分公司", "华为技术"),
        (
            "深圳市腾讯计算机系统有限公司",
            "深圳腾讯计算机系统有限公司",
            "广东省深圳市腾讯计算机系统",
        ),
        ("腾讯科技（深圳）有限公司", "騰訊科技(深圳)有限公司"),
        (
            "ACME Co., Ltd.",
            "Ａｃｍｅ Ｌｔｄ",
            "Acme Company Limited",
            "Acme, Inc.",
            "ACME GmbH & Co. KG",
        ),
        ("Acme Sp. z o.o.", "Acme spółka z o.o.", "ACME S.p.A.", "Acme s.r.o.", "Acme S. r.o."),
        ("Acme (China) Co., Ltd.", "Acme Co., Ltd. (China)", "ACME China"),
        ("The Boeing Company", "Boeing"),
        ("A.P. Møller – Mærsk A/S", "AP Moller Maersk"),
        ("Volkswagen Aktiengesellschaft", "Volkswagen AG"),
        ("㈱日立製作所", "株式会社日立製作所", "(株)日立製作所"),
    ],
)
def test_spellings_of_one_name(names: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Berlin Zoo", "Berlin AG"),
        ("Bosch", "Bosch Rexroth AG"),
        ("Acme", "Acme Holdings plc"),
        ("新城市广场有限公司", "新城广场有限公司"),
        ("市政工程有限公司", "政工程有限公司"),
        ("广东恒通科技有限公司", "广州恒通科技有限公司"),
        ("阿里巴巴（中国）有限公司", "阿里巴巴有限公司"),
    ],
)
def test_names_of_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


ALL_ONE: dict[str, tuple[Row, ...]] = {
    "one name under several domains of one label": (
        company("A", "Acme GmbH", domain="acme.de", **GERMANY),
        company("B", "Acme Inc", domain="www.acme.com", country="United States"),
        company("C", "Acme", domain="acme.co.uk", country="United Kingdom"),
    ),
    "the country of a typed name is the writer's, not the company's": (
        company("A", "Acme GmbH", domain="acme.de", **GERMANY),
        typed("Acme", **AUSTRALIA),
    ),
    "one name in one country": (
        company("A", "Acme GmbH", **GERMANY), company("B", "ACME", **GERMANY),
    ),
    "one name, one of unknown country": (
        company("A", "Acme GmbH", **GERMANY), company("B", "ACME"),
    ),
    "characters and pinyin": (
        company("A", "广州恒通精密科技有限公司", domain="ht.cn", **GUANGZHOU),
        typed("Guangzhou Hengtong Precision Technology Co., Ltd.", **GUANGZHOU),
        typed("Guangzhou Hengtong Precision", **GUANGZHOU),
    ),
    "a Chinese name without its place": (
        company("A", "广州恒通精密科技有限公司", domain="ht.cn", **GUANGZHOU),
        typed("恒通精密科技", **GUANGZHOU),
    ),
}  # fmt: skip


@pytest.mark.parametrize("accounts", ALL_ONE.values(), ids=ALL_ONE.keys())
def test_one_company(draft: DraftWarehouse, accounts: tuple[Row, ...]) -> None:
    assert companies(draft, *accounts) == {frozenset(row["account_id"] for row in accounts)}


ONLY_PROPOSED: dict[str, tuple[Row, Row]] = {
    "one name in two countries": (
        company("A", "Phoenix Machinery", **GERMANY),
        company("B", "Phoenix Machinery", **AUSTRALIA),
    ),
    "one name in two countries, one with a website": (
        company("A", "Phoenix Machinery", domain="phoenix.de", **GERMANY),
        company("B", "Phoenix Machinery", **AUSTRALIA),
    ),
    "a subsidiary": (
        company("A", "Siemens AG", domain="siemens.com", **GERMANY),
        typed("Siemens Healthineers", **GERMANY),
    ),
    "a holding": (
        company("A", "Acme Systems", domain="acme.com", **GERMANY),
        company("B", "Acme Systems Holding", **GERMANY),
    ),
    "a Chinese short name": (
        company("A", "华为技术有限公司", domain="huawei.com", **SHENZHEN),
        typed("华为", **SHENZHEN),
    ),
    "a Chinese subsidiary": (
        company("A", "广州恒通有限公司", domain="ht.cn", **GUANGZHOU),
        typed("广州恒通物流有限公司", **GUANGZHOU),
    ),
    "pinyin without the place": (
        company("A", "广州恒通科技有限公司", domain="ht.cn", **GUANGZHOU),
        typed("Hengtong Tech", **GUANGZHOU),
    ),
}  # fmt: skip


@pytest.mark.parametrize("accounts", ONLY_PROPOSED.values(), ids=ONLY_PROPOSED.keys())
def test_a_doubt_is_proposed_and_nothing_merged(
    draft: DraftWarehouse, accounts: tuple[Row, Row]
) -> None:
    assert not companies(draft, *accounts)
    assert proposed(draft) == {frozenset(row["account_id"] for row in accounts)}
    assert all(row["confidence"] < 0.9 for row in draft.table("account_identity")
               if not row["applied"])  # fmt: skip


APART: dict[str, tuple[Row, ...]] = {
    "subsidiaries with websites of their own": (
        company("A", "Bosch", domain="bosch.com"),
        company("B", "Bosch Rexroth", domain="boschrexroth.com"),
    ),
    "the second fund and the third": (
        company("A", "Harbour Capital Fund II", domain="harbour.com", **GERMANY),
        typed("Harbour Capital Fund III", **GERMANY),
    ),
    "another direction": (
        company("A", "Northern Energy", domain="ne.com", **GERMANY),
        typed("Southern Energy", **GERMANY),
    ),
    "another first letter": (
        company("A", "Mason Industrial Works", domain="m.com", **GERMANY),
        typed("Jason Industrial Works", **GERMANY),
    ),
    "other characters of another sound": (
        company("A", "广州恒通精密科技", domain="ht.cn", **GUANGZHOU),
        typed("Guangzhou Hengda Precision", **GUANGZHOU),
    ),
    "a name that says that there is none": (
        company("A", "Private"), company("B", "个人"), company("C", "Self-employed"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("accounts", APART.values(), ids=APART.keys())
def test_two_companies(draft: DraftWarehouse, accounts: tuple[Row, ...]) -> None:
    assert not companies(draft, *accounts)


def test_pinyin_that_fits_two_companies_is_only_proposed(draft: DraftWarehouse) -> None:
    assert not companies(
        draft,
        company("A", "广州恒通科技", domain="ht.cn", **GUANGZHOU),
        company("B", "广州亨通科技", domain="hengtong.cn", **GUANGZHOU),
        typed("Guangzhou Hengtong", **GUANGZHOU),
    )
    name = "name:guangzhou hengtong"
    assert proposed(draft) == {frozenset(("A", name)), frozenset(("B", name))}


def test_of_one_name_in_two_countries_a_typed_one_is_that_of_its_country(
    draft: DraftWarehouse,
) -> None:
    records = (
        company("A", "Phoenix Machinery", **GERMANY),
        company("B", "Phoenix Machinery", **AUSTRALIA),
    )
    found = companies(draft, *records, typed("Phoenix Machinery", **AUSTRALIA))
    assert found == {frozenset(("B", "name:phoenix machinery"))}


def test_a_misspelling_of_one_does_not_join_the_other_of_its_name(draft: DraftWarehouse) -> None:
    found = companies(
        draft,
        company("A", "Phoenix Machinery", **GERMANY),
        company("B", "Phoenix Machinery", **AUSTRALIA),
        typed("Phoenix Machinry", **AUSTRALIA),
    )
    assert found <= {frozenset(("B", "name:phoenix machinry"))}
    people = employees("name:phoenix machinry", "phoenix.de")
    found = companies(
        draft,
        company("A", "Phoenix Machinery", domain="phoenix.de", **GERMANY),
        company("B", "Phoenix Machinery", **AUSTRALIA),
        typed("Phoenix Machinry"),
        person=people,
    )
    assert found == {frozenset(("A", "name:phoenix machinry"))}


def employees(account_id: str, domain: str) -> tuple[Row, ...]:
    return tuple(person(f"p_{place}", email_domain=domain, account_id=account_id)
                 for place in range(3))  # fmt: skip


WORDS = ("Alder", "Birch", "Cedar", "Dahlia", "Elm", "Fern", "Ginkgo", "Hazel", "Iris", "Juniper")


def clients(domain: str, count: int) -> dict[str, Any]:
    """Companies of nothing in common whose one lead each writes from one domain."""
    shifts = range(1, len(WORDS))
    pairs = [(one, WORDS[(place + shift) % len(WORDS)])
             for shift in shifts for place, one in enumerate(WORDS)]  # fmt: skip
    names = [" ".join(pair) for pair in pairs[:count]]
    accounts = tuple(typed(name) for name in names)
    persons = tuple(
        person(f"p_{place}", email_domain=domain, account_id=row["account_id"])
        for place, row in enumerate(accounts)
    )
    return {"account": accounts, "person": persons}


@pytest.mark.parametrize("count", [2, 90])
def test_a_provider_that_nobody_listed_joins_no_companies(
    draft: DraftWarehouse, count: int
) -> None:
    facts = clients("mailworld.test.com", count)
    assert not companies(draft, *facts["account"], person=facts["person"])


def test_an_agency_does_not_swallow_its_clients(draft: DraftWarehouse) -> None:
    agency = company("A", "Agency", domain="agency.com")
    facts = clients("agency.com", 90)
    assert not companies(draft, agency, *facts["account"], person=facts["person"])


def test_a_website_that_many_were_given_joins_none_of_them(draft: DraftWarehouse) -> None:
    resold = [company(f"A{place}", f"{name} Works", domain="reseller.com")
              for place, name in enumerate(WORDS)]  # fmt: skip
    assert not companies(draft, *resold)
    subsidiaries = [company(f"A{place}", f"Bosch {name}", domain="bosch.com")
                    for place, name in enumerate(WORDS)]  # fmt: skip
    assert len(companies(draft, *subsidiaries)) == 1


def test_a_chain_of_names_one_letter_apart_does_not_make_one_company(
    draft: DraftWarehouse,
) -> None:
    """Each has a neighbour, as misspellings have; the ends have nothing in common."""
    start, end = "Adelbrunn Precision", "Wyxzqvortk Mechanism"
    steps = [end[:place] + start[place:] for place in range(1, len(start))]
    chain = [typed(name, **GERMANY) for name in dict.fromkeys(map(str, steps)) if name_key(name)]
    assert all(one != other for one, other in pairwise(chain))
    found = companies(draft, *chain)
    assert all(len(each) <= 2 for each in found)


def test_what_is_hunted_is_the_same_in_any_order(draft: DraftWarehouse) -> None:
    numbered = [*ALL_ONE.values(), *ONLY_PROPOSED.values()]
    mixed = {row["account_id"]: row for rows in numbered for row in rows}
    facts = Facts(account=tuple(mixed.values()))
    before = sorted(draft.hold(facts).frame("account_identity").rows(), key=repr)
    after = sorted(draft.hold(facts.shuffled(3)).frame("account_identity").rows(), key=repr)
    assert after == before
