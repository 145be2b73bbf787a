"""A file of an unknown kind: what its columns seem to be, and a proposal that loads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from data.privacy.contacts import MASK
from loaders.language.library import read_mappings
from loaders.preview import preview
from loaders.proposing.evidence import Look, evidence
from loaders.proposing.proposal import Proposal, ProposedColumn
from loaders.proposing.propose import propose
from loaders.proposing.readings import either, number_readings
from loaders.proposing.roles import likeness
from tests.loaders.loading import Loading, loading_in

REAL = Path(__file__).parents[4] / "shared" / "data"


def proposed(name: str, text: str, delimiter: str = ",") -> Proposal:
    header, *rows = (line.split(delimiter) for line in text.splitlines())
    examples = {column: [row[place] for row in rows] for place, column in enumerate(header)}
    return propose(read_mappings(), examples, Path(name))


def column(proposal: Proposal, header: str) -> ProposedColumn:
    (found,) = (each for each in proposal.columns if each.header == header)
    return found


def loaded(loading: Loading, name: str, text: str, delimiter: str = ",") -> Proposal:
    """Load a file with the mapping proposed for it, unedited."""
    proposal = proposed(name, text, delimiter)
    assert loading.mappings
    loading.mappings.mkdir(exist_ok=True)
    (loading.mappings / "proposal.toml").write_text(proposal.toml, encoding="utf-8")
    (own,) = re.findall(r'^name = "(.*)"$', proposal.toml, re.MULTILINE)[:1]
    loading.load(name, text, mapping=own)
    return proposal


@pytest.mark.parametrize(
    ("values", "look"),
    [
        ([], Look.EMPTY),
        (["a@b.de", "c@d.com"], Look.EMAIL),
        (["+49 89 1234567"], Look.PHONE),
        (["13812345678", "13912345678"], Look.PHONE),
        (["https://a.de/x?y=1", "/pricing"], Look.URL),
        (["a.com", "b.co.uk"], Look.DOMAIN),
        (["Yes", "no"], Look.BOOLEAN),
        (["2024-01-31", "2024-01-31T10:00:00Z"], Look.DATE),
        (["USD", "eur"], Look.CURRENCY),
        (["$1,117.10K", "¥12"], Look.AMOUNT),
        (["3.5万"], Look.AMOUNT),
        (["12", "7"], Look.NUMBER),
        (["003Q01", "003Q02"], Look.CODE),
        (["Acme GmbH", "Zeta"], Look.TEXT),
    ],
)
def test_values_show_what_they_are(values: Sequence[str], look: Look) -> None:
    assert evidence(values).look is look


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2024-01-31"], ()),
        (["31/01/2024", "01/02/2024"], ("%d/%m/%Y",)),
        (["01/02/2024", "03/04/2024"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["15 Apr, 2021 00:02:00"], ("%d %b, %Y %H:%M:%S",)),
        (["2024年1月31日"], ("%Y年%m月%d日",)),
        (["4/15/2021 1:02 PM"], ("%m/%d/%Y %I:%M %p",)),
    ],
)
def test_dates_are_recognised_with_every_format_that_fits(
    values: Sequence[str], formats: tuple[str, ...]
) -> None:
    found = evidence(values)
    assert (found.look, found.formats) == (Look.DATE, formats)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1.117,10 €", "12,00"], {"decimal": ",", "thousands": "."}),
        (["$1,117.10", "12"], {"decimal": ".", "thousands": ","}),
        (["1 117,10", "5"], {"decimal": ",", "thousands": " "}),
        (["12.5", "0.125"], {"decimal": "."}),
        (["0,125"], {"decimal": ","}),
        (["1.000.000"], {"decimal": ",", "thousands": "."}),
        (["12"], {"decimal": "."}),
    ],
)
def test_numbers_show_their_marks(values: Sequence[str], marks: dict[str, str]) -> None:
    (reading,) = number_readings([evidence(values)])
    assert reading.says == marks


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["R$ 100.000", "R$ 35.500"], "R$ 100.000 is 100.000 or 100000"),
        (["1,200 元", "880"], "1,200 元 is 1200 or 1.200"),
        (["¥12,345", "¥1,000"], "¥12,345 is 12345 or 12.345"),
    ],
)
def test_a_number_that_two_marks_fit_is_asked(values: Sequence[str], said: str) -> None:
    assert either(number_readings([evidence(values)])) == said


def test_headers_are_alike_across_case_prefixes_and_brackets() -> None:
    assert likeness("property_createdAt", "created at") == 1
    assert likeness("Close Date (UTC)", "close date") == 1
    assert likeness("客户名称（全称）", "客户名称") == 1
    assert likeness("deal_stage", "stage") > 0.8
    assert likeness("Channell", "channel") > 0.8
    assert likeness("Fax", "email") < 0.5


LEADS = """\
Nr.;Firma / Company;E-Mail;Mobile Phone;Erstellt / Created At;Lead Source;Became MQL;Last Name
7;ACME Ltd.;ana@firm.example;+49 89 1234567;31.01.2024;Fair;05.02.2024;Lima
8;Zeta AG;;;01.02.2024;Web;;Stein
"""


def test_an_unknown_file_of_leads_is_loaded_by_its_proposal_unedited(tmp_path: Path) -> None:
    with loading_in(tmp_path, tmp_path / "own") as loading:
        proposal = loaded(loading, "lead list.csv", LEADS, ";")
        assert proposal.table == "lead"
        assert loading.rows("lead", "lead_id", "account_id", "channel") == [
            ("7", "name:acme", "Fair"),
            ("8", "name:zeta", "Web"),
        ]
        assert [row[0] for row in loading.rows("stage_change", "stage")] == ["mql"]
        assert loading.rows("account", "name") == [("ACME Ltd.",), ("Zeta AG",)]
        assert len(loading.rows("person")) == 1


def test_what_is_personal_is_masked_and_what_is_unlike_all_is_listed() -> None:
    proposal = proposed("lead list.csv", LEADS + "9;;;;;;;Roe\n", ";")
    assert column(proposal, "E-Mail").examples == (MASK,)
    assert column(proposal, "Mobile Phone").examples == (MASK,)
    assert set(column(proposal, "Last Name").examples) == {MASK}
    assert column(proposal, "Last Name").name == ""
    assert "# not used: Last Name (personal, not stored)" in proposal.toml
    assert "Stein" not in proposal.toml
    assert column(proposal, "Lead Source").feeds == ("lead.channel",)
    assert column(proposal, "Lead Source").confidence > 0.9
    for each in proposal.columns:
        line = f"{each.name} = "
        assert not each.name or f"{each.confidence:.0%}"[:-1] in proposal.toml.partition(line)[2]


def test_an_unknown_file_in_chinese_is_loaded_by_its_proposal(tmp_path: Path) -> None:
    text = (
        "线索编号,公司名称,邮箱,创建时间,渠道来源,负责人\n"
        "甲1,广州测绘有限公司,li@firm.example,2024年1月31日,展会,王\n"
    )
    with loading_in(tmp_path, tmp_path / "own") as loading:
        assert loaded(loading, "导出.csv", text).table == "lead"
        assert loading.rows("lead", "lead_id", "channel", "owner") == [("甲1", "展会", "王")]
        assert loading.rows("account", "name_key") == [("广州测绘",)]


def test_deals_get_an_outcome_a_closing_day_and_a_currency(tmp_path: Path) -> None:
    text = (
        "Deal ID|Account|Deal Stage|Deal Value|Close Date|Probability\n"
        "D1|Acme|Closed Won|€1.117,10|04/15/2024|100\n"
        "D2|Zeta|Proposal|€12|05/16/2024|40\nD3|Beta|Closed Lost||04/17/2024|0\n"
    )
    with loading_in(tmp_path, tmp_path / "own") as loading:
        proposal = loaded(loading, "deals.csv", text, "|")
        assert proposal.table == "opportunity"
        names = ("opportunity_id", "outcome", "original_amount", "currency", "probability")
        rows = [tuple(map(str, row)) for row in loading.rows("opportunity", *names)]
        assert rows == [
            ("D1", "won", "1117.10", "EUR", "1.0"),
            ("D2", "open", "12.00", "EUR", "0.4"),
            ("D3", "lost", "None", "None", "0.0"),
        ]
        closed = loading.rows("opportunity", "opportunity_id", "closed_at")
        assert [(name, when and when.day) for name, when in closed] == [
            ("D1", 15), ("D2", None), ("D3", 17)]  # fmt: skip


def test_spend_by_campaign_name_is_loaded_and_added_up(tmp_path: Path) -> None:
    text = (
        "Day,Campaign Name,Ad,Amount Spent (GBP),Impr,Link Clicks\n"
        "2024-03-01,Spring,a,10.5,100,3\n2024-03-01,Spring,b,1.5,50,1\n"
    )
    with loading_in(tmp_path, tmp_path / "own") as loading:
        loaded(loading, "export.csv", text)
        names = ("campaign_id", "original_cost_amount", "currency", "impressions", "clicks")
        assert [tuple(map(str, row)) for row in loading.rows("campaign_spend", *names)] == [
            ("name:spring", "12.00", "GBP", "150", "4")
        ]


def test_visits_get_their_source_from_their_address(tmp_path: Path) -> None:
    text = (
        "event time,client id,page url\n"
        "2024-03-01 10:00:00,c1,https://x.example/p?utm_source=baidu&utm_medium=cpc\n"
    )
    with loading_in(tmp_path, tmp_path / "own") as loading:
        proposal = loaded(loading, "page visits.csv", text)
        assert 'action = "page_view"   # the file\'s name says it' in proposal.toml
        names = ("visitor_id", "action", "utm_source", "utm_medium")
        assert loading.rows("interaction", *names) == [("c1", "page_view", "baidu", "cpc")]


def test_values_alone_give_a_column_away() -> None:
    text = "xyzzy,plugh,created at\na@b.example,+49 89 1234567,2024-01-01\n"
    proposal = proposed("people.csv", text)
    assert column(proposal, "xyzzy").kind == "email"
    assert column(proposal, "xyzzy").confidence < 0.7
    assert column(proposal, "plugh").kind == "phone"


def test_a_file_like_nothing_known_gets_a_proposal_that_says_so() -> None:
    proposal = proposed("b.csv", "qqq,www\nx y,z z\n")
    assert all(each.name == "" for each in proposal.columns)
    assert "0%: no header is like one known" in proposal.toml


def test_a_preview_carries_the_proposed_columns(tmp_path: Path) -> None:
    file = tmp_path / "lead list.csv"
    file.write_text(LEADS, encoding="utf-8")
    found = preview(file)
    assert found.mapping is None
    names = {each.header: each.name for each in found.proposed}
    assert names["Lead Source"] == "channel"
    assert names["E-Mail"] == "email"


@pytest.mark.parametrize(
    ("name", "table", "least"),
    [
        ("maven_crm/accounts.csv", "account", 85),
        ("maven_crm/sales_pipeline.csv", "opportunity", 8800),
        ("fleetio_b2b/accounts.csv", "account", 461),
        ("fleetio_b2b/contacts.csv", "person", 461),
        ("fleetio_b2b/leads.csv", "lead", 946),
        ("fleetio_b2b/opportunities.csv", "opportunity", 461),
        ("export_shapes/hubspot/deal_data.csv", "opportunity", 44),
        ("export_shapes/ad_reporting/google_ads_campaign_stats_data.csv", "campaign_spend", 16),
        ("export_shapes/pardot/pardot_visitor_activity_data.csv", "interaction", 100),
    ],
)
def test_real_exports_are_loaded_by_their_proposals(
    tmp_path: Path, name: str, table: str, least: int
) -> None:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    with loading_in(tmp_path, tmp_path) as loading:
        proposal = propose(read_mappings(), examples_of(loading, path), path)
        toml = re.sub(r"currency = {.*", 'currency = "USD"', proposal.toml)
        (tmp_path / "proposal.toml").write_text(toml, encoding="utf-8")
        outcome = loading.load_path(path, mapping=path.stem)
    assert (proposal.table, outcome.rows_kept) == (table, least)


def examples_of(loading: Loading, path: Path) -> dict[str, list[str]]:
    frame = loading.draft.query(
        f"SELECT * FROM read_csv('{path}', all_varchar = true) AS file LIMIT 9000"
    )
    return {name: [text or "" for text in frame[name]] for name in frame.columns}


@pytest.mark.parametrize(
    ("name", "text", "delimiter", "table", "weighs"),
    [
        ("paths.csv", "Path;Converted;Lost\nEmail, Search;3;10\nFair;0.5;2\n", ";", "path", 2),
        ("export.csv", "Kanalpfad,Conversions\nEmail → Search,3\nFair,1\n", ",", "path", 2),
        ("journeys.csv", "Kunde,Kontakt 1,Kontakt 2,Conversions\nA,Email,Search,3\nB,Fair,,1\n",
         ",", "path", 2),
        ("steps.csv", "Journey,Step no,Channel name,Conversions\nJ-1,1,Email,3\nJ-1,2,Search,3\n"
         "J-2,1,Fair,1\n", ",", "path_touch", 2),
    ],
)  # fmt: skip
def test_journeys_without_times_are_loaded_by_their_proposal(
    tmp_path: Path, name: str, text: str, delimiter: str, table: str, weighs: int
) -> None:
    with loading_in(tmp_path, tmp_path / "own") as loading:
        proposal = loaded(loading, name, text, delimiter)
        assert proposal.table == table
        assert loading.reasons() == []
        assert len(loading.rows("path")) == weighs
        touches = loading.rows("path_touch", "position", "channel")
    assert touches == [(1, "Email"), (1, "Fair"), (2, "Search")]


def test_a_mark_between_touches_is_shown_and_numbered_headers_are_one_column() -> None:
    proposal = proposed("journeys.csv", "Touchpoint 1,Touchpoint 2,Conversions\nA,B,3\nC,,1\n")
    assert column(proposal, "Touchpoint 2").name == "touches"
    assert "# not used" not in proposal.toml
    assert set(proposal.evidence) == {"Touchpoint 1", "Touchpoint 2", "Conversions"}
    assert evidence(["Home > Pumps", "Home"]).marks == (">",)
    assert evidence(["a -> b", "b"]).marks == ("->",)
    assert evidence(["> 50", "100 EUR >"]).marks == ()
