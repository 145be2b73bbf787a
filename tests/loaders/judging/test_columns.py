"""Dates and numbers are read as their columns show; what has two readings is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from data.errors import SourceError
from loaders.judging.unclear import UnclearError
from loaders.outcome import Said
from loaders.protocol import PreviewTask
from loaders.writing.trial import try_out
from tests.loaders.loading import AMERICAN, Loading, loading_in, own_mapping

HEAD = "Opportunity ID,Account ID,Stage,Amount,Amount Currency,Close Date,Created Date,Closed,Won\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def deals(*cells: tuple[str, str, str]) -> str:
    """Won deals with these amounts, close dates and creation dates."""
    rows = (
        f'0065g00000{number:05},0015g00000B0001,Closed Won,"{amount}",USD,"{closed}","{opened}",1,1'
        for number, (amount, closed, opened) in enumerate(cells, start=1)
    )
    return HEAD + "\n".join(rows) + "\n"


def priced(*amounts: str) -> str:
    return deals(*((amount, "2026-03-05", "2026-01-10") for amount in amounts))


def amounts(loading: Loading) -> list[Decimal | None]:
    rows = loading.draft.query("SELECT original_amount FROM opportunity ORDER BY opportunity_id")
    return rows["original_amount"].to_list()


def closes(loading: Loading) -> list[datetime]:
    rows = loading.draft.query("SELECT closed_at FROM opportunity ORDER BY opportunity_id")
    return rows["closed_at"].to_list()


def test_credits_are_negative_and_what_means_no_amount_is_none(loading: Loading) -> None:
    cells = {
        "12,500.00": "12500.00", "(2,250.50)": "-2250.50", "-400.00": "-400.00",
        "400.00-": "-400.00", "−75": "-75.00", "–75": "-75.00", "$ (1,000.00)": "-1000.00",
        "0": "0.00", "3 000.00": "3000.00", "3\u00a0000.00": "3000.00",
        "3\u202f000.00": "3000.00", "2'000.00": "2000.00", "2’000.00": "2000.00",
        "▲1,200": "-1200.00", "（1,200）": "-1200.00", "$4,000.00": "4000.00",
        "₹12,34,567.00": "1234567.00", "": None, "-": None, "--": None, "—": None, "#N/A": None,
        "#NV": None, "n/a": None, "k.A.": None, "無し": None,
    }  # fmt: skip
    outcome = loading.load("deals.csv", priced(*cells))
    assert outcome.rows_rejected == 0
    assert amounts(loading) == [None if each is None else Decimal(each) for each in cells.values()]


def test_an_amount_against_all_others_is_refused_with_the_marks_that_hold(loading: Loading) -> None:
    outcome = loading.load("deals.csv", priced("10,000.00", "1.200,00", "65.50", "77"))
    assert amounts(loading) == [Decimal(10_000), Decimal("65.50"), Decimal(77)]
    (reason,) = outcome.reasons
    assert (reason.line, reason.value) == (3, "1.200,00")
    assert 'decimal mark ".", thousands mark ","' in reason.reason


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234,50", "12,00", "1.000"], ["1234.50", "12.00", "1000.00"]),
        (["12,5", "7"], ["12.50", "7.00"]),
        (["1'234.50", "1’000"], ["1234.50", "1000.00"]),
        (["1 234,50 €", "15 000 €"], ["1234.50", "15000.00"]),
        (["1,000,000", "1,500"], ["1000000.00", "1500.00"]),
        (["0.125", "2.500"], ["0.13", "2.50"]),
        (["96500.50", "1.500"], ["96500.50", "1.50"]),
        (["万", "3"], [None, "3.00"]),
        (["1\u202f234,50 €", "12,00\u202f€"], ["1234.50", "12.00"]),
        (["12.345,00-", "7,50"], ["-12345.00", "7.50"]),
        (["12.345,00- EUR", "7,50 EUR"], ["-12345.00", "7.50"]),
        (["(1.200,00 €)", "(3,00)"], ["-1200.00", "-3.00"]),
        (["CHF 1'234.50", "CHF -2’000.00"], ["1234.50", "-2000.00"]),
        (["12,000円", "△3,500円"], ["12000.00", "-3500.00"]),
        (["₩12,000", "¥900"], ["12000.00", "900.00"]),
        (["RMB 1.2万", "RMB 300"], ["12000.00", "300.00"]),
        (["1.5亿元", "3千元"], ["150000000.00", "3000.00"]),
        (["2K", "300"], [None, "300.00"]),
    ],
)
def test_marks_that_only_one_reading_fits_hold_for_the_column(
    loading: Loading, cells: list[str], expected: list[str | None]
) -> None:
    loading.load("deals.csv", priced(*cells))
    found = [str(each) for each in amounts(loading)]
    assert found == [each for each in expected if each is not None]


@pytest.mark.parametrize("cell", ["1.200", "1,200", "R$ 35.500", "12.000 €", "(1.200)"])
def test_a_mark_with_two_readings_is_asked_and_the_answer_is_taken(
    loading: Loading, cell: str
) -> None:
    text = priced(cell, "950")
    with pytest.raises(UnclearError) as raised:
        loading.load("deals.csv", text)
    (question,) = raised.value.questions
    assert (question.column, question.line, question.value) == ("Amount", 2, cell)
    assert question.option == "--decimal"
    assert loading.rows("opportunity") == loading.rows("load") == []
    loading.load("deals.csv", text, said=Said(decimal=","))
    comma = amounts(loading)[0]
    loading.load("deals.csv", text, said=Said(decimal="."))
    assert {abs(comma or 0), abs(amounts(loading)[0] or 0)} in (
        {Decimal(1200), Decimal("1.20")}, {Decimal(35500), Decimal("35.50")},
        {Decimal(12000), Decimal(12)},
    )  # fmt: skip


def test_whole_numbers_and_rates_are_not_in_doubt(loading: Loading, tmp_path: Path) -> None:
    loading.load("rates.csv", "currency,rate_on,rate\nEUR,2026-03-01,1.085\n")
    assert str(loading.rows("exchange_rate", "rate")[0][0]).startswith("1.085")
    spend = "campaign_id,spend_on,cost,currency,clicks\nC1,2026-03-01,80.25,EUR,1.204\n"
    loading.load("spend.csv", spend)
    assert loading.rows("campaign_spend", "clicks") == [(1204,)]


def test_a_column_shows_that_the_month_comes_first(loading: Loading) -> None:
    cells = [("1", f"3/{day}/2026", f"1/{day + 2}/2026, 9:{day:02} PM") for day in range(8, 20)]
    outcome = loading.load("report.csv", deals(*cells))
    assert closes(loading) == [datetime(2026, 3, day) for day in range(8, 20)]
    opened = {row[0] for row in loading.rows("opportunity", "created_at")}
    assert opened == {datetime(2026, 1, day + 2, 21, day) for day in range(8, 20)}
    assert {each.column for each in outcome.remarks if each.kind == "dates"} == {
        "Close Date",
        "Created Date",
    }


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["05/03/2026", "25/03/2026"], (5, 25)),
        (["05.03.2026", "25.03.2026"], (5, 25)),
        (["2026年3月5日", "2026年3月25日"], (5, 25)),
        (["2026. 3. 5.", "2026. 3. 25."], (5, 25)),
        (["5 Mar 2026", "25 Mar 2026"], (5, 25)),
        (["Mar 5, 2026", "Mar 25, 2026"], (5, 25)),
        (["3/5/26", "3/25/26"], (5, 25)),
        (["20260305", "20260325"], (5, 25)),
        (["2026-03-05", "25/03/2026"], (5, 25)),
        (["46086", "46106.75"], (5, 25)),
    ],
)
def test_a_form_that_only_one_reading_fits_is_read(
    loading: Loading, cells: list[str], expected: tuple[int, int]
) -> None:
    loading.load("report.csv", deals(*(("1", cell, "2026-01-10") for cell in cells)))
    assert tuple(each.day for each in closes(loading)) == expected
    assert {(each.year, each.month) for each in closes(loading)} == {(2026, 3)}


def test_two_readings_are_asked_with_both_days_and_the_answer_is_taken(loading: Loading) -> None:
    text = deals(("1", "3/4/2026", "13/1/2026"), ("2", "5/4/2026", "14/1/2026"))
    with pytest.raises(UnclearError) as raised:
        loading.load("report.csv", text)
    assert "3 April 2026" in str(raised.value)
    assert "4 March 2026" in str(raised.value)
    assert '--dates "%d/%m/%Y"' in str(raised.value)
    (question,) = raised.value.questions
    assert question.answers == ("%d/%m/%Y", "%m/%d/%Y")
    assert loading.rows("load") == []
    loading.load("report.csv", text, said=Said(dates=("%d/%m/%Y",)))
    assert closes(loading) == [datetime(2026, 4, 3), datetime(2026, 4, 5)]
    other = loading.load("report.csv", text, said=Said(dates=("%m/%d/%Y", "%d/%m/%Y")))
    assert other.replaced
    assert closes(loading) == [datetime(2026, 3, 4), datetime(2026, 5, 4)]


def test_the_preview_asks_the_same(loading: Loading) -> None:
    path = loading.write("report.csv", deals(("1", "3/4/2026", "2026-01-10")))
    shown = try_out(loading.draft, PreviewTask(path=path), AMERICAN)
    assert [each.column for each in shown.questions] == ["Close Date"]
    assert shown.mapping == "salesforce_opportunities"
    said = Said(dates=("%d/%m/%Y",))
    assert not try_out(loading.draft, PreviewTask(path=path, said=said), AMERICAN).questions


def test_a_few_dates_with_two_readings_are_refused_alone_and_told(loading: Loading) -> None:
    cells = [("1", f"2026-03-{day:02}", "2026-01-10") for day in range(1, 9)]
    outcome = loading.load("report.csv", deals(*cells, ("1", "3/4/2026", "2026-01-10")))
    assert (outcome.rows_kept, outcome.rows_rejected) == (8, 1)
    (remark,) = (each for each in outcome.remarks if each.kind == "dates")
    assert remark.rows == 1
    assert "3 April 2026" in remark.sentence


def test_dates_against_each_other_are_refused_and_told(loading: Loading) -> None:
    cells = [("1", each, "2026-01-10") for each in ("2026-03-01", "13/3/2026", "3/19/2026")]
    outcome = loading.load("report.csv", deals(*cells))
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 2)
    (remark,) = (each for each in outcome.remarks if each.kind == "dates")
    assert "13/3/2026" in remark.sentence
    assert "3/19/2026" in remark.sentence


def test_numbers_of_days_are_named_read_and_may_count_from_1904(loading: Loading) -> None:
    text = deals(("1", "46082", "46083.3958333"), ("2", "46083", "46084.0"))
    outcome = loading.load("report.csv", text)
    assert closes(loading) == [datetime(2026, 3, 1), datetime(2026, 3, 2)]
    assert loading.rows("opportunity", "created_at")[0] == (datetime(2026, 3, 2, 9, 30),)
    (remark,) = (each for each in outcome.remarks if each.column == "Close Date")
    assert "1 March 2026" in remark.sentence
    assert "--dates excel-1904" in remark.sentence
    loading.load("report.csv", text, said=Said(dates=("excel-1904",)))
    assert closes(loading)[0] == datetime(2030, 3, 2)


def test_numbers_of_days_that_may_count_from_1900_or_1904_are_asked(loading: Loading) -> None:
    text = deals(("1", "43000", "42800.5"), ("2", "43001", "42900"))
    with pytest.raises(UnclearError) as raised:
        loading.load("案件.csv", text)
    (question,) = (each for each in raised.value.questions if each.column == "Close Date")
    assert question.readings == (
        "counted from 1900: 22 September 2017",
        "counted from 1904: 23 September 2021",
    )
    assert (question.option, question.answers) == ("--dates", ("excel", "excel-1904"))
    for answer, year in (("excel", 2017), ("excel-1904", 2021)):
        loading.load("案件.csv", text, said=Said(dates=(answer,)))
        assert closes(loading)[0].year == year


def test_one_column_shows_from_when_all_numbers_of_days_count(loading: Loading) -> None:
    loading.load("deals.csv", deals(("1", "46000", "42800"), ("2", "45990", "42900")))
    assert loading.rows("opportunity", "created_at")[0][0].year == 2017


@pytest.mark.parametrize(("from_1904", "year"), [(False, 2017), (True, 2021)])
def test_a_workbook_says_from_when_its_numbers_count(
    loading: Loading, tmp_path: Path, from_1904: bool, year: int
) -> None:
    path = tmp_path / "Aufträge.xlsx"
    text = deals(("1", "43000", "42800.5")).replace('"', "")
    rows = [line.split(",") for line in text.splitlines()]
    with xlsxwriter.Workbook(path, {"date_1904": from_1904}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [float(cell) if cell[:1] == "4" else cell for cell in row])
    outcome = loading.load_path(path)
    assert closes(loading)[0].year == year
    (remark,) = (each for each in outcome.remarks if each.column == "Close Date")
    assert f"as its workbook counts from {1904 if from_1904 else 1900}" in remark.sentence


def test_what_the_mapping_says_stands_while_it_reads_all_values(tmp_path: Path) -> None:
    columns = 'at = { from = "At", kind = "timestamp" }\n[[table]]\ninto = "lead"\nlead_id = "{id}"\ncreated_at = "{at}"\n'  # noqa: E501
    with loading_in(tmp_path, own_mapping(tmp_path, columns, 'dates = "%d/%m/%Y"')) as loading:
        outcome = loading.load("a.csv", "id,At\n1,03/04/2026\n2,05/04/1955\n3,soon\n")
        assert loading.rows("lead", "created_at") == [
            (datetime(1955, 4, 5),),
            (datetime(2026, 4, 3),),
        ]
    assert [each.value for each in outcome.reasons] == ["soon"]


def test_columns_of_long_files_are_judged_by_all_their_rows(loading: Loading) -> None:
    """What the first rows show is looked for in all of them: the last one says it."""
    rows = "".join(f"L{number},3/4/2026,Open\n" for number in range(25_000))
    text = f"Lead ID,Created Date,Lead Status\n{rows}L-last,3/19/2026,Open\n"
    outcome = loading.load("leads.csv", text)
    assert (outcome.rows_kept, outcome.rows_rejected) == (25_001, 0)
    assert set(loading.rows("lead", "created_at")) == {
        (datetime(2026, 3, 4),),
        (datetime(2026, 3, 19),),
    }


AD_HEAD = "Day,Campaign,Campaign type,Currency code,Impr.,Clicks,Cost\n"


def ad_report(*cells: tuple[str, str]) -> str:
    """A report of Google Ads, whose mapping has commas between thousands, of one day each."""
    rows = (
        f'2026-03-{day:02},Valves,Search,EUR,"{shown}",4,"{cost}"'
        for day, (shown, cost) in enumerate(cells, start=1)
    )
    return AD_HEAD + "\n".join(rows) + "\n"


def spent(loading: Loading) -> list[tuple[str, int]]:
    rows = loading.draft.query(
        "SELECT original_cost_amount, impressions FROM campaign_spend ORDER BY spend_on"
    )
    return [(str(cost), shown) for cost, shown in rows.rows()]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([("1.204", "2.310,40"), ("96", "77,05")], [("2310.40", 1204), ("77.05", 96)]),
        ([("1.204", "5310,75"), ("96", "12,00")], [("5310.75", 1204), ("12.00", 96)]),
        ([("1\u202f204", "2\u202f310,40"), ("96", "--")], [("2310.40", 1204), ("0.00", 96)]),
        ([("1’204", "2’310.40"), ("96", "7.05")], [("2310.40", 1204), ("7.05", 96)]),
        ([("1,204", "2,310"), ("96", "770")], [("2310.00", 1204), ("770.00", 96)]),
        ([("1,204", "2,310.40"), ("96", "7.05")], [("2310.40", 1204), ("7.05", 96)]),
    ],
)
def test_a_report_has_the_marks_of_its_account_whatever_its_language(
    loading: Loading, cells: list[tuple[str, str]], expected: list[tuple[str, int]]
) -> None:
    outcome = loading.load("report.csv", ad_report(*cells))
    assert outcome.rows_rejected == 0, outcome.reasons
    assert spent(loading) == expected


def test_a_cost_against_all_others_of_a_report_is_refused(loading: Loading) -> None:
    outcome = loading.load("report.csv", ad_report(("12", "1,034.10"), ("9", "34,10")))
    assert [(each.line, each.value) for each in outcome.reasons] == [(3, "34,10")]
    assert spent(loading) == [("1034.10", 12)]


def test_a_decimal_mark_that_is_said_is_none_between_thousands(loading: Loading) -> None:
    loading.load("report.csv", ad_report(("12", "51,25")), said=Said(decimal=","))
    assert spent(loading) == [("51.25", 12)]


def test_a_return_is_an_order_below_zero(loading: Loading) -> None:
    text = (
        "order_id;account_id;ordered_on;product;amount;quantity;currency\n"
        "B1;A1;2026-03-01;Pumps;12.345,00;4;EUR\n"
        "B2;A1;2026-03-09;Pumps;3.086,25-;-1;EUR\n"
        "B3;A1;2026-03-10;Seals;(80,00);;EUR\n"
    )
    outcome = loading.load("orders.csv", text)
    assert outcome.rows_rejected == 0, outcome.reasons
    found = loading.rows("account_order", "order_id", "original_amount", "quantity")
    assert [(name, str(amount), quantity) for name, amount, quantity in found] == [
        ("B1", "12345.00", 4.0), ("B2", "-3086.25", -1.0), ("B3", "-80.00", None),
    ]  # fmt: skip


def test_a_format_that_was_said_and_the_file_disproves_is_refused(loading: Loading) -> None:
    text = "lead_id,created_at,channel\nL1,03/04/2026,Messe\nL2,13/04/2026,展会\n"
    with pytest.raises(SourceError) as raised:
        loading.load("leads.csv", text, said=Said(dates=("%m/%d/%Y",)))
    assert str(raised.value) == (
        'leads.csv: created_at holds "13/04/2026", which is not written as %m/%d/%Y, as was said of'
        " the file. It was not loaded: say the format that all of its dates have."
    )
    assert loading.rows("lead") == loading.rows("load") == []


def test_what_was_said_of_one_column_leaves_others_to_their_evidence(loading: Loading) -> None:
    text = (
        "opportunity_id,created_at,closed_at,outcome\n"
        "O1,03/04/2026,31.12.2026 10:00,won\nO2,05/04/2026,2026年12月31日,won\n"
    )
    loading.load("deals.csv", text, said=Said(dates=("%d/%m/%Y",)))
    days = [
        (str(opened)[:10], str(closed)[:10])
        for opened, closed in loading.rows("opportunity", "created_at", "closed_at")
    ]
    assert days == [("2026-04-03", "2026-12-31"), ("2026-04-05", "2026-12-31")]


def test_a_day_that_no_calendar_has_costs_its_row_alone(loading: Loading) -> None:
    text = "lead_id,created_at\nL1,03/04/2026\nL2,31/02/2026\n"
    outcome = loading.load("leads.csv", text, said=Said(dates=("%d/%m/%Y",)))
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
