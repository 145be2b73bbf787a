"""Next actions and recycles: by hand, against loops over actions and feedback, and as sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from data.definitions import Definitions
from data.errors import MetricError
from metrics.follow_up.grouping import Doer, Matter
from metrics.follow_up.next_actions import next_action_records, next_actions
from metrics.follow_up.recycles import recycle_records, recycles
from metrics.period import Period
from metrics.scope import Dimension, Filter
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, change, lead, next_action
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

PERIOD, SEEN = Period(date(2024, 6, 1), date(2025, 6, 30)), date(2025, 3, 31)
JUNE = asked(Period(date(2026, 6, 1), date(2026, 6, 30)), date(2026, 6, 20))
IN_TEAMS = Definitions.model_validate(
    TERMS.model_dump()
    | {"follow_up": TERMS.follow_up.model_dump() | {"team": [{"name": "北", "owners": ["ANA "]}]}}
)


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(4))


def by_hand() -> Facts:
    leads = (
        lead("L1", datetime(2026, 5, 1), owner="Ana", account_id="A1", tier="high"),
        lead("L2", datetime(2026, 5, 2), account_id="A1"),
    )
    actions = (
        next_action("T1", "L1", "Call", date(2026, 6, 3), done_at=datetime(2026, 6, 3, 23)),
        next_action("T2", "L1", "Call", date(2026, 6, 3), done_at=datetime(2026, 6, 4)),
        next_action("T3", "L1", "Mail", date(2026, 6, 20), owner="Bo", reason=" BUDGET"),
        next_action("T4", "L2", "Call", date(2026, 6, 21)),
        next_action("T5", "L2", "Call", date(2026, 6, 19), done_at=datetime(2026, 6, 25)),
        next_action("T6", "A1", "Visit", date(2026, 5, 1), subject_kind="account"),
        next_action("T7", "L-gone", "Call", None),
        next_action("T8", "L1", "Call", None, done_at=datetime(2026, 6, 9), result="reached"),
        next_action("T9", "L1", "Call", date(2026, 5, 5), done_at=datetime(2026, 6, 9)),
    )
    return Facts(
        account=(account("A1", "Acme"),), lead=leads, action=actions, as_of=datetime(2026, 6, 30)
    )


def test_states_of_actions_by_hand() -> None:
    held = DraftWarehouse().hold(by_hand(), IN_TEAMS)
    rows = {row["segment"]: row for row in next_actions(held, JUNE).rows(named=True)}
    names = ("due", "done", "done_late", "overdue", "overdue_else", "due_later", "no_day")
    counted = {who: tuple(row[name] for name in names) for who, row in rows.items()}
    # The visit is on the company, whose first lead is Ana's; it was due before the period.
    assert counted == {
        "Ana": (3, 2, 1, 0, 1, 0, 0),
        "Bo": (1, 0, 0, 1, 0, 0, 0),
        "Unassigned": (1, 0, 0, 1, 0, 1, 1),
    }
    assert rows["Ana"]["done_rate"] == pytest.approx(2 / 3)
    listed = next_action_records(held, JUNE).rows(named=True)
    assert [(row["action_id"], row["state"], row["overdue_days"]) for row in listed] == [
        ("T6", "overdue", 50), ("T5", "overdue", 1), ("T3", "overdue", 0),
        ("T4", "due later", 0), ("T7", "no day", None), ("T2", "done late", None),
        ("T1", "done", None), ("T8", "done", None),
    ]  # fmt: skip
    known = {row["action_id"]: row for row in listed}
    assert (known["T6"]["account"], known["T6"]["lead_id"], known["T6"]["tier"]) == (
        "Acme", None, "high",
    )  # fmt: skip
    assert (known["T3"]["reason"], known["T3"]["team"], known["T1"]["team"]) == (
        "Budget", "Unassigned", "北",
    )  # fmt: skip
    teams = {row["segment"]: row["due"] for row in next_actions(held, JUNE, Doer.TEAM).to_dicts()}
    assert teams == {"北": 3, "Unassigned": 2}


@pytest.mark.parametrize("filters", [(), (Filter(Dimension.CHANNEL, ("Webinar",)),)])
def test_actions_are_those_of_a_loop(
    warehouse: DraftWarehouse, filters: tuple[Filter, ...]
) -> None:
    last = {
        row["lead_id"]: row
        for row in sorted(warehouse.table("journey"), key=lambda row: row["episode"])
    }
    companies = {
        row["reference"]: row["account_id"]
        for row in warehouse.table("account_identity")
        if row["applied"]
    }
    first = {}
    for row in sorted(
        warehouse.table("journey"),
        key=lambda row: (row["lead_on"] or date.max, row["lead_id"], row["episode"]),
        reverse=True,
    ):
        first[row["account_id"]] = row
    expected: Counter[tuple[str, str]] = Counter()
    for row in warehouse.table("action"):
        if row["subject_kind"] == "lead":
            known = last.get(row["subject_id"])
        else:
            known = first.get(companies.get(row["subject_id"], row["subject_id"]))
        if filters and (known is None or known["channel"] not in filters[0].values):
            continue
        who = row["owner"] or (known["owner"] if known else "Unassigned")
        done = row["done_at"].date() if row["done_at"] else None
        due, is_done = row["due_on"], done is not None and done <= SEEN
        day = due or done
        inside = day is not None and PERIOD.start <= day <= PERIOD.end
        if is_done:
            if inside:
                expected[who, "done_late" if due and done > due else "done"] += 1
        elif due is None:
            expected[who, "no_day"] += 1
        elif due <= SEEN:
            expected[who, "overdue" if inside else "overdue_else"] += 1
        else:
            expected[who, "due_later"] += 1
    scope = asked(PERIOD, SEEN, filters=filters)
    found = next_actions(warehouse, scope)
    states = ("done", "done_late", "overdue", "overdue_else", "due_later", "no_day")
    assert {
        (row["segment"], name): row[name]
        for row in found.rows(named=True)
        for name in states
        if row[name]
    } == dict(expected)
    for row in found.rows(named=True):
        assert row["due"] == row["done"] + row["done_late"] + row["overdue"]
    # Whatever they are sliced by, the sums are the same, and the list has each of them.
    for by in (Doer.TEAM, Matter.KIND, Matter.REASON, Dimension.TIER):
        assert next_actions(warehouse, scope, by)[list(states)].sum().row(0) == (
            found[list(states)].sum().row(0)
        )
    assert len(next_action_records(warehouse, scope)) == sum(expected.values())


def test_recycles_are_those_of_a_loop_and_add_up(warehouse: DraftWarehouse) -> None:
    expected: Counter[str] = Counter()
    period = Period(date(2025, 1, 1), date(2025, 6, 30))
    for row in warehouse.table("follow_up"):
        if row["recycle_on"] is None or row["mql_on"] > SEEN or row["reason_on"] > SEEN:
            continue
        inside = period.start <= row["recycle_on"] <= period.end
        again = row["again_on"] is not None and row["again_on"] <= SEEN
        if again and inside:
            won = row["won_again_on"] is not None and row["won_again_on"] <= SEEN
            expected["won" if won else "qualified_again"] += 1
        elif not again and row["recycle_on"] > SEEN:
            expected["due_later"] += 1
        elif not again:
            expected["due" if inside else "due_else"] += 1
    scope = asked(period, SEEN)
    found = recycles(warehouse, scope)
    names = ("due", "qualified_again", "won", "due_else", "due_later")
    assert {name: int(found[name].sum()) for name in names} == {n: expected[n] for n in names}
    assert min(expected["due"], expected["due_else"]) > 0
    assert (
        found["came_due"].sum() == expected["due"] + expected["qualified_again"] + expected["won"]
    )
    assert len(recycle_records(warehouse, scope)) == sum(expected.values())
    for by in (Doer.RESPONSIBLE, Doer.TEAM, Matter.KIND, Dimension.REGION):
        assert recycles(warehouse, scope, by)["due"].sum() == found["due"].sum()


def test_a_lead_that_came_back_is_told_with_what_became_of_it() -> None:
    """Two were told to come back in 30 days: one qualified again and was won, one did not."""
    at = datetime(2026, 5, 1, 10)
    stages = [change("lead", f"L{n}", "mql", at) for n in (1, 2)]
    stages += [
        change("lead", "L1", "recycled", datetime(2026, 5, 4), reason="预算"),
        change("lead", "L1", "mql", datetime(2026, 6, 8)),
        change("lead", "L1", "won", datetime(2026, 6, 18)),
        change("lead", "L2", "recycled", datetime(2026, 5, 9), reason="no budget"),
    ]
    leads = tuple(lead(f"L{n}", datetime(2026, 4, 30), owner="Ana") for n in (1, 2))
    facts = Facts(lead=leads, stage_change=tuple(stages), as_of=datetime(2026, 6, 30))
    held = DraftWarehouse().hold(facts)
    rows = recycle_records(held, JUNE).rows(named=True)
    assert [(row["lead_id"], row["state"], row["due_days"]) for row in rows] == [
        ("L2", "due", 12),
        ("L1", "won", None),
    ]
    assert rows[1]["again_on"] == date(2026, 6, 8)
    earlier = replace(JUNE, observed_until=date(2026, 6, 10))
    assert recycles(held, earlier).row(0, named=True)["qualified_again"] == 1
    before = recycle_records(held, replace(JUNE, observed_until=date(2026, 6, 1)))
    assert set(before["state"]) == {"due later"}


def test_without_a_next_action_it_is_said_what_to_load() -> None:
    held = DraftWarehouse().hold(Facts(lead=(lead("L1", datetime(2026, 5, 1)),)))
    for metric in (next_actions, next_action_records):
        with pytest.raises(MetricError, match="load the tasks of your CRM"):
            metric(held, JUNE)
