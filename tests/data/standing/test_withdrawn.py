"""The newest row of a record speaks for it: what it no longer gives is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path

import pytest

from data.derive.rebuild import rebuild
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS

SALESFORCE = (
    "Id,AccountId,Name,StageName,Amount,CurrencyIsoCode,CloseDate,IsClosed,IsWon,CreatedDate,"
    "Primary Lead ID,Loss Reason\n"
)
LEADS = "lead_id,created_at,owner,channel\n00Q5g00000L0001EAB,2026-01-02,Ann,Web\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def load(loading: Loading, name: str, text: str, day: int) -> str:
    outcome = loading.load(name, text, as_of=datetime(2026, 4, day))
    assert outcome.load_id is not None
    return outcome.load_id


def deal(stage: str, amount: str, closes: str, closed: str, won: str, reason: str = "") -> str:
    return (
        SALESFORCE + f"0065g00000P0001,0015g00000A0001,Deal,{stage},{amount},EUR,{closes},{closed},"
        f"{won},2026-01-20T10:00:00.000Z,00Q5g00000L0001EAB,{reason}\n"
    )


WON = deal("Closed Won", "900", "2026-03-10", "true", "true")
OPEN = deal("Negotiation/Review", "", "2026-06-30", "false", "false")
LOST = deal("Closed Lost", "900", "2026-03-11", "true", "false", "Price")


def state(loading: Loading) -> tuple[object, ...]:
    """Outcome, day of closing, amount and reason of the deal, and the day its lead was won."""
    rebuild(loading.draft, TERMS)
    names = ("outcome", "closed_at", "original_amount", "lost_reason")
    ((outcome, closed_at, amount, reason),) = loading.rows("opportunity", *names)
    ((won_on,),) = loading.rows("journey", "won_on")
    days = (str(each.date()) if each else None for each in (closed_at,))
    return (outcome, *days, amount and int(amount), reason, won_on and str(won_on))


def test_a_deal_that_is_open_again_is_not_won(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS, 1)
    load(loading, "opportunities 1.csv", WON, 2)
    assert state(loading) == ("won", "2026-03-10", 900, None, "2026-03-10")
    again = load(loading, "opportunities 2.csv", OPEN, 3)
    assert state(loading) == ("open", None, None, None, None)
    entries = ("stage", "because")
    assert loading.rows("stage_change_aside", *entries) == [("won", "withdrawn")]
    loading.undo(again)
    assert state(loading) == ("won", "2026-03-10", 900, None, "2026-03-10")


def test_lost_then_won_then_open_leaves_nothing_behind_in_any_order(
    tmp_path: Path,
) -> None:
    files = (("1.csv", LOST, 2), ("2.csv", WON, 3), ("3.csv", OPEN, 4))
    for number, order in enumerate(list(permutations(files))[1::2]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            load(loading, "leads.csv", LEADS, 1)
            ids = {}
            for name, text, day in order:
                ids[name] = load(loading, f"opportunities {name}", text, day)
            assert state(loading) == ("open", None, None, None, None)
            loading.undo(ids["3.csv"])
            assert state(loading) == ("won", "2026-03-10", 900, None, "2026-03-10")


def test_another_kind_of_export_takes_nothing_back(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS, 1)
    load(loading, "opportunities 1.csv", WON, 2)
    load(
        loading,
        "own.csv",
        "opportunity_id,created_at,owner,original_amount,currency,outcome,closed_at\n"
        "0065g00000P0001AAB,2026-01-20,Ann,,,won,\n",
        3,
    )
    assert state(loading) == ("won", "2026-03-10", 900, None, "2026-03-10")


def test_an_export_without_the_column_says_nothing_of_it(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS, 1)
    load(loading, "opportunities 1.csv", WON, 2)
    narrow = (
        "Id,AccountId,Name,StageName,CloseDate,IsClosed,IsWon,CreatedDate\n"
        "0065g00000P0001,0015g00000A0001,Deal,Closed Won,2026-03-10,true,true,"
        "2026-01-20T10:00:00.000Z\n"
    )
    load(loading, "opportunities 2.csv", narrow, 3)
    assert state(loading) == ("won", "2026-03-10", 900, None, "2026-03-10")


HUBSPOT = (
    "Record ID,Email,Create Date,Lifecycle Stage,Became a Marketing Qualified Lead Date,"
    "Became a Customer Date,Contact owner\n"
)


def test_a_date_of_a_stage_that_is_gone_is_withdrawn(loading: Loading) -> None:
    first = HUBSPOT + "1,a@norda.example,2026-01-02 09:00,Customer,2026-01-05,2026-02-01,Ann\n"
    second = HUBSPOT + "1,a@norda.example,2026-01-02 09:00,Lead,,,\n"
    narrow = (
        "Record ID,Email,Create Date,Lifecycle Stage\n1,a@norda.example,2026-01-02 09:00,Lead\n"
    )
    load(loading, "contacts 1.csv", first, 1)
    load(loading, "contacts 2.csv", narrow, 2)
    rebuild(loading.draft, TERMS)
    assert [str(day) for day in loading.rows("journey", "mql_on", "won_on")[0]] == [
        "2026-01-05",
        "2026-02-01",
    ]
    load(loading, "contacts 3.csv", second, 3)
    rebuild(loading.draft, TERMS)
    assert loading.rows("journey", "mql_on", "won_on") == [(None, None)]
    assert loading.rows("lead", "owner") == [(None,)]
    history = "subject_kind,subject_id,stage,entered_at\nlead,hubspot:1,mql,2026-01-07\n"
    load(loading, "history.csv", history, 1)
    rebuild(loading.draft, TERMS)
    assert [str(day) for day in loading.rows("journey", "mql_on")[0]] == ["2026-01-07"]


HISTORY = (
    "subject_kind,subject_id,stage,entered_at\n"
    "opportunity,0065g00000P0001AAB,opportunity,2026-01-20 10:00\n"
    "opportunity,0065g00000P0001AAB,won,2026-03-10 12:00\n"
)


def test_a_history_keeps_a_closing_that_does_not_count(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS, 1)
    load(loading, "history.csv", HISTORY, 2)
    load(loading, "opportunities 1.csv", OPEN, 3)
    assert state(loading) == ("open", None, None, None, None)
    reopened = HISTORY + (
        "opportunity,0065g00000P0001AAB,opportunity,2026-03-20 12:00\n"
        "opportunity,0065g00000P0001AAB,won,2026-04-02 12:00\n"
    )
    load(loading, "history 2.csv", reopened, 4)
    later = deal("Closed Won", "900", "2026-04-02", "true", "true")
    load(loading, "opportunities 2.csv", later, 5)
    assert state(loading) == ("won", "2026-04-02", 900, None, "2026-04-02")


ZOHO = "记录 ID,商机名称,阶段,创建时间,结束日期,金额,币种,Lead Id\n"


def test_chinese_headers_take_back_as_well(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS.replace("00Q5g00000L0001EAB", "zoho:9"), 1)
    row = "77,泵,{},2026-01-20 10:00:00,2026-03-10,1200,CNY,9\n"
    load(loading, "deals 1.csv", ZOHO + row.format("成交"), 2)
    assert state(loading)[4] == "2026-03-10"
    load(loading, "deals 2.csv", ZOHO + row.format("谈判/审核"), 3)
    assert state(loading) == ("open", None, 1200, None, None)
