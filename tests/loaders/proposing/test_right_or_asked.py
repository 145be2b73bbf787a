"""A proposal for an unknown export says what the file says, or asks: never something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loaders.language.library import read_mappings
from loaders.proposing.proposal import Proposal
from loaders.proposing.propose import propose
from tests.loaders.loading import loading_in


def proposed(name: str, header: str, rows: list[str], mark: str = ",") -> Proposal:
    columns = header.split(mark)
    cells = [row.split(mark) for row in rows]
    examples = {each: [row[at] for row in cells] for at, each in enumerate(columns)}
    return propose(read_mappings(), examples, Path(name))


def refusal(folder: Path, name: str, header: str, rows: list[str], mark: str = ",") -> str:
    """What is said when a file is loaded by its proposal as it is."""
    own = folder / "own"
    own.mkdir()
    (own / "proposal.toml").write_text(proposed(name, header, rows, mark).toml, encoding="utf-8")
    with loading_in(folder, own) as loading:
        return loading.refusal(name, "\n".join([header, *rows]) + "\n")


PREFIXED = (
    "Deal - ID,Deal - Title,Deal - Value,Deal - Weighted value,Deal - Currency,Deal - Stage,"
    "Deal - Status,Organization,Deal - Deal created,Deal - Expected close date,Deal - Won time,"
    "Deal - Lost time,Deal - Next activity date"
)

DEALS = [
    "901,Pumps A,4000,4000,EUR,Talks,Won,Acme,2026-01-05 08:00:00,2026-02-28,2026-03-02 10:00:00,,",
    "902,Pumps B,700,350,EUR,Talks,Open,Beta,2026-01-06 08:00:00,2026-05-30,2026-02-01 09:00:00,,",
    "903,Pumps C,900,900,EUR,Offer,Lost,Gama,2026-01-07 08:00:00,2026-03-30,,2026-03-09 09:00:00,",
    "904,Pumps D,,,EUR,Offer,Deleted,Delta,2026-01-08 08:00:00,,,,2026-06-01",
    "905,Pumps E,1250,625,EUR,Offer,Open,Epsi,2026-01-09 08:00:00,2026-06-30,,,2026-06-02",
]


def test_deals_are_closed_when_they_were_won_or_lost_and_have_their_whole_value(
    tmp_path: Path,
) -> None:
    with loading_in(tmp_path, tmp_path / "own") as loading:
        (tmp_path / "own").mkdir()
        toml = proposed("deals-77.csv", PREFIXED, DEALS).toml
        (tmp_path / "own" / "x.toml").write_text(toml, encoding="utf-8")
        outcome = loading.load("deals-77.csv", "\n".join([PREFIXED, *DEALS]) + "\n")
        names = ("opportunity_id", "outcome", "original_amount", "currency", "closed_at")
        rows = loading.rows("opportunity", *names)
    assert outcome.rows_kept == 5, "what the source has deleted is ended, and counted"
    assert [(*map(str, row[:4]), row[4] and f"{row[4]:%m-%d}") for row in rows] == [
        ("901", "won", "4000.00", "EUR", "03-02"),
        ("902", "open", "700.00", "EUR", None),
        ("903", "lost", "900.00", "EUR", "03-09"),
        ("905", "open", "1250.00", "EUR", None),
    ]


@pytest.mark.parametrize(
    ("name", "header", "rows", "wanted"),
    [
        (
            "Odoo",
            "ID,Opportunity,Expected Revenue,Stage,Created on,Expected Closing,Won/Lost",
            [
                "o1,A,100.50,New,2026-03-01,2026-04-01,Won",
                "o2,B,200.50,New,2026-03-02,2026-04-02,Lost",
            ],
            ["closed_at = { decide = []", 'created_at = "Created on"', 'outcome = "Won/Lost"'],
        ),
        (
            "纷享销客",
            "商机编号,客户名称,商机金额,预计成交日期,销售阶段,创建时间,实际成交日期",
            [
                "S1,广州甲公司,1000.50,2026-05-01,赢单,2026-03-01 09:30,2026-04-01",
                "S2,广州乙公司,2000.50,2026-05-02,方案报价,2026-03-02 09:30,",
            ],
            [
                'closed_at = { decide = ["{closed_at_1}"] }   # 实际成交日期',
                '"赢单" = "won"',
                '"方案报价" = "open"',
            ],
        ),
        (
            "unknown stages",
            "编号,客户,销售金额,阶段,创建日期,结束日期",
            ["J1,甲,1000.50,接触,2026/03/01,", "J2,乙,2000.50,签单完成,2026/03/02,2026/04/01"],
            ['"签单完成" = { decide = ["won", "lost", "open"] }'],
        ),
        (
            "Bitrix24",
            "ID;Стадия сделки;Сумма;Дата создания;Предполагаемая дата закрытия",
            [
                "1;Новая;1000.00;01.03.2026 10:00:00;01.05.2026",
                "2;В работе;2500.00;13.03.2026 10:00:00;14.05.2026",
            ],
            ["outcome = { decide = [] }", 'created_at = { from = "Дата создания"'],
        ),
        (
            "monday",
            "Item ID,Owner,Deal Stage,Deal Value,Expected Close Date,Actual Close Date,Log",
            [
                "8800000001,Ida,Won,$2500.50,2026-04-01,2026-04-02,2026-03-01",
                "8800000002,Ida,Discovery,$1500.50,2026-04-05,,2026-03-02",
            ],
            [
                'record = "Item ID"',
                'created_at = { decide = ["{created_at_1}"] }   # Log',
                'closed_at = { from = "Actual Close Date"',
            ],
        ),
        (
            "Copper",
            "Opportunity No,Status,Value,Close Date,Opened",
            [
                "3301,Abandoned,$1800.50,03/21/2026,03/02/2026",
                "3302,Won,$900.50,03/22/2026,03/03/2026",
            ],
            ['"Abandoned" = { decide = ["won", "lost", "open"] }'],
        ),
        (
            "Verkaufschancen",
            "Nr.;Firma;Auftragswert;Vertriebsphase;Angelegt am;Abschlussdatum;Erwarteter Abschluss",
            [
                "V-1;Acme;1.200,50 €;Gewonnen;02.01.2026;13.03.2026;01.04.2026",
                "V-2;Beta;800,00 €;Angebot;05.01.2026;;15.04.2026",
            ],
            [
                'closed_at = { from = "Abschlussdatum"',
                'dates = "%d.%m.%Y"',
                '"Gewonnen" = "won"',
                '"Angebot" = "open"',
                'decimal = ","',
                'expected_close_on = { from = "Erwarteter',
            ],
        ),
    ],
)
def test_deals_of_other_systems_are_read_or_asked(
    name: str, header: str, rows: list[str], wanted: list[str]
) -> None:
    mark = ";" if ";" in header else ","
    proposal = proposed("deals.csv", header, rows, mark)
    assert proposal.table == "opportunity"
    for line in wanted:
        assert line in proposal.toml, f"{name}: {line} is not in\n{proposal.toml}"


AD_LEADS = "id,created_time,ad_id,ad_name,campaign_id,campaign_name,form_id,full_name,phone_number"


def test_people_of_one_ad_are_people_of_their_own(tmp_path: Path) -> None:
    rows = [
        f"l:77{n:03d},2026-03-{n + 1:02d}T09:00:00+01:00,ag:12{n % 2},Clip,c:9,Pumps,f:5,"
        f"Person {n},p:+4917012360{n:02d}"
        for n in range(1, 20)
    ]
    proposal = proposed("forms.csv", AD_LEADS, rows)
    assert "person_record" not in proposal.toml
    assert "# not used: ad_id (ids)" in proposal.toml
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "x.toml").write_text(proposal.toml, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as loading:
        loading.load("forms.csv", "\n".join([AD_LEADS, *rows]) + "\n")
        assert len(set(loading.rows("lead", "lead_id"))) == 19
        assert len(set(loading.rows("person", "person_id"))) == 19


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "Contact ID,Lead Name,Date Added,E-mail",
            [f"K{n % 2},N{n},2026-03-0{n + 1},n{n}@f.example" for n in range(1, 8)],
        ),
        (
            "Stand-ID;Nachname;Scanzeit;Mobil",
            [f"ST{n % 2};Roe {n};2026-03-0{n + 1};+49 170 5550{n:03d}" for n in range(1, 8)],
        ),
        (
            "联系人编号,姓名,登记时间,手机",
            [f"LX{n % 2},王{n},2026-03-0{n + 1},1380000000{n}" for n in range(1, 8)],
        ),
        (
            "キャンペーンID,氏名,登録日,メール",
            [f"K{n % 2},山田{n},2026/03/0{n + 1},y{n}@k.example" for n in range(1, 8)],
        ),
        (
            "Form ID,Full Name,Submitted At,Email",
            [f"F{n % 2},Jo {n},2026-03-0{n + 1},j{n}@d.example" for n in range(1, 8)],
        ),
    ],
)
def test_an_id_that_repeats_over_names_is_nobodys_and_no_records(
    header: str, rows: list[str]
) -> None:
    proposal = proposed("anfragen.csv", header, rows, ";" if ";" in header else ",")
    assert proposal.table == "lead"
    assert 'lead_id = "{row_key}"' in proposal.toml
    assert "person_record" not in proposal.toml


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        (["K1;02/04/2026;03/04/2026", "K2;03/05/2026;04/05/2026"], True),
        (["K1;02/04/2026;03/04/2026", "K2;03/05/2026;14/05/2026"], False),
        (["K1;02.04.2026;03.04.2026", "K2;03.05.2026;04.05.2026"], False),
        (["K1;03/03/2026;04/04/2026", "K2;05/05/2026;06/06/2026"], False),
        (["K1;02/04/26;03/04/26", "K2;03/05/26;04/05/26"], True),
        (["K1;02-04-2026 10:11;03-04-2026 10:11", "K2;03-05-2026 10:11;04-05-2026 10:11"], True),
    ],
)
def test_days_that_two_formats_fit_are_asked_unless_another_column_shows_it(
    rows: list[str], asked: bool
) -> None:
    toml = proposed("anfragen.csv", "Lead ID;Created At;Converted At", rows, ";").toml
    assert ("dates = { decide = [" in toml) is asked


def test_an_undecided_day_is_not_loaded_and_both_readings_are_said(tmp_path: Path) -> None:
    rows = [f"E{n},New,0{n}/0{n + 1}/2026 10:11,c{n}@acc.example" for n in range(1, 8)]
    said = refusal(tmp_path, "リード.csv", "リードID,ステータス,作成日時,メール", rows)
    assert '"%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M"' in said
    assert "01/02/2026 10:11 is 1 February 2026 or 2 January 2026" in said


GASTO = "Campanha;Canal;Dia;Gasto;Cliques"


@pytest.mark.parametrize(
    ("header", "rows", "asked"),
    [
        (
            GASTO,
            ["Marca;Search;02/03/2026;R$ 100.000;812", "B;Social;16/03/2026;R$ 35.500;93"],
            True,
        ),
        (
            GASTO,
            ["Marca;Search;02/03/2026;R$ 100.000;1.204", "B;Social;16/03/2026;R$ 35.500;9"],
            False,
        ),
        (
            GASTO,
            ["Marca;Search;02/03/2026;R$ 100.000,50;812", "B;Social;16/03/2026;R$ 1.500;93"],
            False,
        ),
        (
            "広告;キャンペーン名;日;コスト",
            ["a;春;2026/03/01;¥12,345", "b;夏;2026/03/02;¥1,000"],
            True,
        ),
        (
            "项目;计划名称;日期;消耗",
            ["a;春;2026-03-01;12,345元", "b;夏;2026-03-02;880.50元"],
            False,
        ),
        ("Kampagne;Tag;Kosten", ["A;01.03.2026;CHF 1'204.50", "B;02.03.2026;CHF 12.00"], False),
        ("Campaign;Day;Cost", ["A;2026-03-01;$1.250", "B;2026-03-02;$12.500"], True),
    ],
)
def test_marks_that_two_readings_fit_are_asked(header: str, rows: list[str], asked: bool) -> None:
    proposal = proposed("gasto.csv", header, rows, ";")
    assert proposal.table == "campaign_spend"
    assert ("read = { decide = [" in proposal.toml) is asked


def test_the_marks_that_were_decided_are_used(tmp_path: Path) -> None:
    rows = ["Marca;Search;02/03/2026;R$ 100.000;812", "B;Social;16/03/2026;R$ 35.500;93"]
    toml = proposed("gasto.csv", GASTO, rows, ";").toml
    toml = re.sub(r"read = .*", 'read = { decimal = ",", thousands = "." }', toml)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "x.toml").write_text(toml, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as loading:
        loading.load("gasto.csv", "\n".join([GASTO, *rows]) + "\n")
        spent = loading.rows("campaign_spend", "original_cost_amount", "currency")
    assert sorted((str(amount), code) for amount, code in spent) == [
        ("100000.00", "BRL"),
        ("35500.00", "BRL"),
    ]


OCEAN = "时间-天,项目ID,项目名称,消耗,展示数,平均千次展现费用(元),点击数,点击率%,转化成本"


def test_a_report_in_chinese_is_spend_in_its_own_currency_without_its_sum(tmp_path: Path) -> None:
    rows = [
        f"2026-03-{day:02d},74123004567890123{day:02d},春季-{day % 2},{day}200.55,45000,26.68,900,"
        "2.00,100.05"
        for day in range(1, 13)
    ]
    rows.append("总计-12条,-,-,80406.60,540000,0,10800,0,0")
    (tmp_path / "own").mkdir()
    toml = proposed("报表.csv", OCEAN, rows).toml
    (tmp_path / "own" / "x.toml").write_text(toml, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as loading:
        outcome = loading.load("报表.csv", "\n".join([OCEAN, *rows]) + "\n")
        spend = loading.rows("campaign_spend", "campaign_id", "original_cost_amount", "currency")
    assert (outcome.rows_kept, outcome.rows_skipped) == (12, 1)
    assert {code for _, _, code in spend} == {"CNY"}
    assert "7412300456789012307" in {campaign for campaign, _, _ in spend}
    assert str(sum(amount for _, amount, _ in spend)) == "80406.60"


@pytest.mark.parametrize(
    ("name", "header", "rows", "wanted"),
    [
        (
            "TikTok Ads",
            "Campaign name,Campaign ID,By Day,Cost,CPM,Impressions,Clicks (destination)",
            [
                "A,1790000000000000001,2026-03-01,33.30,3.30,1000,40",
                "Total of 1 results,-,-,33.30,3.30,1000,40",
            ],
            ['spend_on = "By Day"', 'starts_with = ["Total"]', "currency = { decide"],
        ),
        (
            "Yahoo! 広告",
            "日,キャンペーンID,キャンペーン名,インプレッション数,クリック数,平均CPC,コスト",
            ["2026/03/01,440,春,1000,50,80,4000.50", "合計,--,--,1000,50,80,4000.50"],
            ['original_cost_amount = { from = "コスト"', 'starts_with = ["合計"]'],
        ),
        (
            "Meta, German",
            "Berichtsbeginn,Berichtsende,Tag,Kampagnenname,Ausgegebener Betrag (EUR),"
            "Link-Klicks,Kosten pro Ergebnis",
            [
                "2026-03-01,2026-03-02,,,12.50,9,3.10",
                "2026-03-01,2026-03-01,2026-03-01,A,12.50,9,3.10",
            ],
            ['spend_on = "Tag"', 'currency = "EUR"', 'clicks = "Link-Klicks"'],
        ),
        (
            "Agentur",
            "Woche vom;Maßnahme;Medium;Werbeeinsatz netto;Sichtkontakte",
            ["01.03.2026;A;Google;1.001,50 €;1000", "15.03.2026;A;Google;2.001,50 €;2000"],
            ['name = { decide = ["campaign_name_1", "campaign_name_2"] }   # Maßnahme, or Medium'],
        ),
        (
            "whole numbers",
            "Kampanj;Dag;Utlägg;Visningar",
            ["A;2026-03-01;1200;31000", "A;2026-03-02;900;29000"],
            ["original_cost_amount = { decide = ["],
        ),
        (
            "no day",
            "Campaign,Spend,Clicks",
            ["A,12.50,3", "B,13.50,4"],
            ["spend_on = { decide = [] }"],
        ),
    ],
)
def test_spend_of_other_platforms_is_read_or_asked(
    name: str, header: str, rows: list[str], wanted: list[str]
) -> None:
    proposal = proposed("spend report.csv", header, rows, ";" if ";" in header else ",")
    assert proposal.table == "campaign_spend"
    for line in wanted:
        assert line in proposal.toml, f"{name}: {line} is not in\n{proposal.toml}"
    assert '"USD"   #' not in proposal.toml


@pytest.mark.parametrize(
    ("name", "header", "rows", "wanted"),
    [
        (
            "Mautic",
            "id,dateAdded,points,stage,email,dateIdentified,lastActive,owner",
            [
                "1,2026-03-01 01:15:00,5,Lead,a@b.example,2026-03-02,2026-03-19 10:00:00,Léa",
                "2,2026-03-02 01:15:00,7,Warm,c@d.example,2026-03-03,2026-03-19 10:00:00,Léa",
            ],
            [
                'created_at = "dateAdded"',
                'score = "points"',
                '"Lead" = "lead"',
                '"Warm" = { decide = ["lead", "mql"',
            ],
        ),
        (
            "three days",
            "subscriber no,mailbox,joined,confirmed,moved",
            [
                "1,a@b.example,2026-03-01,2026-03-02,2026-03-09",
                "2,c@d.example,2026-03-02,2026-03-03,2026-03-08",
            ],
            [
                'created_at = { decide = ["{created_at_1}", "{created_at_2}", "{created_at_3}"] }'
                "   # joined, or confirmed, or moved"
            ],
        ),
        (
            "Sansan",
            "会社名,役職,氏名,e-mail,携帯電話,名刺交換日",
            [
                "株式会社A,部長,山田,y@a.example,090-5555-0001,2026/03/01",
                "株式会社A,課長,鈴木,s@a.example,090-5555-0002,2026/03/02",
            ],
            ['created_at = "名刺交換日"', 'lead_id = "{row_key}"'],
        ),
        (
            "no day",
            "Lead ID,E-mail,Company,Status",
            ["L1,a@b.example,Acme,New", "L2,c@d.example,Beta,New"],
            ["created_at = { decide = [] }   # no column of the file says it"],
        ),
        (
            "two days, in German",
            "Anfrage vom;Wunschtermin;Firma;E-Mail;Quelle",
            [
                "13.03.2026;20.03.2026;Acme;a@b.example;Messe",
                "14.03.2026;21.03.2026;Beta;c@d.example;Web",
            ],
            [
                'created_at = { decide = ["{created_at_1}", "{created_at_2}"] }'
                "   # Anfrage vom, or Wunschtermin"
            ],
        ),
        (
            "no id",
            "Date;Company;Country;Lead Source;Remark",
            [
                "04/03/2026;Acme;Germany;Paid Search;prices",
                "13/03/2026;Acme;Germany;Paid Search;visit",
            ],
            ['lead_id = "{row_key}"', 'created_at = { from = "Date", dates = "%d/%m/%Y" }'],
        ),
    ],
)
def test_leads_of_other_systems_are_read_or_asked(
    name: str, header: str, rows: list[str], wanted: list[str]
) -> None:
    proposal = proposed("leads.csv", header, rows, ";" if ";" in header else ",")
    assert proposal.table == "lead"
    for line in wanted:
        assert line in proposal.toml, f"{name}: {line} is not in\n{proposal.toml}"


@pytest.mark.parametrize(
    ("name", "header", "rows", "asked"),
    [
        ("deals.csv", "Deal ID,Value,Result,Opened", ["W1,€100.50,Won,2026-03-01"], "closed_at"),
        ("leads.csv", "Lead ID,E-mail", ["L1,a@b.example"], "created_at"),
        ("spend report.csv", "Campaign,Spend", ["A,12.50"], "spend_on"),
        ("x.csv", "qqq,www", ["x y,z z"], "decide"),
        ("log.csv", "visitor id,occurred at", ["v1,2026-03-01"], "action"),
    ],
)
def test_what_nothing_says_stops_the_proposal(
    tmp_path: Path, name: str, header: str, rows: list[str], asked: str
) -> None:
    said = refusal(tmp_path, name, header, rows)
    assert "is to be decided" in said
    assert asked in said or asked == "decide"


@pytest.mark.parametrize(
    ("name", "header", "rows", "subject"),
    [
        ("stages", "Lead ID,Stage,Entered", ["A1,MQL,2026-03-01", "A1,SQL,2026-03-09"], "lead"),
        ("moves", "Lead ID,Stage,Date", ["A1,MQL,2026-03-01", "A2,SQL,2026-03-09"], "lead"),
        ("Verlauf", "Deal ID,Phase,Seit", ["7,Gewonnen,28.03.2026"], "opportunity"),
        ("阶段", "线索编号,阶段,进入日期", ["A1,MQL,2026-03-01", "A2,SQL,2026-03-09"], "lead"),
        ("履歴", "Lead ID,ステージ,変更日", ["A1,MQL,2026-03-01", "A2,SQL,2026-03-09"], "lead"),
    ],
)
def test_a_history_of_stages_makes_no_records(
    name: str, header: str, rows: list[str], subject: str
) -> None:
    """The day on which a stage was entered is not the one on which a lead came in."""
    toml = proposed(f"{name}.csv", header, rows).toml
    assert 'into = "stage_change"' in toml
    assert f'subject_kind = "{subject}"' in toml
    assert 'into = "lead"' not in toml


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Lead ID,Company,Created,Status", "A1,Acme,2026-03-01,MQL"),
        ("Lead ID,Company,Created,Status,Status since", "A1,Acme,2026-03-01,MQL,2026-03-04"),
        ("Lead ID,E-mail,Stage,Since", "A1,ann@acme.example,MQL,2026-03-04"),
        ("Lead ID,Company,Source,Date", "A1,Acme,Webinar,2026-03-01"),
    ],
)
def test_leads_with_a_stage_are_no_history(header: str, row: str) -> None:
    assert 'into = "lead"' in proposed("leads.csv", header, [row]).toml
