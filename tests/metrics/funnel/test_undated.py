"""Stages that leads have reached on a day that nobody recorded."""

from __future__ import annotations

from datetime import date, datetime

from metrics.funnel.conversion import stage_conversion
from metrics.funnel.trend import stage_trend
from metrics.period import Period
from metrics.records import stage_records
from metrics.scope import Basis, Counting, Scope, Stage, Unit
from tests.data.derive.test_derive import at, derived
from tests.metrics.facts import DraftWarehouse, Facts, Row, change, lead, opportunity

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))

SEEN = date(2026, 3, 31)


def scope(**more: object) -> Scope:
    return Scope(**{"period": JANUARY, "observed_until": SEEN, **more})  # type: ignore[arg-type]


def counts(draft: DraftWarehouse, facts: Facts, **asked: object) -> dict[str, tuple[int, int]]:
    """How many reached each stage, and how many of them on a day that nobody recorded."""
    found = stage_conversion(draft.hold(facts), scope(**asked))
    return {row["stage"]: (row["reached"], row["undated"]) for row in found.iter_rows(named=True)}


STATES = ("lead", "mql", "sql", "opportunity", "won", "disqualified", None)

EXPORT = Facts(
    lead=tuple(
        lead(
            f"{state} {number}",
            at(5 + number),
            stage=state,
            channel="展会",
            account_id=f"A{number}",
        )
        for state in STATES
        for number in range(3)
    )
)
"""One export with a state and no date of it: three leads of each state."""


def test_a_state_without_a_day_is_reached(draft: DraftWarehouse) -> None:
    assert counts(draft, EXPORT) == {
        "lead": (21, 0),
        "mql": (12, 12),
        "sql": (9, 9),
        "opportunity": (6, 6),
        "won": (3, 3),
    }
    # Each of the three accounts has a lead of each state.
    assert counts(draft, EXPORT, unit=Unit.ACCOUNT)["won"] == (3, 3)
    # What is strictly entered was entered on a day.
    assert counts(draft, EXPORT, counting=Counting.STRICT)["mql"] == (0, 0)


def test_what_asks_when_leaves_it_out_and_says_how_many(draft: DraftWarehouse) -> None:
    assert counts(draft, EXPORT, basis=Basis.FLOW) == {
        "lead": (21, 0),
        "mql": (0, 12),
        "sql": (0, 9),
        "opportunity": (0, 6),
        "won": (0, 3),
    }
    by_month = stage_trend(draft, scope()).filter(stage="mql")
    assert by_month.select("reached", "entered").rows() == [(12, 21)]
    # As it stood before the last day of which leads tell anything, nobody knows.
    assert counts(draft, EXPORT, observed_until=date(2026, 1, 6))["mql"] == (0, 0)
    found = stage_conversion(draft, scope()).row(2, named=True)
    assert (found["previous_reached"], found["rate_previous"]) == (0, None)


def test_the_records_are_those_that_are_counted(draft: DraftWarehouse) -> None:
    draft.hold(EXPORT)
    for stage, many in ((Stage.MQL, 12), (Stage.SQL, 9), (Stage.WON, 3)):
        found = stage_records(draft, scope(), stage)
        assert (len(found), found[f"{stage.value}_on"].null_count()) == (many, many)
    left = stage_records(draft, scope(), Stage.LEAD).filter(exit_stage="disqualified")
    assert left["lead_id"].sort().to_list() == [f"disqualified {number}" for number in range(3)]


def test_what_has_a_day_has_it(draft: DraftWarehouse) -> None:
    """A state ahead of the history is a lower bound; one behind it takes nothing back here."""
    facts = Facts(
        lead=(
            lead("Ahead", at(5), stage="sql"),
            lead("Behind", at(5), stage="mql"),
            lead("Recycled", at(5), stage="won"),
            lead("Back", at(5), stage="disqualified"),
        ),
        stage_change=(
            change("lead", "Ahead", "mql", at(9)),
            change("lead", "Behind", "sql", at(9)),
            change("lead", "Recycled", "mql", at(9)),
            change("lead", "Recycled", "recycled", at(10)),
            change("lead", "Recycled", "mql", at(12)),
            change("lead", "Back", "disqualified", at(11)),
        ),
    )
    found = {
        (row["lead_id"], row["episode"]): (row["mql_on"], row["undated_stage"], row["exit_on"])
        for row in derived(draft, "journey", facts)
    }
    assert found == {
        ("Ahead", 1): (date(2026, 1, 9), "sql", None),
        ("Back", 1): (None, None, date(2026, 1, 11)),
        ("Behind", 1): (date(2026, 1, 9), None, None),
        ("Recycled", 1): (date(2026, 1, 9), None, date(2026, 1, 10)),
        ("Recycled", 2): (date(2026, 1, 12), None, None),
    }
    assert counts(draft, facts)["sql"] == (2, 1)


def test_lost_won_and_open_deals_were_opened_whether_or_not_a_day_is_known(
    draft: DraftWarehouse,
) -> None:
    def deal(name: str, **of: object) -> Row:
        return opportunity(name, None, primary_lead_id=f"L {name}", **of)

    closed = datetime(2026, 3, 9)
    names = ("won", "won 2", "lost", "丢单", "verloren", "open", "nothing", "won, no day", "none")
    facts = Facts(
        lead=tuple(lead(f"L {name}", at(10), channel="Webinar") for name in names),
        opportunity=(
            deal("won", outcome="won", closed_at=closed),
            deal("won 2", outcome="won", closed_at=datetime(2026, 3, 12)),
            deal("lost", outcome="lost", closed_at=closed),
            deal("丢单", outcome="lost", closed_at=datetime(2026, 3, 6)),
            deal("verloren", outcome="lost", closed_at=datetime(2026, 3, 20)),
            deal("open", outcome="open", closed_at=datetime(2026, 5, 1)),
            deal("nothing"),
            deal("won, no day", outcome="won"),
        ),
    )
    found = counts(draft, facts)
    assert (found["lead"], found["opportunity"], found["won"]) == ((9, 0), (8, 3), (2, 0))
    of_deals = counts(draft, facts, period=Period(date(2026, 3, 1), SEEN), unit=Unit.DEAL)
    assert of_deals == {"opportunity": (5, 0), "won": (2, 0)}


def test_an_account_has_deals_that_no_lead_is_known_of(draft: DraftWarehouse) -> None:
    """Two colleagues each: nobody knows whose the deals are, and the companies have them."""
    companies = ("Aalto", "恒通", "Older", "Silent")
    facts = Facts(
        lead=tuple(
            lead(f"{name} {number}", at(10 + number), account_id=name, person_id=f"{name} {number}")
            for name in companies
            for number in range(2)
        ),
        opportunity=(
            opportunity("D1", at(20), account_id="Aalto", outcome="won", closed_at=at(28)),
            opportunity("D2", None, account_id="恒通", outcome="lost", closed_at=at(30)),
            opportunity("D3", at(2), account_id="Older", outcome="won", closed_at=at(29)),
            opportunity("D4", at(20), account_id="Only a deal", outcome="won", closed_at=at(28)),
        ),
    )
    assert {stage: count for stage, (count, _) in counts(draft, facts).items()} == {
        "lead": 8, "mql": 0, "sql": 0, "opportunity": 0, "won": 0,
    }  # fmt: skip
    by_account = counts(draft, facts, unit=Unit.ACCOUNT)
    assert {stage: count for stage, (count, _) in by_account.items()} == {
        "lead": 4, "mql": 2, "sql": 2, "opportunity": 2, "won": 1,
    }  # fmt: skip
    events = counts(draft, facts, unit=Unit.ACCOUNT, basis=Basis.FLOW)
    assert {stage: count for stage, (count, _) in events.items()} == {
        "lead": 4, "mql": 2, "sql": 2, "opportunity": 3, "won": 2,
    }  # fmt: skip
