"""Amounts without a currency are the company's, signs count first, and times are in its zone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from loaders.judging.company import Company
from tests.loaders.loading import AMERICAN, loading_in, own_mapping

GERMAN = Company("EUR", {"salesforce": "CHF"}, "Europe/Berlin")

JAPANESE = Company("JPY", {}, "Asia/Tokyo")

CANADIAN = Company("CAD", {}, "America/Toronto")

OFFERS = """\
value = "Value"
own = { from = "Currency", kind = "currency" }
[[table]]
into = "opportunity"
opportunity_id = "{id}"
original_amount = "{value}"
currency = "{own}"
"""


def currencies(folder: Path, text: str, company: Company, columns: str = OFFERS) -> list[object]:
    with loading_in(folder, own_mapping(folder, columns), company) as loading:
        loading.load("offers.csv", text)
        return [row[0] for row in loading.rows("opportunity", "currency", "opportunity_id")]


@pytest.mark.parametrize(
    ("company", "value", "own", "expected"),
    [
        (GERMAN, "1000", "", "EUR"),
        (GERMAN, "$1000", "", "USD"),  # nothing of the company says whose dollar it is
        (CANADIAN, "$1000", "", "CAD"),
        (CANADIAN, "$1000", "AUD", "AUD"),
        (CANADIAN, "$1000", "EUR", "CAD"),
        (CANADIAN, "US$1000", "AUD", "USD"),
        (GERMAN, "R$ 1000", "", "BRL"),
        (GERMAN, "£1000", "EUR", "GBP"),
        (GERMAN, "CHF 1000", "EUR", "CHF"),
        (GERMAN, "¥1000", "", "CNY"),
        (JAPANESE, "¥1000", "", "JPY"),
        (JAPANESE, "1000円", "", "JPY"),
        (JAPANESE, "¥1000", "CNY", "CNY"),
        (Company("SEK", {}, "UTC"), "1000 kr", "", "SEK"),
        (Company("DKK", {}, "UTC"), "1000 kr", "DKK", "DKK"),
        (GERMAN, "1000", "sek", "SEK"),
        (GERMAN, "", "", None),
    ],
)
def test_the_sign_counts_then_the_column_then_the_company(
    tmp_path: Path, company: Company, value: str, own: str, expected: str | None
) -> None:
    assert currencies(tmp_path, f"id,Value,Currency\nO1,{value},{own}\n", company) == [expected]


@pytest.mark.parametrize(
    ("company", "value", "own", "told"),
    [
        (GERMAN, "$1000", "", "in USD, but Canadian"),
        (GERMAN, "$ 1000-", "EUR", "in USD, but Canadian"),
        (GERMAN, "¥1000", "", "in CNY, but yen"),
        (GERMAN, "$1000", "CAD", None),
        (GERMAN, "US$1000", "", None),
        (GERMAN, "$1000 CAD", "", None),
        (GERMAN, "1000円", "", None),
        (GERMAN, "1000元", "", None),
        (GERMAN, "€1000", "", None),
        (AMERICAN, "$1000", "", None),
        (CANADIAN, "$1000", "", None),
        (JAPANESE, "¥1000", "", None),
    ],
)
def test_a_sign_that_several_currencies_have_is_told_where_nothing_says_whose_it_is(
    tmp_path: Path, company: Company, value: str, own: str, told: str | None
) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, OFFERS), company) as loading:
        outcome = loading.load("offers.csv", f"id,Value,Currency\nO1,{value},{own}\n")
    signs = [each for each in outcome.remarks if "alone are in" in each.sentence]
    assert len(signs) == (told is not None)
    assert all((told or "") in each.sentence for each in signs)


@pytest.mark.parametrize("code", ["CAD", "AUD", "SGD", "HKD", "MXN", "NZD", "TWD"])
def test_the_dollar_is_that_of_the_company(tmp_path: Path, code: str) -> None:
    text = "id,Value,Currency\nO1,$1000,\n"
    assert currencies(tmp_path, text, Company(code, {}, "UTC")) == [code]


def test_the_header_counts_before_the_company_and_shares_its_dollar(tmp_path: Path) -> None:
    columns = OFFERS.replace('value = "Value"', 'value = { from = "Value ({currency})", kind = "money" }')  # fmt: skip  # noqa: E501
    text = "id,Value (AUD)\nO1,1000\nO2,$500\nO3,€ 20\n"
    assert currencies(tmp_path, text, GERMAN, columns) == ["AUD", "AUD", "EUR"]


def test_a_mapping_that_needs_no_column_for_it_may_leave_the_currency_out(tmp_path: Path) -> None:
    columns = (
        'day = "Day"\ncost = "Cost"\n[[table]]\ninto = "campaign_spend"\n'
        'campaign_id = "{id}"\nspend_on = "{day}"\noriginal_cost_amount = "{cost}"\n'
    )
    with loading_in(tmp_path, own_mapping(tmp_path, columns), GERMAN) as loading:
        loading.load("spend.csv", "id,Day,Cost\nC1,2026-03-01,80.5\n")
        assert loading.rows("campaign_spend", "currency") == [("EUR",)]


DEALS = (
    "Opportunity ID,Account ID,Stage,Amount,Close Date,Created Date,Closed,Won\n"
    "0065g00000E0001,0015g00000B0001,Closed Won,1000,2026-03-02,2026-01-10 23:30,1,1\n"
    "0065g00000E0002,0015g00000B0001,Closed Won,2000,2026-03-03,2026-01-10 23:30,1,1\n"
    "0065g00000E0003,0015g00000B0001,Closed Won,,2026-03-04,2026-01-10,1,1\n"
)


def test_a_source_system_may_have_another_currency_and_it_is_told(tmp_path: Path) -> None:
    with loading_in(tmp_path, company=GERMAN) as loading:
        outcome = loading.load("deals.csv", DEALS)
        assert [row[0] for row in loading.rows("opportunity", "currency")] == ["CHF", "CHF", None]
        told = {(each.kind, each.column, each.rows) for each in outcome.remarks}
    assert told == {("currency", "Amount", 2), ("time zone", "Created Date", 2)}
    assert any("CHF" in each.sentence for each in outcome.remarks)
    assert any("Europe/Berlin" in each.sentence for each in outcome.remarks)


def test_times_without_a_zone_are_in_the_companys(tmp_path: Path) -> None:
    with loading_in(tmp_path, company=GERMAN) as loading:
        loading.load("deals.csv", DEALS)
        opened = [row[0] for row in loading.rows("opportunity", "created_at")]
        closed = [row[0] for row in loading.rows("opportunity", "closed_at")]
    assert opened == [datetime(2026, 1, 9, 23), *[datetime(2026, 1, 10, 22, 30)] * 2]
    assert closed[0] == datetime(2026, 3, 1, 23)  # midnight in Berlin, so the day is the company's


def test_what_is_loaded_stays_as_it_was_read_until_it_is_loaded_again(tmp_path: Path) -> None:
    """Another base currency of the company changes no amount by itself."""
    with loading_in(tmp_path, company=AMERICAN) as loading:
        first = loading.load("deals.csv", DEALS)
        loading.company = GERMAN
        loading.load("rates.csv", "currency,rate_on,rate\nUSD,2026-03-01,0.92\n")
        assert loading.rows("opportunity", "currency")[0] == ("USD",)
        again = loading.load("deals.csv", DEALS)
        assert again.replaced == first.load_id
        assert loading.rows("opportunity", "currency")[0] == ("CHF",)
        assert loading.load("deals.csv", DEALS).status == "already loaded"


def test_the_mapping_may_say_both_and_nothing_is_taken(tmp_path: Path) -> None:
    columns = OFFERS.replace("[[table]]", 'at = "At"\n[[table]]').replace(
        'currency = "{own}"', 'currency = "{own}"\ncreated_at = "{at}"'
    )
    read = 'currency = "NOK"\ntime_zone = "Asia/Tokyo"'
    with loading_in(tmp_path, own_mapping(tmp_path, columns, read), GERMAN) as loading:
        outcome = loading.load("a.csv", "id,Value,At\nO1,7,2026-03-01 09:00\n")
        assert loading.rows("opportunity", "currency", "created_at") == [
            ("NOK", datetime(2026, 3, 1))
        ]
    assert outcome.remarks == ()
