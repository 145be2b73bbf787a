"""What a mapping can say about a column and a row: each word of the language, on files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data.errors import MappingError
from loaders.language.library import read_mapping
from tests.loaders.loading import loading_in, own_mapping


def mapping(folder: Path, columns: str, table: str, read: str = "") -> Path:
    """A folder with one mapping: what is given, in a file with a column `id`."""
    return own_mapping(folder, f"{columns}\n[[table]]\n{table}", read)


def became(
    folder: Path, columns: str, table: str, text: str, *names: str, read: str = ""
) -> tuple[list[tuple[Any, ...]], list[tuple[int, str | None, str | None, str]]]:
    """Rows that a file becomes, of the table that the mapping feeds, and its refusals."""
    into = table.partition('into = "')[2].partition('"')[0]
    with loading_in(folder, mapping(folder, columns, table, read)) as loading:
        loading.load("a.csv", text)
        return loading.rows(into, *names), loading.reasons()


LEAD = 'into = "lead"\nlead_id = "{id}"\n'


@pytest.mark.parametrize(
    ("otherwise", "found"),
    [('{ use = "Email" }', "Email"), ('"keep"', "4711"), ('"missing"', None)],
)
def test_a_translation_may_list_no_words(tmp_path: Path, otherwise: str, found: str | None) -> None:
    columns = f'owner = "Owner"\n[values.owner]\notherwise = {otherwise}'
    rows, _ = became(
        tmp_path,
        columns,
        LEAD + 'owner = "{owner}"',
        "id,Owner\n1,4711\n2,\n",
        *("lead_id", "owner"),
    )
    assert rows == [("1", found), ("2", None)]


@pytest.mark.parametrize(
    ("pattern", "cell", "found"),
    [
        (r"#(\\d+)", "Deal #4711 of May", "4711"),
        (r"\\d+", "Deal #4711 of May", "4711"),
        (r"(a)?b", "b", None),
        (r"#(\\d+)", "Deal of May", None),
        (r"\\(([^)]*)\\)", "Ana ( Sales )", "Sales"),
        (r"^编号：(.+)$", "编号：甲", "甲"),
        (r"by (.*)", "by n/a", None),
    ],
)
def test_a_pattern_takes_its_first_group_or_its_whole_match(
    tmp_path: Path, pattern: str, cell: str, found: str | None
) -> None:
    columns = f'owner = {{ from = "Owner", extract = "{pattern}" }}'
    rows, _ = became(
        tmp_path, columns, LEAD + 'owner = "{owner}"', f'id,Owner\n1,"{cell}"\n2,\n', "owner"
    )
    assert rows == sorted([(found,), (None,)], key=lambda row: row[0] is None)


@pytest.mark.parametrize(
    ("keys", "cell", "found"),
    [
        ('split = " ", part = 1', "Ana  Maria Lima", "Ana"),
        ('split = " ", part = 2', "Ana  Maria Lima", "Maria"),
        ('split = " ", part = -1', "Ana  Maria Lima", "Lima"),
        ('split = " ", part = 4', "Ana Maria Lima", None),
        ('split = " / ", part = 2', "EMEA / North", "North"),
        ('split = "~", part = 2', "a~ ~c", None),
        ('split = "~", part = -2', "a~b~ c", "b"),
        ('extract = "<(.*)>", split = "@", part = 2', "Ana <ana@x.example>", "x.example"),
    ],
)
def test_a_text_is_split_and_one_part_taken(
    tmp_path: Path, keys: str, cell: str, found: str | None
) -> None:
    columns = f'owner = {{ from = "Owner", {keys} }}'
    rows, _ = became(
        tmp_path, columns, LEAD + 'owner = "{owner}"', f"id,Owner\n1,{cell}\n", "owner"
    )
    assert rows == [(found,)]


def test_a_piece_is_read_in_the_kind_of_its_column(tmp_path: Path) -> None:
    columns = (
        'size = { from = "Size", kind = "integer", extract = "(.*) people" }\n'
        'made = { from = "Made", split = " on ", part = -1 }'
    )
    table = (
        'into = "campaign"\ncampaign_id = "{id}"\nplanned_reach = "{size}"\nstarts_on = "{made}"'
    )
    rows, reasons = became(
        tmp_path,
        columns,
        table,
        "id,Size,Made\n1,12 people,by Ana on 2024-01-31\n2,many people,\n3,none,on Monday\n",
        *("campaign_id", "planned_reach", "starts_on"),
    )
    assert rows == [("1", 12, date(2024, 1, 31))]
    assert [reason[:3] for reason in reasons] == [(3, "Size", "many"), (4, "Made", "on Monday")]


DEAL = """\
into = "opportunity"
opportunity_id = "{id}"
original_amount = "{amount}"
currency = "{amount_currency}"
"""


def amounts(
    folder: Path, cells: list[str], keys: str = "", read: str = ""
) -> dict[str, tuple[str, str | None] | None]:
    """Amount and currency that each cell becomes; None for one that is refused."""
    columns = f'amount = {{ from = "Amount", kind = "money"{keys} }}'
    lines = "".join(f"{number};{cell}\n" for number, cell in enumerate([*cells, "0"]))
    names = ("opportunity_id", "original_amount", "currency")
    rows, reasons = became(folder, columns, DEAL, f"id;Amount\n{lines}", *names, read=read)
    read_cells = {cells[int(place)]: (str(amount), code) for place, amount, code in rows
                  if int(place) < len(cells)}  # fmt: skip
    assert not set(read_cells) & {value for _, _, value, _ in reasons}
    return {cell: read_cells.get(cell) for cell in cells}


def test_an_amount_is_read_with_the_currency_that_it_names(tmp_path: Path) -> None:
    expected = {
        "$1,117.10": ("1117.10", "USD"),
        "1,117.10 €": ("1117.10", "EUR"),
        "US$ 12": ("12.00", "USD"),
        "hk$12.5": ("12.50", "HKD"),
        "¥12": ("12.00", "CNY"),
        "￥1,200": ("1200.00", "CNY"),
        "JP¥1,200": ("1200.00", "JPY"),
        "CNY 12": ("12.00", "CNY"),
        "12 usd": ("12.00", "USD"),
        "1,200元": ("1200.00", "CNY"),
        "$12 CAD": ("12.00", "CAD"),
        "CAD $12": ("12.00", "CAD"),
        "12\u00a0EUR": ("12.00", "EUR"),
        "12": ("12.00", "USD"),
        "12.": ("12.00", "USD"),
        "($0.00)": ("0.00", "USD"),
        "+12": ("12.00", "USD"),
    }
    assert amounts(tmp_path, list(expected), read='thousands = ","') == expected


def test_what_is_no_amount_in_the_declared_marks_is_refused(tmp_path: Path) -> None:
    cells = ["1.117,10 €", "12 XQZ", "$", "$1,2", "1,117.10K", "12 kr", "--12", "-12-", "-(12)",
             "12%", "12 34", "1e3", "12,", "CNY", "((12))", "12)"]  # fmt: skip
    assert amounts(tmp_path, cells, read='thousands = ","') == dict.fromkeys(cells)


def test_amounts_follow_the_declared_marks(tmp_path: Path) -> None:
    expected = {
        "1.117,10 €": ("1117.10", "EUR"),
        "€ 1.117,10": ("1117.10", "EUR"),
        "1.117": ("1117.00", "USD"),
        "1117,1": ("1117.10", "USD"),
        "1,117.10": None,
        "1.11": None,
    }
    read = 'decimal = ","\nthousands = "."'
    assert amounts(tmp_path, list(expected), read=read) == expected


@pytest.mark.parametrize(
    ("mark", "cells"),
    [
        ('" "', ["1 117.10", "1\u00a0117.10", "1\u202f117.10 €"]),
        ('"\'"', ["1'117.10", "1’117.10", "CHF 1’117.10"]),
    ],
)
def test_thousands_may_be_apart_by_any_kind_of_space_or_apostrophe(
    tmp_path: Path, mark: str, cells: list[str]
) -> None:
    found = amounts(tmp_path, cells, read=f"thousands = {mark}")
    assert {amount and amount[0] for amount in found.values()} == {"1117.10"}


def test_a_scale_is_read_in_a_column_that_says_so(tmp_path: Path) -> None:
    expected = {
        "$1,117.10K": ("1117100.00", "USD"),
        "2.5m": ("2500000.00", "USD"),
        "1.2 bn USD": ("1200000000.00", "USD"),
        "3.5万": ("35000.00", "USD"),
        "1.2亿元": ("120000000.00", "CNY"),
        "12": ("12.00", "USD"),
        "€7 Mio.": ("7000000.00", "EUR"),
        "0.00001K": ("0.01", "USD"),
        "12 X": None,
        "99999999999B": None,
    }
    assert amounts(tmp_path, list(expected), ", scaled = true", 'thousands = ","') == expected


def test_symbols_mean_what_the_mapping_says(tmp_path: Path) -> None:
    read = 'currencies = { "$" = "AUD", "¥" = "JPY", kr = "SEK" }'
    expected = {
        "$1": ("1.00", "AUD"),
        "¥2": ("2.00", "JPY"),
        "3 kr": ("3.00", "SEK"),
        "US$4": ("4.00", "USD"),
    }
    assert amounts(tmp_path, list(expected), read=read) == expected


def test_negative_numbers_are_read_however_their_sign_is_written(tmp_path: Path) -> None:
    columns = 'score = { from = "Score", kind = "number" }'
    cells = ["-12", "−12", "(12)", "12-", "$-12", "-$12", "$(12)", "(12) €"]
    lines = "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    rows, reasons = became(
        tmp_path, columns, LEAD + 'score = "{score}"', f"id,Score\n{lines}", "score"
    )
    assert (rows, reasons) == ([(-12.0,)] * len(cells), [])


def test_a_whole_number_stays_whole_when_scaled(tmp_path: Path) -> None:
    columns = 'reach = { from = "Reach", kind = "integer", scaled = true }'
    table = 'into = "campaign"\ncampaign_id = "{id}"\nplanned_reach = "{reach}"'
    text = "id,Reach\n1,1.5K\n2,2万\n3,1.5\n4,1.2345K\n5,7\n"
    rows, reasons = became(tmp_path, columns, table, text, "campaign_id", "planned_reach")
    assert rows == [("1", 1500), ("2", 20000), ("5", 7)]
    assert [reason[2] for reason in reasons] == ["1.5", "1.2345K"]


def test_minutes_become_seconds_and_what_is_too_much_is_refused(tmp_path: Path) -> None:
    columns = 'score = { from = "Minutes", kind = "number", multiply_by = 60 }'
    cells = ["1.5", "(2)", "0", "0.2", "two", "9" * 30]
    lines = "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    rows, reasons = became(
        tmp_path, columns, LEAD + 'score = "{score}"', f"id,Minutes\n{lines}", "lead_id", "score"
    )
    assert rows == [("0", 90.0), ("1", -120.0), ("2", 0.0), ("3", 12.0)]
    assert [reason[2] for reason in reasons] == cells[4:]


def test_a_factor_and_a_divisor_are_both_used(tmp_path: Path) -> None:
    columns = 'amount = { from = "A", kind = "money", multiply_by = 3, divide_by = 400 }'
    rows, _ = became(tmp_path, columns, DEAL, "id,A\n1,1000\n", "original_amount")
    assert rows == [(Decimal("7.50"),)]


def test_the_parent_of_a_company_is_its_id_else_its_name(tmp_path: Path) -> None:
    columns = (
        'up = "Parent ID"\nabove = { from = "Parent", kind = "company" }\n'
        '[parent_account]\nrecord = "up"\nname = "above"'
    )
    table = 'into = "account"\naccount_id = "{id}"\nparent_id = "{parent_id}"'
    text = "id,Parent ID,Parent\n1,A-9,Norda GmbH\n2,,Norda  GmbH\n3,,\n4,ann@acme.com,\n"
    rows, reasons = became(tmp_path, columns, table, text, "account_id", "parent_id")
    assert rows[:3] == [("1", "A-9"), ("2", "name:norda"), ("3", None)]
    assert rows[3][1].startswith("p_"), "an address is no id of a company, and not kept"
    assert reasons == []


def test_an_own_column_for_the_currency_keeps_its_name(tmp_path: Path) -> None:
    columns = 'amount = { from = "Amount", kind = "money" }\namount_currency = "Currency"'
    rows, _ = became(tmp_path, columns, DEAL, "id,Amount,Currency\n1,$5,CHF\n", "currency")
    assert rows == [("CHF",)]


def test_a_column_may_write_its_dates_in_its_own_way(tmp_path: Path) -> None:
    columns = (
        'opened = { from = "Opened", dates = ["%d %b, %Y %H:%M:%S", "%d %b, %Y"] }\n'
        'closed = { from = "Closed", dates = "%m/%d/%Y %I:%M %p" }\nexpected = "Expected"'
    )
    table = (
        'into = "opportunity"\nopportunity_id = "{id}"\ncreated_at = "{opened}"\n'
        'closed_at = "{closed}"\nexpected_close_on = "{expected}"'
    )
    text = (
        "id;Opened;Closed;Expected\n"
        "1;15 Apr, 2021 00:02:00;4/5/2021 1:02 PM;05.04.2021\n"
        "2;15 Apr, 2021;2021-04-05 13:02:00;2021-04-05\n"
        "3;early April;;\n4;;;mid April\n"
    )
    rows, reasons = became(
        tmp_path,
        columns,
        table,
        text,
        *("created_at", "closed_at", "expected_close_on"),
        read='dates = "%d.%m.%Y"\ntime_zone = "Asia/Shanghai"',
    )
    assert sorted(rows) == [
        (datetime(2021, 4, 14, 16), datetime(2021, 4, 5, 5, 2), date(2021, 4, 5)),
        (datetime(2021, 4, 14, 16, 2), datetime(2021, 4, 5, 5, 2), date(2021, 4, 5)),
    ]
    assert [(reason[1], reason[3]) for reason in reasons] == [
        (
            "Opened",
            "is not a date and time: expected %d %b, %Y %H:%M:%S or %d %b, %Y or 2024-01-31",
        ),
        ("Expected", "is not a date: expected %d.%m.%Y or 2024-01-31"),
    ]


ADDRESS_NAMES = ("source", "medium", "campaign", "term", "content")


ADDRESSES: dict[str, tuple[str | None, ...]] = {
    "https://Shop.Example.com:8080/a%20b/?utm_source=Google&UTM_MEDIUM=paid+search"
    "&utm_campaign=%E6%98%A5%E5%AD%A3&utm_term=a%2Bb&utm_content=x#utm_source=no": (
        "Google", "paid search", "春季", "a+b", "x", "/a b/", "shop.example.com"),
    "/pricing?a=1&amp;utm_source=x&utm_medium=": (
        "x", None, None, None, None, "/pricing", None),
    "www.example.com": (None, None, None, None, None, "/", "www.example.com"),
    "//u:p@x.example?utm_source=%C4%E3": (
        "%C4%E3", None, None, None, None, "/", "x.example"),
    "?utm_source=only": ("only", None, None, None, None, None, None),
    "my_utm_source=a": (None, None, None, None, None, None, None),
    "": (None, None, None, None, None, None, None),
}  # fmt: skip


def test_an_address_says_where_the_visit_came_from(tmp_path: Path) -> None:
    names = ("source", "medium", "campaign", "term", "content")
    table = (
        'into = "interaction"\ninteraction_id = "{id}"\noccurred_at = "2024-01-01"\n'
        'action = "visit"\ncampaign_id = "{page_path}"\ncontent_id = "{page_host}"\n'
    ) + "".join(f'utm_{name} = "{{page_utm_{name}}}"\n' for name in names)
    rows, reasons = became(
        tmp_path,
        'page = { from = "Page", kind = "url" }',
        table,
        "id,Page\n" + "".join(f'{place},"{each}"\n' for place, each in enumerate(ADDRESSES)),
        "interaction_id",
        *(f"utm_{name}" for name in names),
        *("campaign_id", "content_id"),
    )
    assert [row[1:] for row in rows] == list(ADDRESSES.values())
    assert reasons == []


STAGES = """\
into = "stage_change"
each = { mql = "became_mql", sql = "became_sql" }
subject_kind = "lead"
subject_id = "{id}"
stage = "{each}"
entered_at = "{each_value}"
reason = "by {each}"
inferred_from = "date_column"
"""

BECAME = 'became_mql = "MQL"\nbecame_sql = "SQL"'


def test_a_wide_row_becomes_a_row_for_each_column_that_has_a_value(tmp_path: Path) -> None:
    text = "id,MQL,SQL\n1,2024-01-01,2024-02-01\n2,2024-01-02,\n3,,\n4,soon,2024-01-01\n"
    rows, reasons = became(
        tmp_path, BECAME, STAGES, text, *("subject_id", "stage", "entered_at", "reason")
    )
    assert rows == [
        ("1", "mql", datetime(2024, 1, 1), "by mql"),
        ("1", "sql", datetime(2024, 2, 1), "by sql"),
        ("2", "mql", datetime(2024, 1, 2), "by mql"),
    ]
    assert [reason[:3] for reason in reasons] == [(5, "MQL", "soon")]


def test_an_entry_whose_column_the_file_lacks_makes_no_rows(tmp_path: Path) -> None:
    rows, _ = became(tmp_path, BECAME, STAGES, "id,SQL\n1,2024-02-01\n", "stage")
    assert rows == [("sql",)]
    with loading_in(tmp_path, tmp_path / "mappings") as loading:
        refusal = loading.refusal("b.csv", "id,Other\n1,2\n")
    assert "own knows 1 of them, but MQL is missing" in refusal


def test_an_entry_may_ask_more_of_its_value(tmp_path: Path) -> None:
    table = STAGES.replace('entered_at = "{each_value}"', 'entered_at = "2024-01-01"')
    table += 'when = { column = "each_value", is = "yes" }'
    rows, _ = became(
        tmp_path, BECAME, table, "id,MQL,SQL\n1,Yes,no\n2,,yes\n", "subject_id", "stage"
    )
    assert rows == [("1", "mql"), ("2", "sql")]


MEMBERS = """\
into = "opportunity_lead"
each = "leads"
opportunity_id = "{id}"
lead_id = "x:{leads}"
role = "{role}"
"""

LISTED = 'leads = { from = "Leads", split = ";" }\nrole = "Role"\n'


@pytest.mark.parametrize(
    ("columns", "table", "line", "sentence"),
    [
        ('a = { from = "A", extract = "(" }', LEAD, 8, "is not a pattern that the engine (RE2)"),
        ('a = { from = "A", extract = "a(?=b)" }', LEAD, 8, "invalid perl operator: (?="),
        ('a = { from = "A", split = " " }', LEAD, 8, "split needs part too"),
        ('a = { from = "A", part = 1 }', LEAD, 8, "part needs split too"),
        ('a = { from = "A", split = "evident", part = 1 }', LEAD, 8, "at a mark that is named"),
        ('a = { from = "A", split = " ", part = 0 }', LEAD, 8, "part counts from 1"),
        ('a = { from = "A", split = "", part = 1 }', LEAD, 8, "at least 1 character"),
        ('a = { from = "A", kind = "email", scaled = true }', LEAD, 8, "scaled is for numbers"),
        (
            'a = { from = "A", kind = "date", multiply_by = 6 }',
            LEAD,
            8,
            "multiply_by is for numbers",
        ),
        ('a = { from = "A", multiply_by = 6 }', LEAD, 8, 'for numbers: kind = "number"'),
        ('a = { from = "A", kind = "number", multiply_by = 0 }', LEAD, 8, "greater than 0"),
        ('[parent_account]\nname = "no"', LEAD, 9, '"no" is not in [columns]'),
        ('[parent_account]\nname = "id"', LEAD, 7, 'id needs kind = "company"'),
        ('a = { from = "A", kind = "money", dates = "%d" }', LEAD, 8, "dates are for dates"),
        ('a = { from = "A", dates = "%d", epoch = "s" }', LEAD, 8, "exclude each other"),
        ('a = { from = "A", dates = ["soon"] }', LEAD, 8, "'soon' is not a format"),
        ('a = "A ({currency})"', LEAD, 8, "in a header is for amounts"),
        ('a = { from = "{currency}", kind = "money" }', LEAD, 8, "stands beside the words"),
        ('a = { kind = "text" }', LEAD, 8, "a column has one of from, above and file_name"),
        ('a = { from = "A", above = "x" }', LEAD, 8, "a column has one of from, above and"),
        ('a = { above = "(" }', LEAD, 8, "is not a pattern that the engine (RE2)"),
        ('a = { above = "x", extract = "y" }', LEAD, 8, "extract is for cells: the pattern of"),
        ('each = "A"', LEAD, 8, "each has a meaning of its own"),
        ('a = { from = "A", kind = "url" }\na_path = "B"', LEAD, 9, "is made by the mapping"),
        ("", LEAD + 'each = { x = "nothing" }', 12, '"nothing" is not in [columns]'),
        ("", LEAD + "each = {}", 12, "each: write { name ="),
        ("", LEAD + 'each = "id"', 12, "id is one value: split it"),
        ("", LEAD + "each = 5", 12, "each: write { name ="),
        (LISTED, LEAD + f'owner = "{{leads}}"\n[[table]]\n{MEMBERS}', 14, "leads is a list: a [["),
        (
            LISTED,
            f'{MEMBERS}[[table]]\n{LEAD}each = {{ a = "leads" }}',
            17,
            "leads is a list: a [[",
        ),
        (LISTED + '[account]\nname = "leads"', MEMBERS, 11, "leads is a list: [account] needs"),
        (LISTED.replace('";"', '";", kind = "email"'), MEMBERS, 8, '"email" cannot be listed'),
        (LISTED, MEMBERS.replace("{leads}", "{each}"), 15, '"each" is not in [columns]'),
        ("", LEAD + "each = { x = 1 }", 12, "an entry names one column"),
        ("", LEAD + 'each = { x = "id" }\nowner = "{id|each}"', 12, "stands alone in its braces"),
        ("", LEAD + 'owner = "{each}"', 12, '"each" is not in [columns]'),
        ("", LEAD + 'each = { A = "id", Z = "id" }\ngrade = "{each}"', 13, "one of A, B, C"),
        ("", LEAD + 'each = { A = "id", B = "id" }\nwhen = 5', 13, "when"),
        ("", LEAD + 'newest = "id"', 7, "newest needs a kind of timestamp, date"),
        ("", LEAD + 'newest = "di"', 12, '"di" is not in [columns]'),
        (
            'a = { from = "A", kind = "date" }',
            LEAD + 'newest = "a"\nadd = ["score"]\nscore = 1',
            12,
            "newest and add exclude each other",
        ),
        (
            'a = { from = "A", kind = "date" }',
            LEAD + f'newest = "a"\n[[table]]\n{LEAD}',
            13,
            "every [[table]] of lead needs the same newest",
        ),
        ('[previous]\nof = ["id", "no"]\nby = "id"', LEAD, 9, '"no" is not in [columns]'),
        ('[previous]\nof = []\nby = "id"', LEAD, 9, "at least 1 item"),
        ("", LEAD + '[[table]]\neach = { A = "id" }\nadd = 1', 14, "add"),
        ('[[skip]]\ncolumn = "id"', LEAD, 8, "the condition on id would hold in every row"),
        ('[[ended]]\ncolumn = "id"\nmerged_into = "id"', LEAD, 8, "the condition on id would hold"),
        (
            '[[ended]]\ncolumn = "id"\nis = "x"\nmerged_into = "keeper"',
            LEAD,
            11,
            '"keeper" is not in',
        ),
        ('[[ended]]\ncolumn = "id"\nis = "x"\nat = "gone"', LEAD, 11, '"gone" is not in'),
        (
            '[[skip]]\ncolumn = "id"\nis = "x"\n[[skip]]\ncolumn = "id"',
            LEAD,
            11,
            "the condition on id would hold in every row: add is, not, starts_with or present",
        ),
        ('[[skip]]\ncolumn = "id"\nchanged = true', LEAD, 8, "changed cannot be tested here"),
        (
            '[[skip]]\ncolumn = "id"\nis = "x"\nchanged = true',
            LEAD,
            8,
            "only when of a [[table]] compares id with the row before",
        ),
        (
            'a = { from = "A", when = { column = "id", changed = true } }',
            LEAD,
            8,
            "changed cannot be tested here",
        ),
        (
            'a = { from = "A", when = { column = "id", present = true, changed = false } }\n'
            '[previous]\nof = "id"\nby = "a"',
            LEAD,
            8,
            "changed cannot be tested here",
        ),
        (
            'a = { from = "A", when = { column = "id" } }',
            LEAD,
            8,
            "the condition on id would hold in every row",
        ),
        ("", LEAD + 'when = { column = "id", changed = true }', 12, "changed needs [previous]"),
        ("", LEAD + 'when = { column = "id", changed = false }', 12, "changed needs [previous]"),
        (
            '[previous]\nof = "id"\nby = "id"',
            LEAD + 'when = { column = "row_key", changed = true }',
            14,
            "changed compares one value of a column of the file, and row_key is none",
        ),
        ("", LEAD + 'when = { column = "id" }', 12, "the condition on id would hold in every row"),
    ],
)
def test_a_mistake_in_a_word_of_the_language_is_named_with_its_line(
    tmp_path: Path, columns: str, table: str, line: int, sentence: str
) -> None:
    own = mapping(tmp_path, columns, table)
    with pytest.raises(MappingError) as refused:
        read_mapping(own / "own.toml")
    message = str(refused.value)
    assert f"own.toml line {line}:" in message
    assert sentence in message
