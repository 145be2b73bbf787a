"""What is loaded and in no number is counted, listed with its ids, and told where it counts not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from metrics.funnel.conversion import stage_conversion
from metrics.health.counted_nowhere import (
    ADVICE,
    WOULD_COUNT_IN,
    Uncounted,
    counted_nowhere,
    uncounted_records,
)
from metrics.period import Period
from metrics.scope import Basis
from metrics.wording.uncounted import uncounted_sentence
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    Row,
    change,
    lead,
    opportunity,
    rate,
    spend,
    touch,
)
from tests.metrics.scopes import asked

MAY = datetime(2026, 5, 1)
SEEN = date(2026, 7, 31)


def days(first: datetime, number: int) -> list[datetime]:
    return [first + timedelta(days=each) for each in range(number)]


MESSY = Facts(
    lead=(
        *(lead(f"D{each:03}", day) for each, day in enumerate(days(MAY, 30))),
        *(lead(f"N{each:03}", None, channel="Messe") for each in range(12)),
        lead("客户一", None),
        lead("E1", None),
    ),
    stage_change=(
        *(change("lead", f"D{each:03}", "mql", day) for each, day in enumerate(days(MAY, 20))),
        *(change("lead", f"X{each}", "mql", day) for each, day in enumerate(days(MAY, 7))),
        change("lead", "X0", "sql", datetime(2026, 6, 1)),
        change("lead", "d000", "mql", datetime(2026, 6, 1)),
        change("lead", "リード９", "mql", datetime(2026, 6, 2)),
        change("lead", "E1", "mql", datetime(2026, 6, 3)),
        change("opportunity", "006X", "won", datetime(2026, 6, 4)),
    ),
    opportunity=(
        opportunity(
            "O1", MAY, outcome="won", closed_at=None, original_amount=Decimal("10"), currency="USD"
        ),
        opportunity("O2", MAY, outcome="lost", closed_at=None),
        opportunity("O3", MAY, outcome="open", closed_at=None),
        opportunity(
            "O4", MAY, outcome="won", closed_at=MAY, original_amount=Decimal("10"), currency="CHF"
        ),
        opportunity(
            "O5", MAY, outcome="won", closed_at=MAY, original_amount=Decimal("10"), currency="EUR"
        ),
    ),
    campaign_spend=(
        spend("C1", date(2026, 5, 1), "10", "JPY"),
        spend("C1", date(2026, 5, 2), "10", "EUR"),
        spend("C2", date(2026, 6, 20), "10", "EUR"),
    ),
    exchange_rate=(rate("EUR", date(2026, 5, 1), "1.1"),),
    interaction=(
        touch("I1", MAY, "p", action="form_submit"),
        touch("I2", MAY, "p", action="fax_received"),
        touch("I3", MAY, "p", action="fax_received"),
        touch("I4", MAY, "p", action="サイト訪問"),
        touch("I5", MAY, "p", action="scroll"),
        touch("I5", MAY, "p", action="email_sent"),
        touch("I6", MAY, "p", action="email_unsubscribe"),
    ),
)


def refused(line: int, kind: str, column: str, value: str | None) -> Row:
    return {
        "load_id": "l1", "line": line, "kind": kind, "reason": "x", "column": column,
        "value": value, "row": "{}",
    }  # fmt: skip


def test_what_is_in_no_number_is_counted_by_kind(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(MESSY)
    warehouse.put(
        "rejected_row",
        refused(1, "unmapped", "Stage", "Demo'd"),
        refused(2, "unmapped", "Stage", "Demo'd"),
        refused(3, "not allowed", "通貨", "円"),
        refused(4, "missing", "Stage", None),
    )
    found = {row["kind"]: (row["row_count"], row["examples"]) for row in
             counted_nowhere(warehouse).to_dicts()}  # fmt: skip
    assert found == {
        Uncounted.UNDATED_LEAD: (13, "N000, N001, N002, N003, N004"),
        Uncounted.ENTRY_OF_NO_LEAD: (10, "X0, X0, X1, X2, X3"),
        Uncounted.ENTRY_OF_NO_DEAL: (1, "006X"),
        Uncounted.UNDATED_DEAL: (2, "O1, O2"),
        Uncounted.UNPRICED_DEAL: (1, "O4"),
        Uncounted.UNPRICED_SPEND: (2, "C1 2026-05-01, C2 2026-06-20"),
        Uncounted.UNREAD_WORD: (3, "Demo'd, 円"),
        Uncounted.UNKNOWN_ACTION: (3, "fax_received, サイト訪問"),
    }


def test_each_is_listed_with_its_id_and_what_it_says(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(MESSY)
    found = uncounted_records(warehouse)
    assert found["row_count"].sum() == counted_nowhere(warehouse)["row_count"].sum()
    rows = found.select("kind", "record_id", "detail").rows()
    for row in (
        (Uncounted.UNDATED_LEAD, "客户一", None),
        (Uncounted.UNDATED_LEAD, "N011", "Messe"),
        (Uncounted.ENTRY_OF_NO_LEAD, "X0", "sql 2026-06-01"),
        (Uncounted.ENTRY_OF_NO_LEAD, "d000", "mql 2026-06-01"),
        (Uncounted.ENTRY_OF_NO_LEAD, "リード９", "mql 2026-06-02"),
        (Uncounted.ENTRY_OF_NO_DEAL, "006X", "won 2026-06-04"),
        (Uncounted.UNDATED_DEAL, "O2", "lost"),
        (Uncounted.UNPRICED_SPEND, "C1 2026-05-01", "JPY"),
    ):
        assert row in rows
    assert uncounted_records(warehouse, 3).height == 3


def test_what_counts_and_what_does_not_are_all_that_is_loaded(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(MESSY)
    scope = asked(Period(date(2000, 1, 1), SEEN), SEEN, basis=Basis.FLOW)
    reached = dict(stage_conversion(warehouse, scope).select("stage", "reached").iter_rows())
    nowhere = dict(counted_nowhere(warehouse).select("kind", "row_count").iter_rows())
    assert reached["lead"] + nowhere[Uncounted.UNDATED_LEAD] == len(MESSY.lead)
    assert reached["mql"] == 21


def test_a_stage_since_an_unknown_day_is_told_where_its_day_is_asked_for(
    draft: DraftWarehouse,
) -> None:
    states = ("mql", "won", "sql", "lead", None)
    known = tuple(lead(f"客户{each}", MAY, stage=each) for each in states)
    # One of unknown state is without any day, and one has a history of its own.
    more = (lead("N1", None, stage="mql"), lead("D1", MAY, stage="mql"))
    history = (change("lead", "D1", "mql", MAY + timedelta(days=3)),)
    warehouse = draft.hold(Facts(lead=(*known, *more), stage_change=history))
    found = counted_nowhere(warehouse)
    assert dict(found.select("kind", "row_count").iter_rows()) == {
        Uncounted.UNDATED_LEAD: 1,
        Uncounted.UNDATED_STAGE: 3,
    }
    assert uncounted_sentence(found, {"journey"}) == (
        "Of all that is loaded, 1 lead without a date is in no period and no cohort; 3 leads are "
        "in a stage since an unknown day and in no month, speed or forecast of that stage, which "
        "cannot be told where they are many: export the history of the stages, or a column of days "
        "for each. Data health lists them."
    )
    rows = uncounted_records(warehouse).select("kind", "record_id", "detail").rows()
    assert (Uncounted.UNDATED_STAGE, "客户won", "won") in rows


def test_where_everything_counts_nothing_is_said(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(Facts(lead=(lead("L1", MAY),)))
    assert counted_nowhere(warehouse).is_empty()
    assert uncounted_records(warehouse).is_empty()
    assert uncounted_sentence(counted_nowhere(warehouse), {"journey"}) is None


def test_it_is_told_only_where_it_would_count(draft: DraftWarehouse) -> None:
    found = counted_nowhere(draft.hold(MESSY))
    assert uncounted_sentence(found, {"journey"}) == (
        "Of all that is loaded, 13 leads without a date are in no period and no cohort; "
        "10 stage entries are of leads that are not loaded. Data health lists them."
    )
    assert uncounted_sentence(found, {"spend"}) == (
        "Of all that is loaded, 2 days of spend without an exchange rate are in no cost. "
        "Data health lists them."
    )
    assert uncounted_sentence(found, {"content_asset"}) is None


def test_every_kind_says_where_it_would_count_and_what_helps() -> None:
    assert set(WOULD_COUNT_IN) == set(ADVICE) == set(Uncounted)
