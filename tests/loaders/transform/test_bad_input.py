"""What is wrong with a row or a file is said: where, which value, what was expected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.privacy.contacts import MASK
from tests.loaders.loading import Loading, loading_in, own_mapping

LEADS = "Lead ID,Email,Phone,Rating,Lead Score,Lead Status,Created Date,First Name,Notes\n"

GOOD = "L0,ann@acme.com,+49 151 28998967,A,50,New,2026-01-01,Ann,\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


@pytest.mark.parametrize(
    ("row", "kind", "column", "value", "reason"),
    [
        ("L1,,,,,New,2024-02-30,,", "unreadable", "Created Date", "2024-02-30",
         "is not a date and time: expected 2024-01-31"),
        ("L1,,,,,New,2024-13-01,,", "unreadable", "Created Date", "2024-13-01",
         "is not a date and time: expected 2024-01-31"),
        ("L1,,,,,New,03/04/2024,,", "unreadable", "Created Date", "03/04/2024",
         "is not a date and time: expected 2024-01-31"),
        ("L1,,,,,New,infinity,,", "unreadable", "Created Date", "infinity",
         "is not a date and time: expected 2024-01-31"),
        ('L1,,,,"1,5.5",New,2026-01-01,,', "unreadable", "Lead Score", "1,5.5",
         'is not a number (decimal mark ".", thousands mark none)'),
        ("L1,,,,inf,New,2026-01-01,,", "unreadable", "Lead Score", "inf",
         'is not a number (decimal mark ".", thousands mark none)'),
        (",,,,,New,2026-01-01,,", "missing", "Lead ID", None, "is missing"),
        ("N/A,,,,,New,2026-01-01,,", "missing", "Lead ID", None, "is missing"),
        ("L1,,,Warmish,,New,2026-01-01,,", "unmapped", "Rating", "Warmish",
         'is not mapped. Did you mean "Warm"? Add it under [values.rating] in '
         "salesforce_leads.toml."),
        ("L1,,,Purple,,New,2026-01-01,,", "unmapped", "Rating", "Purple",
         "is not mapped. Add it under [values.rating] in salesforce_leads.toml."),
    ],
)  # fmt: skip
def test_a_refused_row_says_kind_column_value_and_what_was_expected(
    loading: Loading, row: str, kind: str, column: str, value: str | None, reason: str
) -> None:
    outcome = loading.load("leads.csv", LEADS + GOOD + row + "\n")
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
    assert loading.reasons() == [(3, column, value, reason)]
    assert loading.rows("rejected_row", "kind") == [(kind,)]
    assert [each.kind for each in outcome.reasons] == [kind]


def test_every_reason_that_applies_is_given(loading: Loading) -> None:
    loading.load("leads.csv", LEADS + GOOD + ",,,Purple,high,New,soon,,\n")
    assert {column for _, column, *_ in loading.reasons()} == {
        "Lead ID",
        "Rating",
        "Lead Score",
        "Created Date",
    }


def test_the_sentence_names_file_line_column_and_value(loading: Loading) -> None:
    outcome = loading.load("leads.csv", LEADS + GOOD + GOOD.replace("L0", "L1").replace("A", "Z"))
    (reason,) = outcome.reasons
    assert reason.sentence("leads.csv") == (
        'leads.csv line 3: Rating "Z" is not mapped. Add it under [values.rating] in '
        "salesforce_leads.toml."
    )


def test_a_repeated_key_names_the_line_it_was_first_on(loading: Loading) -> None:
    again = GOOD.replace("New", "Converted")
    outcome = loading.load("leads.csv", LEADS + GOOD + GOOD + again)
    assert (outcome.rows_kept, outcome.rows_unchanged, outcome.rows_rejected) == (1, 1, 1)
    assert loading.reasons() == [(4, "Lead ID", None, "duplicate key, first on line 2")]


def test_a_lead_given_to_two_owners_at_one_moment_keeps_the_first(loading: Loading) -> None:
    """Whatever the order of files, one of them counts, and it is said which and what to do."""
    given = "lead_id,route,owner,assigned_at\nL1,Inside,Ana,2026-03-02 09:00\n"
    loading.load("assignment.csv", given + "L1,Partner,Bo,2026-03-02 09:00\n")
    assert loading.draft.query("SELECT owner FROM assignment")["owner"].to_list() == ["Ana"]
    ((line, _, _, reason),) = loading.reasons()
    assert line == 3
    assert "first on line 2: a lead is given to one owner at a moment" in reason
    assert "state a later moment for the second" in reason
    assert loading.rows("rejected_row", "kind") == [("duplicate",)]


@pytest.mark.parametrize(
    ("cost", "refused"),
    [("1234.50", False), ('"1,234.50"', False), ('"1234,50"', True), ('"1.234,50"', True),
     ("-5.00", False), ("$3", False), ("(5.00)", False), ("1e3", True), ("1_000", True)],
)  # fmt: skip
def test_an_amount_is_read_in_the_declared_marks_or_refused(
    loading: Loading, cost: str, refused: bool
) -> None:
    header = "Day,Campaign ID,Campaign,Campaign type,Currency code,Impr.,Clicks,Cost\n"
    row = "2026-01-01,{},Search,Search,EUR,1,1,{}\n"
    outcome = loading.load("ads.csv", header + row.format(1, "2.00") + row.format(2, cost))
    assert outcome.rows_rejected == int(refused)


def test_a_fraction_is_not_a_whole_number(loading: Loading) -> None:
    header = "campaign_id,spend_on,cost,currency,clicks\n"
    loading.load("spend.csv", header + "1,2026-01-01,1,EUR,5\n2,2026-01-01,1,EUR,5.5\n")
    assert [row[1:3] for row in loading.reasons()] == [("clicks", "5.5")]


def test_personal_values_are_masked_wherever_a_refused_row_is_shown(loading: Loading) -> None:
    loading.load(
        "leads.csv",
        LEADS + GOOD + "L1,bob@acme.com,13812345678,Purple,1,New,2026-01-01,Bob,"
        "call bob@acme.com on +86 138 1234 5678\n",
    )
    ((row,),) = loading.rows("rejected_row", "row")
    shown = json.loads(row)
    assert shown["Email"] == shown["Phone"] == shown["First Name"] == MASK
    assert shown["Notes"] == f"call {MASK} on {MASK}"
    assert (shown["Lead ID"], shown["Rating"]) == ("L1", "Purple")
    assert "bob" not in str(loading.rows("rejected_row")).lower().replace(MASK, "")


def test_no_clear_address_or_number_enters_any_table(loading: Loading) -> None:
    loading.load("leads.csv", LEADS + GOOD)
    everything = str(loading.everything())
    assert "@" not in everything  # the domain alone is kept: it says which company
    assert "28998967" not in everything


def test_a_missing_column_is_named_with_the_spellings_looked_for(loading: Loading) -> None:
    message = loading.refusal("a.csv", "Created Date\n2026-01-01\n", mapping="salesforce_leads")
    assert "lead (Lead ID or Id or 线索编号 or 潜在客户 ID)" in message
    assert "The file has: Created Date." in message


def test_an_unknown_file_names_the_nearest_mapping_and_what_it_lacks(loading: Loading) -> None:
    message = loading.refusal("a.csv", "Lead ID,Email,Company,Created Date\nL1,,,2026-01-01\n")
    assert "a.csv: no mapping fits" in message
    assert "salesforce_leads knows 4 of them, but Lead Status or Status" in message
    assert "python -m loaders recognise a.csv" in message


def test_an_unknown_mapping_is_refused_with_the_nearest_name(loading: Loading) -> None:
    message = loading.refusal("a.csv", LEADS + GOOD, mapping="salesforce_lead")
    assert 'There is no mapping salesforce_lead. Did you mean "salesforce_leads"?' in message


def test_a_file_of_which_no_row_can_be_kept_says_why(loading: Loading) -> None:
    message = loading.refusal("leads.csv", LEADS + "L1,,,,,New,soon,,\nL2,,,,,New,later,,\n")
    assert message == (
        "leads.csv was not loaded: all 2 rows were rejected. The first: leads.csv line 2: "
        'Created Date "soon" is not a date and time: expected 2024-01-31 (2 rows)'
    )


def test_a_header_without_rows_is_refused(loading: Loading) -> None:
    assert "leads.csv" in loading.refusal("leads.csv", LEADS)


def test_rows_that_are_no_data_are_skipped_and_counted(loading: Loading) -> None:
    header = "Day,Campaign ID,Campaign,Campaign type,Currency code,Impr.,Clicks,Cost\n"
    outcome = loading.load(
        "ads.csv", header + "2026-01-01,1,Search,Search,EUR,1,1,2.00\nTotal,,,,EUR,1,1,2.00\n"
    )
    assert (outcome.rows_read, outcome.rows_skipped, outcome.rows_rejected) == (1, 1, 0)


def test_a_record_the_reader_cannot_read_is_refused_and_counted(loading: Loading) -> None:
    outcome = loading.load("leads.csv", LEADS + GOOD + "L1,bob@acme.com\n")
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_rejected) == (2, 1, 1)
    ((line, _, _, reason),) = loading.reasons()
    assert line == 3
    assert reason
    assert loading.rows("rejected_row", "kind") == [("damaged",)]
    assert "bob@acme.com" not in str(loading.rows("rejected_row"))


@pytest.mark.parametrize("time", ["9223372036854775807", "99999999999999999999", "soon", "1.5"])
def test_a_time_beyond_all_times_is_refused(loading: Loading, time: str) -> None:
    event = '{{"user_pseudo_id": "v", "event_timestamp": "{}", "event_name": "page_view"}}\n'
    outcome = loading.load("web.jsonl", event.format("1717230314221972") + event.format(time))
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
    assert [row[1:] for row in loading.reasons()] == [
        ("event_timestamp", time, "is not a time in microseconds since 1970")
    ]


def test_what_is_not_the_json_it_should_be_is_missing(loading: Loading) -> None:
    event = (
        '{{"user_pseudo_id": "v", "event_timestamp": {}, "event_name": "scroll", '
        '"event_params": {}, "collected_traffic_source": {}}}\n'
    )
    pairs = '[{"key": "content_id", "value": {"string_value": "CT-1"}}]'
    loading.load(
        "web.jsonl",
        event.format(1, pairs, '{"manual_source": "google"}')
        + event.format(2, '"broken"', '"broken"')
        + event.format(3, '[{"key": "other"}]', "{}"),
    )
    assert loading.rows("interaction", "content_id", "utm_source") == [
        ("CT-1", "google"),
        (None, None),
        (None, None),
    ]


def test_a_column_that_feeds_two_tables_is_at_fault_once(tmp_path: Path) -> None:
    deal = '[[table]]\ninto = "opportunity"\nopportunity_id = "{id}%s"\nprobability = "{chance}"\n'
    columns = 'chance = { from = "Chance", kind = "number" }\n'
    own = own_mapping(tmp_path, columns + deal % "" + deal % "-2")
    with loading_in(tmp_path, own) as loading:
        loading.load("deals.csv", "id,Chance\n1,0.5\n2,7\n")
        assert loading.reasons() == [(3, "Chance", "7", "must be at most 1")]


def test_the_value_at_fault_is_masked_in_a_personal_column(tmp_path: Path) -> None:
    columns = 'met = { from = "Met", personal = true }\n'
    table = '[[table]]\ninto = "lead"\nlead_id = "{id}"\ncreated_at = "{met}"\n'
    with loading_in(tmp_path, own_mapping(tmp_path, columns + table)) as loading:
        loading.load("own.csv", "id,Met\n1,2026-01-01\n2,with Bob on Monday\n")
        ((line, column, value, _),) = loading.reasons()
        assert (line, column, value) == (3, "Met", MASK)
        assert "Bob" not in str(loading.rows("rejected_row"))


STAGES = """
name = "stages"
title = "Stages"
source_system = "own"

[recognise]
columns = ["lead", "stage", "day"]

[columns]
lead = "Lead"
stage = "Stufe"
day = "Day"

[values.stage]
"MQL" = "mql"
otherwise = "missing"

[[table]]
into = "stage_change"
subject_kind = "lead"
subject_id = "{lead}"
stage = "{stage}"
entered_at = "{day}"
inferred_from = "history"
"""


def test_a_word_that_counts_as_an_empty_cell_is_named_where_a_value_is_needed(
    tmp_path: Path,
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "stages.toml").write_text(STAGES, encoding="utf-8")
    text = "Lead,Stufe,Day\n" + "".join(
        f"L{line},{word},2026-03-0{line}\n"
        for line, word in enumerate(("mql", "Nurturing", "商談中", "", "n/a", "Angebot "), 1)
    )
    with loading_in(tmp_path, own) as loading:
        outcome = loading.load("stages.csv", text)
        refused = loading.rows("rejected_row", "line", "kind", "column", "value")
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 5)
    assert sorted(refused) == [
        (3, "unmapped", "Stufe", "Nurturing"),
        (4, "unmapped", "Stufe", "商談中"),
        (5, "missing", "Stufe", None),
        (6, "missing", "Stufe", None),
        (7, "unmapped", "Stufe", "Angebot"),
    ]
