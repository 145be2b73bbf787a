"""Rows that name a campaign, an asset, a company or a person and have no id of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.named_tables import unresolved_names
from tests.loaders.loading import Loading, loading_in

SPEND = """\
name = "named_spend"
title = "Spend by name"
source_system = "ads"
[recognise]
columns = ["name", "spend"]
[columns]
name = "Campaign name"
number = "Campaign number"
day = "Day"
spend = { from = "Spend", kind = "money" }
clicks = "Clicks"
[campaign]
record = "number"
name = "name"
[[table]]
into = "campaign_spend"
campaign_id = "{campaign_id}"
spend_on = "{day}"
original_cost_amount = "{spend}"
currency = "{spend_currency}"
clicks = "{clicks}"
"""


VISITS = """\
name = "named_visits"
title = "Visits by name"
source_system = "web"
[recognise]
columns = ["visit", "title"]
[columns]
visit = "Visit"
email = { from = "Email", kind = "email" }
title = "Asset"
at = "At"
[person]
email = "email"
[content]
name = "title"
[[table]]
into = "interaction"
interaction_id = "{visit}"
person_id = "{person_id}"
content_id = "{content_id}"
occurred_at = "{at}"
action = "content_download"
"""


DEALS = """\
name = "named_deals"
title = "Deals by name"
source_system = "erp"
[recognise]
columns = ["deal", "company"]
[columns]
deal = "Deal"
company = { from = "Company", kind = "company" }
email = { from = "Contact", kind = "email" }
opened = "Opened"
[person]
email = "email"
[account]
name = "company"
[[table]]
into = "opportunity"
opportunity_id = "{deal}"
account_id = "{account_id}"
primary_lead_id = "{lead_of_person}"
created_at = "{opened}"
"""


FILES = {
    "spend.csv": "Campaign name,Campaign number,Day,Spend,Clicks\n"
    "Spring  Launch ,,2024-03-01,$10,3\n,C1,2024-03-01,$5,\n"
    "spring launch,,2024-03-02,$1,1\nTwice,,2024-03-01,$2,\nNowhere,,2024-03-01,$4,\n",
    "campaigns.csv": "campaign_id,name,channel,product\n"
    "C1,Spring Launch,Webinar,Edge\nC2,Twice,Email,\nC3,TWICE,Events,\n",
    "visits.csv": "Visit,Email,Asset,At\nV1,ana@firm.example,BUYER'S  GUIDE,2024-01-01\n"
    "V2,ana@firm.example,Unheard of,2024-01-02\n",
    "contents.csv": "content_id,title,kind\nA1,Buyer's Guide,whitepaper\n",
    "deals.csv": "Deal,Company,Contact,Opened\nD1,ACME Ltd.,ana@firm.example,2024-03-01\n"
    "D2,Zeta,ben@firm.example,2024-03-01\nD3,Acme,ben@firm.example,2024-01-01\n"
    "D4,,eve@firm.example,2024-03-01\n",
    "accounts.csv": "account_id,name\nCRM7,Acme\n",
    "leads.csv": "lead_id,email,created_at,channel\nL1,ana@firm.example,2024-01-05,Email\n"
    "L2,ben@firm.example,2024-01-05,Email\nL3,ben@firm.example,2024-02-05,Webinar\n"
    "L4,ben@firm.example,2024-04-05,Events\n",
}


def filled(loading: Loading, names: Sequence[str]) -> None:
    for name in names:
        loading.load(name, FILES[name])
    rebuild(loading.draft, Definitions.load())


def mappings(folder: Path) -> Path:
    own = folder / "own"
    own.mkdir(parents=True)
    for name, text in (("spend", SPEND), ("visits", VISITS), ("deals", DEALS)):
        (own / f"{name}.toml").write_text(text, encoding="utf-8")
    return own


def found(folder: Path, names: Sequence[str], table: str, *columns: str) -> list[tuple[Any, ...]]:
    with loading_in(folder, mappings(folder)) as loading:
        filled(loading, names)
        return loading.rows(table, *columns)


def test_spend_by_name_is_its_campaigns_whichever_file_comes_first(tmp_path: Path) -> None:
    for number, names in enumerate(permutations(("spend.csv", "campaigns.csv"))):
        rows = found(
            tmp_path / str(number),
            names,
            "spend",
            *("campaign_id", "spend_on", "channel", "campaign", "product", "cost_amount", "clicks"),
        )
        assert [(row[0], row[1].day, *row[2:]) for row in rows] == [
            ("C1", 1, "Webinar", "Spring Launch", "Edge", Decimal(15), 3),
            ("C1", 2, "Webinar", "Spring Launch", "Edge", Decimal(1), 1),
            ("name:nowhere", 1, "Unassigned", "name:nowhere", "Unassigned", Decimal(4), None),
            ("name:twice", 1, "Unassigned", "name:twice", "Unassigned", Decimal(2), None),
        ]


@pytest.mark.parametrize(
    ("by_id", "cost", "currency"), [("$5", Decimal(30), "USD"), ("€5", None, "EUR")]
)
def test_spend_told_by_id_and_by_name_adds_up_unless_a_rate_is_missing(
    tmp_path: Path, by_id: str, cost: Decimal | None, currency: str
) -> None:
    with loading_in(tmp_path, mappings(tmp_path)) as loading:
        loading.load("campaigns.csv", FILES["campaigns.csv"])
        loading.load("rates.csv", "currency,rate_on,rate\nUSD,2024-02-28,2\n")
        loading.load("spend.csv", FILES["spend.csv"].replace("$5", by_id))
        rebuild(loading.draft, Definitions.load().model_copy(update={"base_currency": "CHF"}))
        (day, *_) = loading.rows("spend", "campaign_id", "spend_on", "cost_amount", "currency")
    assert day[2:] == (cost, currency)


def test_an_asset_is_found_by_its_title(tmp_path: Path) -> None:
    for number, names in enumerate(permutations(("visits.csv", "contents.csv"))):
        rows = found(tmp_path / str(number), names, "touch", "interaction_id", "content")
        assert rows == [("V1", "Buyer's Guide"), ("V2", "name:unheard of")]


def test_a_deal_finds_its_company_by_name_and_its_lead_by_person(tmp_path: Path) -> None:
    names = ("deals.csv", "accounts.csv", "leads.csv")
    for number, order in enumerate((names, names[::-1])):
        rows = found(
            tmp_path / str(number), order, "deal", "opportunity_id", "account_id", "lead_id"
        )
        assert rows == [
            ("D1", "CRM7", "L1"),
            ("D2", "name:zeta", "L3"),
            ("D3", "CRM7", "L2"),
            ("D4", None, None),
        ]


def test_names_that_mean_nothing_or_too_much_are_counted(tmp_path: Path) -> None:
    with loading_in(tmp_path, mappings(tmp_path)) as loading:
        filled(loading, ("spend.csv", "campaigns.csv", "visits.csv", "contents.csv"))
        found = loading.draft.query(unresolved_names().render()).rows()
    assert found == [
        ("campaign", "name:nowhere", 1, 0),
        ("campaign", "name:twice", 1, 2),
        ("content", "name:unheard of", 1, 0),
    ]


def test_a_campaign_without_id_gives_its_facts_to_the_one_of_its_name(tmp_path: Path) -> None:
    own = mappings(tmp_path)
    stub = '[[table]]\ninto = "campaign"\ncampaign_id = "{campaign_id}"\nname = "{name}"\n'
    (own / "spend.toml").write_text(SPEND + stub + 'channel = "Paid"\n', encoding="utf-8")
    with loading_in(tmp_path, own) as loading:
        loading.load(
            "spend.csv", "Campaign name,Day,Spend\nAlpha,2024-03-01,$1\nBeta,2024-03-01,$2\n"
        )
        loading.load("campaigns.csv", "campaign_id,name,product,channel\nC9,ALPHA,Edge,\n")
        rebuild(loading.draft, Definitions.load())
        rows = loading.rows("spend", "campaign_id", "campaign", "channel", "product")
    assert rows == [
        ("C9", "Alpha", "Paid", "Edge"),
        ("name:beta", "Beta", "Paid", "Unassigned"),
    ]
