"""What is said of the health of the data is what plain Python counts in the same rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from metrics.health.links import company_links, orphans, unresolved_references
from metrics.health.loads import load_remarks, refusals, source_freshness, table_sizes, tied_loads
from metrics.health.restatements import restatements, restating_loads
from metrics.health.retired import retired_records
from metrics.health.score import FRESH_DAYS, LEAD_COLUMNS, health_score
from metrics.health.spend_reports import replaced_reports
from metrics.health.values import (
    MONTH_OF,
    completeness,
    unassigned_leads,
    unmapped_values,
    unpriced,
)
from tests.metrics.facts import DraftWarehouse, Facts, Row, account, lead, opportunity, spend, touch
from tests.metrics.observing import Observed

NOON = datetime(2026, 3, 1, 12)


def load(load_id: str, mapping: str, as_of: datetime, kept: int, rejected: int) -> Row:
    return {
        "load_id": load_id,
        "file_name": f"{load_id}.csv",
        "sha256": load_id.ljust(64, "0"),
        "mapping": mapping,
        "rows_read": kept + rejected,
        "rows_kept": kept,
        "rows_changed": 0,
        "rows_rejected": rejected,
        "as_of": as_of,
        "started_at": as_of,
        "finished_at": as_of,
    }


def refused(
    load_id: str, line: int, kind: str, reason: str, column: str | None, value: str | None
) -> Row:
    return {
        "load_id": load_id, "line": line, "kind": kind, "reason": reason, "column": column,
        "value": value, "row": "{}",
    }  # fmt: skip


LOADS = (
    load("a", "leads", datetime(2026, 3, 1, 23, 59), 10, 2),
    load("b", "leads", datetime(2026, 2, 1), 5, 0),
    load("c", "spend", datetime(2026, 3, 31, 0, 1), 7, 1),
    load("d", "plan", datetime(2026, 3, 24, 9), 3, 0),
)

REFUSED = (
    refused("a", 5, "unreadable", "is not a date", "Created", "soon"),
    refused("a", 3, "unreadable", "is not a date", "Created", "later"),
    refused("a", 5, "unmapped", 'is not mapped. Did you mean "mql"?', "Status", "MQQL"),
    refused("c", 9, "unmapped", "says a word that is unknown", "Status", "MQQL"),
    refused("c", 9, "missing", "is missing", None, None),
    refused("c", 10, "not allowed", "must be one of A, B, C", "Grade", "Z"),
    refused("c", 11, "out of range", "must be one of the years 1900 to 2199", "Closed", "9999"),
)


@pytest.fixture
def kept(draft: DraftWarehouse) -> DraftWarehouse:
    """Four loads of three kinds with refused rows, and nothing else."""
    warehouse = draft.hold(Facts())
    warehouse.put("load", *LOADS)
    warehouse.put("rejected_row", *REFUSED)
    return warehouse


def test_the_source_that_lags_most_comes_first(kept: DraftWarehouse) -> None:
    found = source_freshness(kept).rows()
    newest: dict[str, datetime] = {}
    for row in LOADS:
        newest[row["mapping"]] = max(newest.get(row["mapping"], datetime.min), row["as_of"])
    latest = max(newest.values()).date()
    assert found == [
        (
            mapping,
            moment,
            (latest - moment.date()).days,
            sum(row["mapping"] == mapping for row in LOADS),
            sum(row["rows_kept"] for row in LOADS if row["mapping"] == mapping),
            sum(row["rows_rejected"] for row in LOADS if row["mapping"] == mapping),
        )
        for mapping, moment in sorted(newest.items(), key=lambda each: each[1])
    ]


def test_refused_rows_are_counted_by_file_reason_and_column(kept: DraftWarehouse) -> None:
    groups = Counter((row["load_id"], row["kind"], row["reason"], row["column"]) for row in REFUSED)
    found = refusals(kept)
    assert {
        (row["load_id"], row["kind"], row["reason"], row["column"]): row["rows_rejected"]
        for row in found.iter_rows(named=True)
    } == groups
    assert found.row(0)[:6] == ("a.csv", "unreadable", "is not a date", "Created", 2, 3)


def test_remarks_are_told_by_file_those_about_most_rows_first(kept: DraftWarehouse) -> None:
    a, b = LOADS[0], LOADS[1]
    kept.put(
        "load_remark",
        remark(a, "sheets", "one more sheet", 0),
        remark(a, "currency", "read as EUR", 3),
        remark(b, "currency", "read as EUR", 7),
    )
    assert load_remarks(kept).rows() == [
        (b["file_name"], "currency", "read as EUR", 7, b["load_id"]),
        (a["file_name"], "currency", "read as EUR", 3, a["load_id"]),
        (a["file_name"], "sheets", "one more sheet", 0, a["load_id"]),
    ]


def remark(load: Row, kind: str, sentence: str, rows: int) -> Row:
    about = {"load_id": load["load_id"], "kind": kind, "sentence": sentence}
    return about | {"column": None, "rows": rows}


def test_every_table_is_counted(observed: Observed) -> None:
    sizes = dict(table_sizes(observed.warehouse).select("name", "row_count").iter_rows())
    for table in ("lead", "account", "journey", "touch", "plan"):
        assert sizes[table] == observed.warehouse.frame(table).height


def test_rows_without_their_other_end_are_counted(observed: Observed) -> None:
    world, warehouse = observed.world, observed.warehouse
    touches = world.touches
    people = {world.person(row.get("person_id")) for row in touches} - {None}
    campaigns = {each.segments["campaign"] for each in world.leads.values() if each.episodes}
    expected = {
        "days of spend whose campaign has no lead": (
            len(world.spends),
            sum(each.segments["campaign"] not in campaigns for each in world.spends),
        ),
        "leads without any touch": (
            len(world.leads),
            sum(each.person_id not in people for each in world.leads.values()),
        ),
        "deals without an account": (
            len(world.deals),
            sum(each.account_id is None for each in world.deals),
        ),
        "deals without a lead": (
            len(world.deals),
            sum(each.lead_id is None for each in world.deals),
        ),
        "deals whose lead is known by a name or the company alone": (
            len(world.deals),
            sum(each.is_guessed for each in world.deals),
        ),
        "deals that were open before any of their leads came": (
            len(world.deals),
            sum(each.came_late for each in world.deals),
        ),
        "touches without a person": (
            len(touches),
            sum(world.person(row.get("person_id")) is None for row in touches),
        ),
    }
    found = orphans(warehouse)
    assert {row["relation"]: (row["row_count"], row["orphans"]) for row in found.to_dicts()} == (
        expected
    )
    for row in found.to_dicts():
        assert row["share"] == pytest.approx(row["orphans"] / row["row_count"])


def test_records_that_are_gone_are_told_with_why_some_still_count(kept: DraftWarehouse) -> None:
    day = datetime(2026, 3, 20)
    gone = ("subject_kind", "subject_id", "how", "ended_at", "was_at", "told_at", "load_id")
    rows = [
        ("lead", "L1", "deleted", None, datetime(2026, 3, 13), day, "a"),
        ("opportunity", "O1", "merged", None, None, day, "b"),
        ("lead", "L2", "merged", None, day, datetime(2026, 3, 1), "a"),
        ("lead", "L3", "deleted", None, day, datetime(2026, 2, 1), "a"),
        ("lead", "L4", "merged", None, day, datetime(2026, 1, 1), "a"),
    ]
    more: list[dict[str, Any]] = [
        {"into_id": None, "survivor_id": None, "problem": None},
        {"into_id": "O2", "survivor_id": "O3", "problem": None},
        {"into_id": "L9", "survivor_id": None, "problem": "not loaded"},
        {"into_id": None, "survivor_id": None, "problem": "came back"},
        {"into_id": "L5", "survivor_id": None, "problem": "circle"},
    ]
    kept.put(
        "retired_record",
        *(dict(zip(gone, row, strict=True)) | also for row, also in zip(rows, more, strict=True)),
    )
    found = retired_records(kept)
    names = ("subject_id", "how", "into_id", "file_name")
    assert found.select(names).rows() == [
        ("L2", "merged", "L9", "a.csv"),
        ("L4", "merged", "L5", "a.csv"),
        ("L3", "deleted", None, "a.csv"),
        ("L1", "deleted", None, "a.csv"),
        ("O1", "merged", "O3", "b.csv"),
    ]
    assert found["still_counts"].to_list() == [
        "The record that was kept is not loaded, so that this one still counts.",
        "The merges run in a circle, so that all of its records still count.",
        "A newer file has it again.",
        None,
        None,
    ]


def test_files_of_the_same_time_are_told_with_what_they_differ_in(kept: DraftWarehouse) -> None:
    ties = (("a", "b", "lead", 3), ("a", "b", "person", 5), ("d", "c", "lead", 5))
    names = ("newer_load_id", "older_load_id", "table_name", "records")
    kept.put("load_tie", *(dict(zip(names, each, strict=True)) for each in ties))
    assert tied_loads(kept).rows() == [
        ("a.csv", "b.csv", datetime(2026, 3, 1, 23, 59), "person", 5, "leads"),
        ("d.csv", "c.csv", datetime(2026, 3, 24, 9), "lead", 5, "plan"),
        ("a.csv", "b.csv", datetime(2026, 3, 1, 23, 59), "lead", 3, "leads"),
    ]


def test_ad_reports_of_the_same_days_are_told_with_what_both_say(kept: DraftWarehouse) -> None:
    names = (
        "newer_load_id", "older_load_id", "source_system", "ad_account", "first_on", "last_on",
        "older_cost_amount", "older_currency", "newer_cost_amount", "newer_currency",
    )  # fmt: skip
    days = (date(2026, 3, 1), date(2026, 3, 7))
    rows = (
        ("a", "b", "meta_ads", "north", *days, Decimal("5.00"), "EUR", Decimal("7.00"), "EUR"),
        ("a", "c", "meta_ads", "north", *days, Decimal("9.00"), "EUR", Decimal("7.00"), "EUR"),
    )
    kept.put("superseded_spend", *(dict(zip(names, row, strict=True)) for row in rows))
    assert replaced_reports(kept).select("counts", "does_not", "older_cost_amount").rows() == [
        ("a.csv", "c.csv", Decimal("9.00")),
        ("a.csv", "b.csv", Decimal("5.00")),
    ]


def test_without_rows_there_is_no_share(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(Facts())
    assert orphans(warehouse)["share"].to_list() == [None] * 7
    assert unassigned_leads(warehouse).row(0) == (0, 0, None)
    assert completeness(warehouse, "lead").is_empty()
    for measure in (
        load_remarks,
        source_freshness,
        refusals,
        restatements,
        restating_loads,
        replaced_reports,
        tied_loads,
        unmapped_values,
        unpriced,
    ):
        assert measure(warehouse).is_empty()
    assert health_score(warehouse)["points"].sum() == 0


def test_names_that_mean_nothing_are_listed(draft: DraftWarehouse) -> None:
    campaigns = (
        {"campaign_id": "C1", "name": "Twice"},
        {"campaign_id": "C2", "name": "twice"},
        {"campaign_id": "C3", "name": "Once"},
    )
    named = ("name:twice", "name:twice", "name:once", "name:never", "C1")
    rows = tuple(lead(f"L{n}", NOON, campaign_id=each) for n, each in enumerate(named))
    found = unresolved_references(draft.hold(Facts(campaign=campaigns, lead=rows)))
    assert found.rows() == [("campaign", "name:twice", 2, 2), ("campaign", "name:never", 1, 0)]


def test_spellings_of_a_company_are_listed_with_why(draft: DraftWarehouse) -> None:
    facts = Facts(
        account=(
            account("A1", "Zeta"),
            account("name:zeta", "ZETA"),
            account("A2", "Other"),
        ),
    )
    found = company_links(draft.hold(facts)).to_dicts()
    linked = {(row["reference"], row["account_id"]) for row in found if row["applied"]}
    assert linked == {("name:zeta", "A1")}
    (row,) = (row for row in found if row["applied"])
    assert (row["written"], row["account"], row["matched_by"]) == ("ZETA", "Zeta", "name_key")


def test_values_without_a_place_are_counted(kept: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", NOON, person_id="p1"),),
        interaction=(
            touch("I1", NOON, "p1", channel=None, utm_source="blog", utm_medium="post"),
            touch("I2", NOON, "p1", channel=None, utm_source="blog", utm_medium="post"),
            touch("I3", NOON, "p1", channel=None),
            touch("I4", NOON, "p1"),
        ),
        campaign_spend=(spend("C1", date(2026, 1, 1), "5", "CHF"),),
        opportunity=(
            opportunity("O1", NOON, original_amount=7, currency="SEK"),
            opportunity("O2", NOON, original_amount=7, currency="USD"),
        ),
    )
    kept.hold(facts)
    kept.put("rejected_row", *REFUSED)
    assert set(unmapped_values(kept).rows()) == {
        ("word of a rejected row", "Status", "MQQL", 2),
        ("word of a rejected row", "Grade", "Z", 1),
        ("source and medium of visits", "form submit", "blog / post", 2),
        ("source and medium of visits", "form submit", "(none) / (none)", 1),
        ("currency", "days of spend", "CHF", 1),
        ("currency", "deals", "SEK", 1),
    }
    assert unmapped_values(kept)["row_count"].to_list() == [2, 2, 1, 1, 1, 1]


def test_amounts_without_a_rate_are_counted(observed: Observed) -> None:
    found = {(row[0], row[1]): row[2] for row in unpriced(observed.warehouse).iter_rows()}
    expected = Counter(
        ("deals", each.currency or "(none)")
        for each in observed.world.deals
        if each.original_amount is not None and each.amount is None
    )
    expected += Counter(
        ("days of spend", each.currency) for each in observed.world.spends if each.amount is None
    )
    assert found == expected


def test_leads_without_a_channel_are_counted_once(observed: Observed) -> None:
    entered = [each for each in observed.world.leads.values() if each.episodes]
    unassigned = sum(each.segments["channel"] == "Unassigned" for each in entered)
    leads, without, share = unassigned_leads(observed.warehouse).row(0)
    assert (leads, without) == (len(entered), unassigned)
    assert share == pytest.approx(unassigned / len(entered))


@pytest.mark.parametrize("table", list(MONTH_OF))
def test_completeness_is_the_share_of_rows_that_fill_a_column(
    observed: Observed, table: str
) -> None:
    rows = observed.warehouse.table(table)
    moment = MONTH_OF[table]
    counted: Counter[tuple[str, date | None]] = Counter()
    filled: Counter[tuple[str, date | None]] = Counter()
    for row in rows:
        at = row[moment]
        month = date(at.year, at.month, 1) if at else None
        for column, value in row.items():
            if column not in ("load_id", moment):
                counted[column, month] += 1
                filled[column, month] += value is not None
    found = completeness(observed.warehouse, table).to_dicts()
    assert {(row["column"], row["month_on"]): row["row_count"] for row in found} == counted
    for row in found:
        assert row["filled"] == filled[row["column"], row["month_on"]]
        assert row["share"] == pytest.approx(row["filled"] / row["row_count"])


def test_the_score_is_its_parts_times_their_weights(observed: Observed) -> None:
    world, warehouse = observed.world, observed.warehouse
    found = {row["part"]: row for row in health_score(warehouse).to_dicts()}
    entered = [each for each in world.leads.values() if each.episodes]
    priced = [each for each in world.deals if each.original_amount is not None]
    amounts = [each.amount for each in priced] + [each.amount for each in world.spends]
    cells = [row.get(name) for row in world.facts.lead for name in LEAD_COLUMNS]
    touches = world.touches
    people = {world.person(row.get("person_id")) for row in touches} - {None}
    expected = {
        "Fresh sources": (15, 1.0),
        "Leads with a channel": (
            20,
            sum(each.segments["channel"] != "Unassigned" for each in entered) / len(entered),
        ),
        "Leads with a touch": (
            15,
            sum(each.person_id in people for each in world.leads.values()) / len(world.leads),
        ),
        "Deals with an account": (
            10,
            sum(each.account_id is not None for each in world.deals) / len(world.deals),
        ),
        "Priced amounts": (10, sum(each is not None for each in amounts) / len(amounts)),
        "Complete leads": (10, sum(each is not None for each in cells) / len(cells)),
    }
    whole = sum(weight for weight, _ in expected.values())
    for part, (weight, share) in expected.items():
        assert found[part]["share"] == pytest.approx(share), part
        assert found[part]["points"] == pytest.approx(100 * weight / whole * share), part
    # No row was counted by the load, so this part says nothing and the others carry its weight.
    assert found["Accepted rows"]["share"] is None
    assert found["Accepted rows"]["weight"] == 0
    assert sum(row["weight"] for row in found.values()) == pytest.approx(100)
    assert 0 < sum(row["points"] for row in found.values()) < 100


def test_the_part_that_lacks_most_comes_first(kept: DraftWarehouse) -> None:
    parts = health_score(kept).head(2).to_dicts()
    kinds = 3
    fresh = sum((date(2026, 3, 31) - day).days <= FRESH_DAYS for day in _newest_days())
    assert parts[0]["could_gain"] >= parts[1]["could_gain"]
    assert {row["part"]: row["share"] for row in parts} == {
        "Fresh sources": pytest.approx(fresh / kinds),
        "Accepted rows": pytest.approx(25 / 28),
    }
    assert parts[0]["part"] == "Fresh sources"


def _newest_days() -> tuple[date, ...]:
    return (date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 24))
