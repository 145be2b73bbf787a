"""What a mapping can say about files that are not one row per record, each with its own values."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from loaders.outcome import Status
from tests.loaders.language.test_mapping_language import (
    DEAL,
    LEAD,
    LISTED,
    MEMBERS,
    became,
    mapping,
)
from tests.loaders.loading import loading_in, own_mapping

VERSIONS = """\
into = "campaign"
newest = "changed"
campaign_id = "{id}"
name = "{name}"
ends_on = "{ends}"
"""

VERSIONED = 'name = "Name"\nends = "Ends"\nchanged = { from = "Changed", kind = "timestamp" }\n'


def test_the_newest_version_counts_whole_wherever_it_stands(tmp_path: Path) -> None:
    lines = [
        "1,Old,2026-01-31,2026-01-01 10:00\n",
        "1,New,,2026-01-02 09:00:00.250\n",
        "1,Older,2026-01-15,\n",
        "2,Beta,,2026-01-01\n",
        "2,Alpha,,2026-01-01\n",
    ]
    for number, order in enumerate((lines, lines[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows, reasons = became(
            folder,
            VERSIONED,
            VERSIONS,
            "id,Name,Ends,Changed\n" + "".join(order),
            *("campaign_id", "name", "ends_on"),
        )
        assert rows == [("1", "New", None), ("2", "Beta", None)]
        assert reasons == []


def test_older_versions_are_counted_as_unchanged(tmp_path: Path) -> None:
    text = "id,Name,Ends,Changed\n1,A,,2026-01-01\n1,B,,2026-01-02\n2,C,,\n3,D,soon,\n"
    with loading_in(tmp_path, mapping(tmp_path, VERSIONED, VERSIONS)) as loading:
        outcome = loading.load("a.csv", text)
    counts = (outcome.rows_read, outcome.rows_kept, outcome.rows_unchanged, outcome.rows_rejected)
    assert counts == (4, 2, 1, 1)


def test_several_tables_take_the_newest_version_together(tmp_path: Path) -> None:
    tables = "".join(
        f'[[table]]\ninto = "account"\nnewest = "changed"\naccount_id = "a:{{id}}"\n'
        f'{name} = "{{{name}}}"\nwhen = {{ column = "{name}", present = true }}\n'
        for name in ("name", "owner")
    )
    columns = 'name = "Name"\nowner = "Owner"\nchanged = { from = "Changed", kind = "date" }\n'
    own = own_mapping(tmp_path, f"{columns}[[table]]\n{LEAD}newest = 'changed'\n{tables}")
    text = "id,Name,Owner,Changed\n1,A,Ann,2026-01-02\n1,B,,2026-01-01\n2,C,,\n1,,Bob,2026-01-03\n"
    with loading_in(tmp_path, own) as loading:
        loading.load("a.csv", text)
        assert loading.rows("account", "name", "owner") == [("A", "Bob"), ("C", None)]


def test_a_version_that_cannot_be_read_is_refused_and_the_newest_readable_one_counts(
    tmp_path: Path,
) -> None:
    text = "id,Name,Ends,Changed\n1,A,,2026-01-01\n1,B,,yesterday\n1,C,soon,2026-01-03\n"
    rows, reasons = became(tmp_path, VERSIONED, VERSIONS, text, "name")
    assert rows == [("A",)]
    assert [reason[:3] for reason in reasons] == [(3, "Changed", "yesterday"), (4, "Ends", "soon")]


def test_without_the_column_of_the_newest_a_second_row_is_refused(tmp_path: Path) -> None:
    rows, reasons = became(tmp_path, VERSIONED, VERSIONS, "id,Name\n1,A\n1,B\n", "name")
    assert rows == [("A",)]
    assert [reason[3] for reason in reasons] == ["duplicate key, first on line 2"]


def test_beside_its_newest_version_a_record_has_its_history(tmp_path: Path) -> None:
    table = (
        '[previous]\nof = "id"\nby = "changed"\n[[table]]\ninto = "opportunity"\n'
        'newest = "changed"\nopportunity_id = "{id}"\nstage = "{stage}"\n'
        '[[table]]\ninto = "opportunity_change"\nwhen = { column = "stage", changed = true }\n'
        'opportunity_id = "{id}"\nchanged_at = "{changed}"\nfield = "stage"\n'
        'old = "{previous_stage}"\nnew = "{stage}"\n'
    )
    columns = f'stage = "Stage"\nchanged = {{ from = "Changed", kind = "timestamp" }}\n{table}'
    text = "id,Stage,Changed\n1,Won,2026-01-03\n1,Offer,2026-01-02\n1,Lead,2026-01-01\n"
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        loading.load("a.csv", text)
        assert loading.rows("opportunity", "stage") == [("Won",)]
        assert loading.rows("opportunity_change", "old", "new") == [
            ("Lead", "Offer"),
            ("Offer", "Won"),
            (None, "Lead"),
        ]


def test_of_what_one_row_says_twice_the_table_written_last_counts(tmp_path: Path) -> None:
    columns = 'first = "First"\nlast = "Last"\n'
    tables = "".join(
        f'[[table]]\ninto = "account"\naccount_id = "a:{{id}}"\nname = "{{{name}}}"\n'
        for name in ("first", "last")
    )
    own = own_mapping(tmp_path, f"{columns}[[table]]\n{LEAD}{tables}")
    lines = "".join(f"{number},A{number},B{number}\n" for number in range(50))
    with loading_in(tmp_path, own) as loading:
        loading.load("a.csv", f"id,First,Last\n{lines}50,A50,\n")
        names = loading.rows("account", "name")
        assert names == sorted([("A50",), *((f"B{number}",) for number in range(50))])


def test_a_history_may_be_of_several_columns_together(tmp_path: Path) -> None:
    columns = (
        'field = "Field"\nvalue = "Value"\nchanged = { from = "Changed", kind = "timestamp" }\n'
        '[previous]\nof = ["id", "field"]\nby = "changed"\n'
    )
    table = (
        'into = "opportunity_change"\nopportunity_id = "{id}"\nchanged_at = "{changed}"\n'
        'field = "{field}"\nold = "{previous_value}"\nnew = "{value}"\n'
    )
    text = (
        "id,Field,Value,Changed\n1,stage,Won,2026-01-04\n1,amount,5,2026-01-01\n"
        "1,stage,Offer,2026-01-02\n1,amount,7,2026-01-03\n2,stage,Lead,2026-01-03\n"
    )
    rows, _ = became(tmp_path, columns, table, text, "opportunity_id", "field", "old", "new")
    assert rows == [
        ("1", "amount", "5", "7"),
        ("1", "amount", None, "5"),
        ("1", "stage", "Offer", "Won"),
        ("1", "stage", None, "Offer"),
        ("2", "stage", None, "Lead"),
    ]


def test_each_value_of_a_list_is_a_row(tmp_path: Path) -> None:
    text = "id,Leads,Role\n1,7; 8 ;;n/a;9,A\n2,,B\n3,7,\n4,8;8,C\n4,9,C\n"
    rows, reasons = became(tmp_path, LISTED, MEMBERS, text, "opportunity_id", "lead_id", "role")
    assert rows == [
        ("1", "x:7", "A"),
        ("1", "x:8", "A"),
        ("1", "x:9", "A"),
        ("3", "x:7", None),
        ("4", "x:8", "C"),
        ("4", "x:9", "C"),
    ]
    assert reasons == []


STAGES_LISTED = """\
into = "opportunity"
opportunity_id = "{id}"
[[table]]
into = "stage_change"
each = "stages"
when = { column = "each_value", not = "won" }
subject_kind = "opportunity"
subject_id = "{id}"
stage = "{each_value}"
entered_at = "2026-01-01"
inferred_from = "history"
"""


def test_the_values_of_a_list_are_translated_and_checked_one_by_one(tmp_path: Path) -> None:
    columns = (
        'stages = { from = "Stages", split = "|" }\n'
        '[values.stages]\nM = "mql"\nS = "sql"\nW = "won"\n'
    )
    with loading_in(tmp_path, mapping(tmp_path, columns, STAGES_LISTED)) as loading:
        loading.load("a.csv", "id,Stages\n1,m|S|W\n2,M|Q|Z\n3,\n")
        assert loading.rows("stage_change", "subject_id", "stage") == [("1", "mql"), ("1", "sql")]
        assert loading.rows("opportunity", "opportunity_id") == [("1",), ("3",)]
        ((line, column, value, reason),) = loading.reasons()
    assert (line, column, value) == (3, "Stages", "Q")
    assert reason == "is not mapped. Add it under [values.stages] in own.toml."


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("2026-01-01;soon;x", "soon", "is not a date"),
        ("2026-01-01;1066-10-14", "1066-10-14", "must"),
    ],
)
def test_a_value_in_a_list_that_cannot_be_used_is_named(
    tmp_path: Path, cell: str, value: str, reason: str
) -> None:
    table = (
        'into = "exchange_rate"\neach = "days"\ncurrency = "EUR"\nrate_on = "{days}"\nrate = "{id}"'
    )
    column = 'days = { from = "Days", split = ";" }'
    text = f"id,Days\n1,{cell}\n2,2026-02-01\n"
    rows, reasons = became(tmp_path, column, table, text, "rate_on")
    assert rows == [(date(2026, 2, 1),)]
    ((line, _, shown, why),) = reasons
    assert (line, shown) == (2, value)
    assert reason in why


IN_HEADER = 'amount = { from = ["Amount ({currency})", "金额({currency})"], kind = "money" }'


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Amount (EUR)", "EUR"),
        ("amount_usd", "USD"),
        ("Amount (US$)", "USD"),
        ("Amount（￥）", "CNY"),
        ("金额（元）", "CNY"),
        ("AMOUNT CHF", "CHF"),
        ("Amount (kr)", "SEK"),
    ],
)
def test_a_header_may_name_the_currency_of_its_amounts(
    tmp_path: Path, header: str, code: str
) -> None:
    read = 'currencies = { kr = "SEK" }'
    text = f"id;{header}\n1;5\n2;GBP 6\n3;\n"
    names = ("original_amount", "currency")
    rows, reasons = became(tmp_path, IN_HEADER, DEAL, text, *names, read=read)
    assert sorted(rows, key=str) == sorted([(5, code), (6, "GBP"), (None, None)], key=str)
    assert reasons == []


@pytest.mark.parametrize("header", ["Amount", "Amount per lead", "Amount (XQZ)", "EUR"])
def test_a_header_without_a_currency_is_not_spelt_so(tmp_path: Path, header: str) -> None:
    table = f'{DEAL.replace("{amount}", "{amount|other}")}\nstage = "{{stage}}"'
    columns = f'{IN_HEADER}\nother = "Other"\nstage = "Stage"'
    text = f"id;Stage;{header}\n1;Offer;5\n"
    rows, _ = became(tmp_path, columns, table, text, "original_amount")
    assert rows == [(None,)]


def test_amounts_in_two_currencies_are_refused(tmp_path: Path) -> None:
    with loading_in(tmp_path, mapping(tmp_path, IN_HEADER, DEAL)) as loading:
        refusal = loading.refusal("a.csv", "id,Amount (EUR),Amount (USD)\n1,5,6\n")
    assert refusal == (
        "a.csv: Amount (EUR) and Amount (USD) both fit Amount ({currency}). Write under amount in "
        "own.toml the one to read, with its currency as a text."
    )


REPORT = """\
into = "campaign_spend"
campaign_id = "{account}:{id}"
spend_on = "{from_day}"
original_cost_amount = "{cost}"
currency = "EUR"
"""

ABOVE = """\
cost = { from = "Cost", kind = "money" }
account = { above = '(?m)^Account:?\\t(.*)$' }
from_day = { above = 'From ([^\\s,]+)', dates = "%d/%m/%Y" }
"""

READ_BELOW = 'header = ["id", "Cost"]'


@pytest.mark.parametrize(
    "text",
    [
        'Spend\nAccount:,Nord  AG,,\n"From 01/02/2026, all"\n\nid,Cost\n1,5\n2,6\n',
        "From 01/02/2026\r\nAccount\tNord AG\r\nid\tCost\r\n1\t5\r\n2\t6\r\n",
        "sep=;\nFrom 01/02/2026\nAccount; Nord AG ;\nid;Cost\n1;5\n2;6\n",
    ],
)
def test_what_stands_above_the_header_holds_for_all_rows(tmp_path: Path, text: str) -> None:
    names = ("campaign_id", "spend_on", "original_cost_amount")
    rows, reasons = became(tmp_path, ABOVE, REPORT, text, *names, read=READ_BELOW)
    assert rows == [("Nord AG:1", date(2026, 2, 1), 5), ("Nord AG:2", date(2026, 2, 1), 6)]
    assert reasons == []


def test_what_stands_above_the_header_of_a_sheet_holds_for_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        lines: list[list[str]] = [
            ["Account", "Nord AG"],
            [],
            ["From 01/02/2026"],
            ["id", "Cost"],
            ["1", "5"],
        ]
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    with loading_in(tmp_path, mapping(tmp_path, ABOVE, REPORT, READ_BELOW)) as loading:
        loading.load_path(path)
        assert loading.rows("campaign_spend", "campaign_id", "spend_on") == [
            ("Nord AG:1", date(2026, 2, 1))
        ]


def test_what_is_not_above_the_header_is_missing_and_what_cannot_be_read_is_named(
    tmp_path: Path,
) -> None:
    with loading_in(tmp_path, mapping(tmp_path, ABOVE, REPORT, READ_BELOW)) as loading:
        missing = loading.refusal("a.csv", "Account,Nord\nid,Cost\n1,5\n")
        unread = loading.refusal("b.csv", "Account,Nord\nFrom Monday\nid,Cost\n1,5\n")
    assert missing.startswith("a.csv: a column is missing that Own needs: from_day (From ([")
    assert "in the lines above the header)" in missing
    assert 'lines above the header "Monday" is not a date' in unread


def test_the_name_of_the_file_may_hold_a_value_for_all_rows(tmp_path: Path) -> None:
    columns = (
        """month = { file_name = '_(\\d{4}-\\d{2})', dates = "%Y-%m" }\n"""
        """company = { file_name = '^([^_]+)_', kind = "company", default = "Nobody GmbH" }\n"""
        '[account]\nname = "company"'
    )
    table = LEAD + 'account_id = "{account_id}"\ncreated_at = "{month}"'
    with loading_in(tmp_path, mapping(tmp_path, columns, table)) as loading:
        loading.load("Nord AG_2026-03.csv", "id\n1\n")
        loading.load("2026-04.csv", "id\n2\n")
        assert loading.rows("lead", "lead_id", "account_id", "created_at") == [
            ("1", "name:nord", datetime(2026, 3, 1)),
            ("2", "name:nobody", None),
        ]


def test_the_same_content_under_another_name_is_another_file_only_where_the_name_is_read(
    tmp_path: Path,
) -> None:
    columns = """month = { file_name = '(\\d{4}-\\d{2})' }\n[[table]]\n"""
    table = 'into = "interaction"\ninteraction_id = "{row_key}"\naction = "{month}"\n'
    own = own_mapping(tmp_path, f'{columns}{table}occurred_at = "2026-01-01"')
    with loading_in(tmp_path, own) as loading:
        names = ("2026-03.csv", "2026-04.csv", "2026-03.csv")
        assert [loading.load(name, "id\n1\n").status for name in names] == [
            Status.LOADED,
            Status.LOADED,
            Status.ALREADY_LOADED,
        ]
        assert loading.rows("interaction", "action") == [("2026-03",), ("2026-04",)]
    own_mapping(tmp_path, f"[[table]]\n{LEAD}")
    with loading_in(tmp_path / "mappings", own) as loading:
        statuses = [loading.load(name, "id\n1\n").status for name in ("a.csv", "b.csv")]
        assert statuses == [Status.LOADED, Status.ALREADY_LOADED]


ENDED = """
deleted = "deleted"
keeper = "keeper"
gone = {{ from = "gone", kind = "timestamp" }}
status = "status"
[values.status]
"new" = "lead"
[person]
record = "id"
[[ended]]
column = "deleted"
is = ["true", "删除", "gelöscht"]
merged_into = "keeper"
at = "gone"
{table}
"""

LEAD_AND_PERSON = """[[table]]
into = "lead"
lead_id = "own:{id}"
person_id = "{person_id}"
stage = "{status}"
[[table]]
into = "person"
"""


def test_a_row_that_is_ended_ends_each_record_that_it_is(tmp_path: Path) -> None:
    mappings = own_mapping(tmp_path, ENDED.format(table=LEAD_AND_PERSON))
    with loading_in(tmp_path, mappings) as loading:
        outcome = loading.load(
            "leads.csv",
            "id,deleted,keeper,gone,status\n"
            "1,false,,,new\n"
            "2,TRUE,,2026-02-01 10:00,not a stage\n"
            "3,删除,1,,new\n"
            "4,gelöscht,,never,new\n"
            ",true,,,new\n",
            mapping="own",
        )
        assert (outcome.rows_kept, outcome.rows_rejected) == (3, 2)
        assert loading.rows("lead", "lead_id") == [("own:1",)]
        assert loading.rows("person", "person_id") == [("own:1",)]
        names = ("subject_kind", "subject_id", "how", "into_id")
        assert loading.rows("record_end", *names) == [
            ("lead", "own:2", "deleted", None),
            ("lead", "own:3", "merged", "own:1"),
            ("person", "own:2", "deleted", None),
            ("person", "own:3", "merged", "own:1"),
        ]
        assert {reason[:2] for reason in loading.reasons()} == {(5, "gone"), (6, "subject_id")}


def test_a_file_without_the_column_ends_nothing(tmp_path: Path) -> None:
    mappings = own_mapping(tmp_path, ENDED.format(table=LEAD_AND_PERSON))
    with loading_in(tmp_path, mappings) as loading:
        loading.load("leads.csv", "id,status\n1,new\n", mapping="own")
        assert loading.rows("record_end") == []


def test_a_row_that_is_no_record_cannot_end(tmp_path: Path) -> None:
    spend = """[[table]]
into = "campaign_spend"
campaign_id = "{id}"
spend_on = "{gone}"
original_cost_amount = "{status}"
currency = "EUR"
"""
    mappings = own_mapping(tmp_path, ENDED.format(table=spend))
    with loading_in(tmp_path, mappings) as loading:
        message = loading.refusal("leads.csv", "id\n1\n", mapping="own")
    assert "a row of campaign_spend is no record that can end" in message
