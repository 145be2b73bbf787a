"""Of each day of an ad account the newest report that covers it tells the spend: in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.definitions import Definitions
from data.derive.rebuild import derive, derived_tables, prepare
from loaders.outcome import Outcome
from loaders.writing.beside_others import remarks_beside_others
from tests.loaders.loading import Loading, loading_in

TERMS = Definitions.load()
MARCH = date(2026, 3, 1)


def derive_spend(loading: Loading) -> None:
    prepare(loading.draft, TERMS)
    queries = derived_tables(TERMS)
    for table in ("load_tie", "spend_report", "superseded_spend", "spend"):
        derive(loading.draft, TERMS, table, queries[table])


def spend_by(loading: Loading, *names: str) -> dict[tuple[Any, ...], Decimal]:
    """What was spent, in the base currency, by columns of `spend`."""
    derive_spend(loading)
    listed = ", ".join(names)
    found = loading.draft.query(
        f"SELECT {listed}, sum(cost_amount) AS cost_amount FROM spend GROUP BY {listed}"
    )
    return {row[:-1]: row[-1] for row in found.iter_rows()}


def told(loading: Loading, outcome: Outcome) -> list[str]:
    """What is told of a load beside the others."""
    derive_spend(loading)
    remarks = remarks_beside_others(loading.draft).get(outcome.load_id or "", ())
    return [each.sentence for each in remarks]


@dataclass(frozen=True)
class Report:
    """A report as somebody has it: rows of campaign, first day, last day, cost."""

    name: str
    account: str | None
    covers: tuple[date, date]
    rows: tuple[tuple[str, date, date, Decimal], ...]
    as_of: datetime

    @property
    def text(self) -> str:
        lines = ["campaign_id,spend_on,spend_until,ad_account,covers_from,covers_to,cost,currency"]
        first, last = self.covers
        for campaign, on, until, cost in self.rows:
            end = "" if until == on else until
            account = self.account or ""
            lines.append(f"{campaign},{on},{end},{account},{first},{last},{cost},USD")
        return "\n".join(lines) + "\n"


def some_reports(dice: Random) -> list[Report]:
    """Reports of two accounts: renamed campaigns, vanished ones, credits, days and periods."""
    reports = []
    for number in range(6):
        first = MARCH + timedelta(days=dice.randint(0, 12))
        last = first + timedelta(days=dice.randint(0, 9))
        rows = []
        for campaign in dice.sample(("A", "B", "B renamed", "C"), dice.randint(1, 3)):
            cost = Decimal(dice.randint(-500, 9_999)) / 100
            if dice.random() < 0.4:
                rows.append((campaign, first, last, cost))
                continue
            for day in range((last - first).days + 1):
                if dice.random() < 0.8:
                    on = first + timedelta(days=day)
                    rows.append((campaign, on, on, cost + day))
        account = dice.choice(("north", "south"))
        as_of = datetime(2026, 4, 1) + timedelta(hours=number)
        covers = (first, last + timedelta(days=dice.randint(0, 2)))
        if rows:
            reports.append(Report(f"{number}.csv", account, covers, tuple(rows), as_of))
    return reports


def plain_account(reports: Iterable[Report]) -> dict[tuple[Any, ...], Decimal]:
    """Each day of each account by its newest report; a period by cents, evenly."""
    newest: dict[tuple[str | None, date], Report] = {}
    for report in sorted(reports, key=lambda each: each.as_of):
        first, last = report.covers
        for after in range((last - first).days + 1):
            newest[report.account, first + timedelta(days=after)] = report
    spent: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for (_, day), report in newest.items():
        for campaign, on, until, cost in report.rows:
            if on <= day <= until:
                days, nth, cents = (until - on).days + 1, (day - on).days, int(cost * 100)
                part = cents * (nth + 1) // days - cents * nth // days
                spent[campaign, day] += Decimal(part) / 100
    return dict(spent)


@pytest.mark.parametrize("seed", range(3))
def test_the_newest_report_that_covers_a_day_tells_it(seed: int, tmp_path: Path) -> None:
    dice = Random(seed)
    reports = some_reports(dice)
    order = dice.sample(reports, len(reports))
    with loading_in(tmp_path) as loading:
        outcomes = {}
        for report in order:
            mapping = "generic_campaign_spend"
            outcomes[report] = loading.load(
                report.name, report.text, mapping=mapping, as_of=report.as_of
            )
        assert spend_by(loading, "campaign_id", "spend_on") == plain_account(reports)
        gone = dice.choice(reports)
        loading.undo(outcomes[gone].load_id)
        left = [each for each in reports if each is not gone]
        assert spend_by(loading, "campaign_id", "spend_on") == plain_account(left)


META = "Reporting starts,Reporting ends,Campaign name,Campaign ID,Amount spent (USD),Impressions\n"


def last_30_days(until: date, **spent: int) -> str:
    first = until - timedelta(days=29)
    return META + "".join(
        f"{first},{until},{name},1202{place},{cost},{cost * 30}\n"
        for place, (name, cost) in enumerate(spent.items())
    )


def test_periods_that_overlap_never_add_up(tmp_path: Path) -> None:
    """Four exports of the last 30 days, a week apart, 100 and 20 a day, one campaign vanishes."""
    ends = [date(2026, 3, 31) + timedelta(days=7 * week) for week in range(4)]
    costs = [{"Alpha": 3000, "Beta": 600}] * 3 + [{"Alpha": 3000}]
    with loading_in(tmp_path) as loading:
        for number in (2, 0, 3, 1):
            text = last_30_days(ends[number], **costs[number])
            outcome = loading.load(
                f"last30_{ends[number]}.csv", text, as_of=datetime(2026, 4, 25, number)
            )
            assert outcome.mapping == "meta_ads_campaigns"
        by_campaign = spend_by(loading, "campaign")
        days = (ends[-1] - (ends[0] - timedelta(days=29))).days + 1
        assert by_campaign["Alpha",] == 100 * days
        assert by_campaign["Beta",] == 20 * 21, "the newest report has nothing of it"
        assert spend_by(loading, "spread_from IS NULL") == {(False,): 100 * days + 20 * 21}
        (sentence,) = [each for each in told(loading, outcome) if str(ends[2]) in each]
        assert "its 2,300.00 USD for 2026-03-30 to 2026-04-14" not in sentence
        assert "do not count" in sentence


@pytest.mark.parametrize(
    ("head", "rename"),
    [
        ("Day,Campaign,Campaign state,Campaign type,Currency code,Cost,Impr.,Clicks", "Brand DACH"),
        ("日期,广告系列,广告系列状态,广告系列类型,货币代码,费用,展示次数,点击次数", "品牌 华东"),
    ],
)
def test_what_a_newer_report_calls_otherwise_is_not_counted_twice(
    head: str, rename: str, tmp_path: Path
) -> None:
    def report(days: int, name: str, cost: str) -> str:
        covers = f"March 1, 2026 - March {days}, 2026"
        lines = [
            f"2026-03-{day:02},{name},Enabled,Search,USD,{cost},100,5" for day in range(1, days + 1)
        ]
        return f'Campaign report\n"{covers}"\n{head}\n' + "\n".join(lines) + "\n"

    with loading_in(tmp_path) as loading:
        newer = loading.load("weeks.csv", report(14, rename, "110.00"), as_of=datetime(2026, 3, 16))
        older = loading.load("week1.csv", report(7, "Brand", "100.00"), as_of=datetime(2026, 3, 9))
        assert newer.mapping == older.mapping == "google_ads_campaigns"
        assert spend_by(loading, "campaign") == {(rename,): Decimal("1540.00")}
        assert told(loading, newer)[0].startswith(
            "its 770.00 USD for 2026-03-01 to 2026-03-07 replace 700.00 USD told by week1.csv"
        )
        assert (
            "700.00 USD for 2026-03-01 to 2026-03-07 do not count: weeks.csv is newer"
            in (told(loading, older)[0])
        )
        loading.undo(newer.load_id)
        assert spend_by(loading, "campaign") == {("Brand",): Decimal("700.00")}


def test_a_report_without_days_keeps_its_period(tmp_path: Path) -> None:
    text = (
        "Campaign report\nMarch 9, 2026 - April 7, 2026\n"
        "Campaign,Campaign state,Campaign type,Currency code,Cost,Impr.,Clicks\n"
        "Pumps,Enabled,Search,USD,3000.00,300,30\nValves,Paused,Search,USD, --,0,0\n"
        "Total: Campaigns, --, --,USD,3000.00,300,30\n"
    )
    with loading_in(tmp_path) as loading:
        outcome = loading.load("pumps.csv", text)
        assert (outcome.rows_kept, outcome.rows_skipped, outcome.rows_rejected) == (2, 1, 0)
        months = spend_by(loading, "campaign", "date_part('month', spend_on)")
        assert months == {("Pumps", 3): 2300, ("Pumps", 4): 700, ("Valves", 3): 0, ("Valves", 4): 0}


@pytest.mark.parametrize(
    ("column", "values", "last"),
    [
        ("Week", ("2026-03-02", "2026-03-09"), date(2026, 3, 15)),
        ("Month", ("2026-03", "2026-04"), date(2026, 4, 30)),
        ("Quarter", ("2026-01-01", "2026-04-01"), date(2026, 6, 30)),
    ],
)
def test_a_report_by_week_month_or_quarter_is_spread_over_it(
    column: str, values: tuple[str, str], last: date, tmp_path: Path
) -> None:
    head = f"{column},Campaign,Campaign type,Currency code,Cost,Impr.,Clicks\n"
    rows = "".join(f"{value},Pumps,Search,USD,70.00,7,7\n" for value in values)
    with loading_in(tmp_path) as loading:
        loading.load("pumps.csv", head + rows)
        days = spend_by(loading, "spend_on", "spread_until")
        assert sum(days.values()) == 140
        assert max(day for day, _ in days) == last == max(until for _, until in days)


def test_two_accounts_never_replace_each_other(tmp_path: Path) -> None:
    head = "campaign_id,spend_on,ad_account,cost,currency\n"
    files = {
        "north.csv": "1,2026-03-01,north,100,USD\n1,2026-03-02,north,100,USD\n",
        "south.csv": "1,2026-03-01,south,50,USD\n",
        "euros.csv": "9,2026-03-01,,7,EUR\n",
    }
    with loading_in(tmp_path) as loading:
        for hour, (name, rows) in enumerate(files.items()):
            loading.load(name, head + rows, as_of=datetime(2026, 4, 1, hour))
        loading.load(
            "rates.csv",
            "currency,rate_on,rate\nEUR,2026-03-01,1\n",
            mapping="generic_exchange_rate",
        )
        assert sum(spend_by(loading, "campaign_id").values()) == 257
        assert loading.rows("superseded_spend") == []


RENAMED = "Day,Campaign,Campaign type,Currency code,Account,Impr.,Clicks,Cost\n"


def report_of(account: str, *rows: tuple[int, str, str]) -> str:
    return RENAMED + "".join(
        f"2026-03-{day:02},{campaign},Search,USD,{account},{10 * day},{day},{cost}\n"
        for day, campaign, cost in rows
    )


def test_an_account_that_was_renamed_is_told_as_counted_twice(tmp_path: Path) -> None:
    rows = ((1, "Pumps", "80.25"), (2, "Pumps", "75.50"), (3, "阀门", "60.00"))
    with loading_in(tmp_path) as loading:
        first = loading.load("old.csv", report_of("Nord AG", *rows))
        again = (*rows[:2], (3, "阀门", "61.00"), (4, "阀门", "12.00"))
        later = datetime(2026, 4, 1)
        second = loading.load("new.csv", report_of("Nord Group", *again), as_of=later)
        for outcome, other in ((second, "old.csv tells of Nord AG"), (first, "new.csv tells of")):
            (sentence,) = told(loading, outcome)
            assert sentence.startswith("155.75 USD of 2026-03-01 to 2026-03-03 count twice")
            assert other in sentence


@pytest.mark.parametrize(
    "account",
    ["440-011-2233", "South"],  # the same one, as it is shown; another one with other costs
)
def test_reports_of_accounts_with_like_campaigns_are_not(account: str, tmp_path: Path) -> None:
    cost = "80.25" if account != "South" else "19.00"
    with loading_in(tmp_path) as loading:
        loading.load("old.csv", report_of("4400112233", (1, "Pumps", "80.25"), (2, "Pumps", "5")))
        later = datetime(2026, 4, 1)
        text = report_of(account, (1, "Pumps", cost), (2, "Pumps", "6"))
        outcome = loading.load("new.csv", text, as_of=later)
        assert not [each for each in told(loading, outcome) if "count twice" in each]


def test_days_after_weeks_and_ad_sets_before_campaigns_count_once(tmp_path: Path) -> None:
    """Reports of the same days at another grain: the newest counts, whatever it is split by."""
    weeks = report_of("Nord", (2, "Pumps", "70.00")).replace("Day,", "Week,")
    days = report_of("Nord", *((day, "Pumps", "11.00") for day in range(2, 9)))
    with loading_in(tmp_path) as loading:
        loading.load("weeks.csv", weeks)
        loading.load("days.csv", days, as_of=datetime(2026, 4, 1))
        assert spend_by(loading, "campaign") == {("Pumps",): Decimal("77.00")}
        loading.load("weeks again.csv", weeks, as_of=datetime(2026, 4, 2))
        assert spend_by(loading, "campaign") == {("Pumps",): Decimal("70.00")}


def test_a_last_day_that_was_not_over_is_told_by_the_next_report(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        loading.load("a.csv", report_of("Nord", (1, "Pumps", "10.00"), (2, "Pumps", "3.10")))
        later = datetime(2026, 4, 1)
        text = report_of("Nord", (2, "Pumps", "11.00"), (3, "Pumps", "2.00"))
        loading.load("b.csv", text, as_of=later)
        assert list(spend_by(loading, "spend_on").values()) == [
            Decimal("10.00"), Decimal("11.00"), Decimal("2.00"),
        ]  # fmt: skip


def test_a_period_across_a_year_is_spread_over_both(tmp_path: Path) -> None:
    text = (
        'Kampagnenbericht\n"15. Dezember 2025 - 14. Januar 2026"\n'
        "Kampagne,Kampagnentyp,Währungscode,Impr.,Klicks,Kosten\n"
        'Pumpen,Suchnetzwerk,USD,310,31,"3.100,00"\nGesamt: Konto,--,USD,310,31,"3.100,00"\n'
    )
    with loading_in(tmp_path) as loading:
        loading.load("report.csv", text)
        assert spend_by(loading, "year(spend_on)") == {
            (2025,): Decimal("1700.00"), (2026,): Decimal("1400.00"),
        }  # fmt: skip


def test_a_report_that_names_no_account_is_of_the_only_one(tmp_path: Path) -> None:
    head = "campaign_id,spend_on,ad_account,cost,currency\n"
    with loading_in(tmp_path) as loading:
        loading.load("named.csv", f"{head}1,2026-03-01,north,100,USD\n")
        later = datetime(2026, 4, 1)
        loading.load("unnamed.csv", f"{head}2,2026-03-01,,40,USD\n", as_of=later)
        assert spend_by(loading, "campaign_id") == {("2",): Decimal("40.00")}


def test_a_credit_lowers_the_spend_and_a_dash_is_none(tmp_path: Path) -> None:
    text = META.replace("Campaign ID", "Day") + (
        "2026-03-01,2026-03-01,Pumps,2026-03-01,100.00,10\n"
        "2026-03-02,2026-03-02,Pumps,2026-03-02,-30.00,0\n"
        "2026-03-03,2026-03-03,Pumps,2026-03-03,--,0\n"
        "2026-03-01,2026-03-03,,,70.00,10\n"
    )
    with loading_in(tmp_path) as loading:
        outcome = loading.load("pumps.csv", text)
        assert (outcome.rows_kept, outcome.rows_skipped, outcome.rows_rejected) == (3, 1, 0)
        assert spend_by(loading, "campaign") == {("Pumps",): Decimal("70.00")}


GERMAN = (
    "Berichtsbeginn,Berichtsende,Tag,Kampagnenname,Kampagnen-ID,Ausgegebener Betrag (USD),"
    "Impressionen,Link-Klicks\n"
    "2026-05-01,2026-05-02,,,,30.50,900,9\n"
    "2026-05-01,2026-05-01,2026-05-01,Ventile DACH,120299,10.25,400,4\n"
    "2026-05-02,2026-05-02,2026-05-02,Ventile DACH,120299,20.25,500,5\n"
)

SPANISH = (
    "Inicio del informe,Fin del informe,Día,Nombre de la campaña,Importe gastado (USD),Impresiones,"
    "Clics en el enlace\n"
    "2026-05-01,2026-05-01,2026-05-01,Válvulas,10.25,400,4\n"
    "2026-05-02,2026-05-02,2026-05-02,Válvulas,20.25,500,5\n"
)

JAPANESE = (
    "レポート開始日,レポート終了日,日,キャンペーン名,消化金額 (USD),インプレッション,"
    "リンクのクリック\n"
    "2026-05-01,2026-05-01,2026-05-01,バルブ,10.25,400,4\n"
    "2026-05-02,2026-05-02,2026-05-02,バルブ,20.25,500,5\n"
)


@pytest.mark.parametrize("text", [GERMAN, SPANISH, JAPANESE], ids=["de", "es", "ja"])
def test_ads_manager_in_other_languages(text: str, tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        outcome = loading.load("bericht.csv", text)
        assert (outcome.mapping, outcome.rows_kept) == ("meta_ads_campaigns", 2)
        assert list(spend_by(loading, "spend_on").values()) == [Decimal("10.25"), Decimal("20.25")]
        counted = loading.rows("spend", "impressions", "clicks", "spread_from")
        assert counted == [(400, 4, None), (500, 5, None)]


def test_a_campaign_whose_id_a_spreadsheet_cut_short_is_known_by_its_name(tmp_path: Path) -> None:
    text = META + "".join(
        f"2026-03-0{day},2026-03-0{day},{name},{number},{cost},10\n"
        for day in (1, 2)
        for name, number, cost in (
            ("Leads FR", "1.20211E+17", 10),
            ("Marke", '"1,20211E+17"' if day == 2 else "1.20211E+17", 20),
            ("Whole", "120211111111111119", 40),
        )
    )
    with loading_in(tmp_path) as loading:
        outcome = loading.load("opened in a spreadsheet.csv", text)
        assert outcome.rows_rejected == 0
        (remark,) = outcome.remarks
        assert (remark.column, remark.rows) == ("Campaign ID", 4)
        assert remark.sentence.startswith("Campaign ID is 1,20211E+17 or the like in 4 rows")
        assert spend_by(loading, "campaign") == {
            ("Leads FR",): Decimal("20.00"),
            ("Marke",): Decimal("40.00"),
            ("Whole",): Decimal("80.00"),
        }


def test_a_report_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    backwards = META + "2026-03-31,2026-03-02,Pumps,1,10.00,10\n"
    with loading_in(tmp_path) as loading:
        message = loading.refusal("backwards.csv", backwards)
        assert "2026-03-02" in message
        assert "before it begins" in message
        assert loading.everything().keys() <= {"rejected_row"}


def test_what_a_campaign_cost_in_all_is_told_by_the_newest_export(tmp_path: Path) -> None:
    head = "Campaign ID,Campaign Name,Type,Start Date,Actual Cost,Currency\n"
    with loading_in(tmp_path) as loading:
        loading.load("first.csv", f"{head}701A,Fair,Event,2026-03-01,100,USD\n"
                                  "701B,Other,Event,2026-03-01,5,USD\n")  # fmt: skip
        later = datetime(2026, 4, 1)
        loading.load("moved.csv", f"{head}701A,Fair,Event,2026-05-01,120,USD\n", as_of=later)
        assert spend_by(loading, "campaign", "spend_on") == {
            ("Fair", date(2026, 5, 1)): Decimal("120.00"),
            ("Other", date(2026, 3, 1)): Decimal("5.00"),
        }


def test_accounts_without_a_name_differ_by_their_currency(tmp_path: Path) -> None:
    head = "Reporting starts,Reporting ends,Day,Campaign name,Amount spent ({}),Impressions\n"
    row = "2026-03-01,2026-03-01,2026-03-01,{},10.00,10\n"
    with loading_in(tmp_path) as loading:
        loading.load("dollars.csv", head.format("USD") + row.format("Pumps US"))
        later = datetime(2026, 4, 1)
        loading.load("euros.csv", head.format("EUR") + row.format("Pumps EU"), as_of=later)
        assert set(spend_by(loading, "campaign")) == {("Pumps US",), ("Pumps EU",)}
        named = head.replace("Day", "Day,Account name").format("EUR")
        text = named + "2026-03-01,2026-03-01,2026-03-01,Norda,Pumps EU,12.00,10\n"
        loading.load("named.csv", text, as_of=datetime(2026, 4, 2))
        assert set(spend_by(loading, "campaign")) == {("Pumps EU",)}, "the only account there is"
        assert len(loading.rows("superseded_spend")) == 2
