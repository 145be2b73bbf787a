"""A proposal for an unknown report keeps by what spend is told: channel, product, region, tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.definitions import BUILT_IN, Definitions
from data.derive.rebuild import rebuild
from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in, own_mapping
from tests.loaders.proposing.test_right_or_asked import proposed


@contextmanager
def loaded(folder: Path, header: str, rows: Sequence[str]) -> Iterator[tuple[Loading, Outcome]]:
    """A draft with one file, which is loaded by its proposal as it is."""
    own = folder / "own"
    own.mkdir()
    toml = proposed("report.csv", header, list(rows), ";" if ";" in header else ",").toml
    (own / "proposal.toml").write_text(toml, encoding="utf-8")
    with loading_in(folder, own) as loading:
        outcome = loading.load("report.csv", "\n".join([header, *rows]) + "\n")
        rebuild(loading.draft, Definitions.load(BUILT_IN))
        yield loading, outcome


def spent(loading: Loading, by: str) -> dict[object, str]:
    frame = loading.draft.query(f"SELECT {by}, sum(cost_amount) FROM spend GROUP BY 1 ORDER BY 1")
    return {name: str(cost) for name, cost in frame.rows()}


@pytest.mark.parametrize(
    ("header", "rows", "by", "expected"),
    [
        (
            "Fecha;Campaña;Canal;Inversión (USD);Impresiones;Clics",
            [
                "2026-03-01;Bombas B2B;Paid Search;120,50;2300;41",
                "2026-03-01;Feria Norte;Ferias;900,00;0;0",
                "2026-03-02;Bombas B2B;Paid Search;98,10;2100;35",
                "2026-03-02;Feria Norte;Ferias;-50,00;0;0",
            ],
            "channel",
            {"Ferias": "850.00", "Paid Search": "218.60"},
        ),
        (
            "Datum;Kampagne;Kanal;Produkt;Ausgaben in USD;Impressionen",
            [
                "01.03.2026;Frühling;Messe;Pumpen;1.200,00;0",
                "13.03.2026;Herbst;Social;Ventile;300,25;900",
            ],
            "product",
            {"Pumpen": "1200.00", "Ventile": "300.25"},
        ),
        (
            "日期,推广项目,渠道,地区,花费(USD),曝光,点击",
            [
                "2026-03-01,泵春季,抖音,华东,1200.50,23000,410",
                "2026-03-02,泵春季,抖音,华东,800.00,21000,350",
                "2026-03-01,阀门展会,展会,华南,90000.00,0,0",
            ],
            "campaign_region",
            {"华东": "2000.50", "华南": "90000.00"},
        ),
        (
            "Day,Campaign,Platform,Amount Spent (USD),Clicks",
            ["2026-03-01,Valves,LinkedIn Ads,75.50,4", "2026-03-01,Pumps,Meta Ads,20.25,9"],
            "tool",
            {"LinkedIn Ads": "75.50", "Meta Ads": "20.25"},
        ),
    ],
)
def test_spend_of_an_unknown_report_is_told_by_what_it_says(
    tmp_path: Path, header: str, rows: list[str], by: str, expected: dict[str, str]
) -> None:
    with loaded(tmp_path, header, rows) as (loading, outcome):
        assert outcome.rows_rejected == 0, outcome.reasons
        assert spent(loading, by) == expected


def test_a_campaign_in_several_channels_is_one_of_each(tmp_path: Path) -> None:
    rows = [
        "2026-03-01,Spring,Paid Search,120.50,41",
        "2026-03-01,Spring,Paid Social,80.25,12",
        "2026-03-01,Autumn,Paid Search,10.00,3",
    ]
    with loaded(tmp_path, "Day,Campaign,Channel,Cost (USD),Clicks", rows) as (loading, outcome):
        assert outcome.remarks == ()
        assert spent(loading, "channel") == {"Paid Search": "130.50", "Paid Social": "80.25"}
        assert spent(loading, "campaign") == {"Autumn": "10.00", "Spring": "200.75"}


def test_spend_of_channels_without_campaigns_is_of_the_channels(tmp_path: Path) -> None:
    rows = ["01.01.2026;Messe;$ 12.000,00", "01.01.2026;Mail;$ 310,50", "01.02.2026;Mail;$ 28,00"]
    with loaded(tmp_path, "Monat;Kanal;Kosten", rows) as (loading, _):
        assert spent(loading, "channel") == {"Mail": "338.50", "Messe": "12000.00"}
        by_month = spent(loading, "CAST(month(spend_on) AS VARCHAR)")
        assert by_month == {"1": "12310.50", "2": "28.00"}
        days = loading.draft.query("SELECT min(spend_on), max(spend_on), count(*) FROM spend")
        assert [str(each) for each in days.row(0)] == ["2026-01-01", "2026-02-28", "90"]


SEVERAL = """
campaign_name = "Campaign"
day = { from = "Day", kind = "date" }
cost = { from = "Cost", kind = "money" }
channel = "Channel"
[campaign]
name = "campaign_name"
[[table]]
into = "campaign_spend"
campaign_id = "{campaign_id}"
spend_on = "{day}"
original_cost_amount = "{cost}"
currency = "USD"
add = ["original_cost_amount"]
[[table]]
into = "campaign"
campaign_id = "{campaign_id}"
name = "{campaign_name}"
channel = "{channel}"
"""


def test_a_mapping_by_which_one_channel_of_several_counts_is_told(tmp_path: Path) -> None:
    head = "id,Campaign,Day,Channel,Cost\n"
    with loading_in(tmp_path, own_mapping(tmp_path, SEVERAL)) as loading:
        once = loading.load("a.csv", f"{head}1,Spring,2026-03-01,Search,10\n")
        assert once.remarks == ()
        twice = f"{head}1,Spring,2026-03-02,Search,10\n2,Spring,2026-03-02,展会,20\n"
        (remark,) = loading.load("b.csv", twice).remarks
    assert remark.kind == "campaigns"
    assert remark.column == "Channel"
    assert '"Spring" with "Search" and "展会"' in remark.sentence


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["RMB 1.2万", "RMB 800"], {"Events": "12800.00 CNY"}),
        (["CHF 1'234.50", "CHF -2’000.00"], {"Events": "-765.50 CHF"}),
        (["1\u202f234,50 €", "12,00\u202f€"], {"Events": "1246.50 EUR"}),
        (["12.345,00- EUR", "(200,00) EUR"], {"Events": "-12545.00 EUR"}),
        (["US$ 12,000.00", "$1,000.50-"], {"Events": "10999.50 USD"}),
    ],
)
def test_amounts_of_an_unknown_report_are_read_as_they_are_written(
    tmp_path: Path, cells: list[str], expected: dict[str, str]
) -> None:
    rows = [f"2026-03-0{day};Fair {day};Events;{cell}" for day, cell in enumerate(cells, start=1)]
    with loaded(tmp_path, "Day;Campaign;Channel;Cost", rows) as (loading, outcome):
        assert outcome.rows_rejected == 0, outcome.reasons
        frame = loading.draft.query(
            "SELECT channel, sum(original_cost_amount), max(currency) FROM campaign_spend "
            "JOIN campaign USING (campaign_id) GROUP BY channel"
        )
        assert {name: f"{cost} {code}" for name, cost, code in frame.rows()} == expected


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        (["¥12,000", "¥8,500"], "¥12,000 is 12000 or 12.000"),
        (["12.345,00-", "200,00"], "nothing names it"),
    ],
)
def test_what_an_amount_leaves_open_is_asked(cells: list[str], asked: str) -> None:
    rows = [f"2026-03-0{day};Fair {day};Events;{cell}" for day, cell in enumerate(cells, start=1)]
    toml = proposed("report.csv", "Day;Campaign;Channel;Cost", rows, ";").toml
    assert any("decide" in line and asked in line for line in toml.splitlines())
