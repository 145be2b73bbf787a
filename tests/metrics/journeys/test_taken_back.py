"""A timeline has what newer files took back and records that are gone; neither counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query
from metrics.funnel.taken_back import taken_back_entries
from metrics.journeys.finding import found_subjects
from metrics.journeys.known import gone_records
from metrics.journeys.lanes import Lane, timeline_lanes
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import Order, timeline
from metrics.period import Period
from metrics.scope import Basis, Dimension, Filter, Stage, Unit, Viewer
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS
from tests.metrics.scopes import asked

SCOPE = asked(Period(date(2025, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))
ANA = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA",)),))

LEADS = "lead_id,created_at,email,company,channel,region\n"
DEALS = "opportunity_id,account_id,primary_lead_id,created_at,amount,currency,closed_at,outcome\n"
STAGES = "subject_kind,subject_id,stage,entered_at,inferred_from\n"
ENDS = "subject_kind,subject_id,how,into_id,ended_at\n"


class Loaded(Warehouse):
    """What was loaded into a draft, once it is derived."""

    generation = "loaded"

    def __init__(self, draft: Draft) -> None:
        rebuild(draft, TERMS)
        self._draft = draft

    def query(self, query: Query) -> pl.DataFrame:
        return self._draft.query(query)


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def load(loading: Loading, name: str, text: str, month: int) -> None:
    outcome = loading.load(name, text, as_of=datetime(2026, month, 28))
    assert outcome.load_id is not None


def past(warehouse: Warehouse, kind: SubjectKind, name: str) -> list[tuple[object, str]]:
    """Day and words of what was taken back, the oldest first."""
    found = timeline(warehouse, SCOPE, TERMS, Subject(kind, name), Order.OLDEST, lanes=(Lane.PAST,))
    return found.select("occurred_on", "what").rows()


def test_a_deal_that_was_reopened_and_stages_that_were_withdrawn(loading: Loading) -> None:
    load(loading, "leads.csv", LEADS + "L1,2026-01-01,a@norda.example,Norda,Fair,EMEA\n", 1)
    first = DEALS + (
        "D1,,L1,2026-01-10,500,EUR,2026-01-20,won\n"
        "D2,,L1,2026-01-11,700,EUR,2026-01-21,lost\n"
        "案件3,,L1,2026-01-12,800,EUR,2026-01-22,won\n"
    )
    load(loading, "deals 1.csv", first, 1)
    again = DEALS + (
        "D1,,L1,2026-01-10,500,EUR,,open\n"
        "D2,,L1,2026-01-11,700,EUR,2026-02-03,won\n"
        "案件3,,L1,2026-01-12,800,EUR,2026-01-22,won\n"
    )
    load(loading, "deals 2.csv", again, 2)
    history = STAGES + (
        "opportunity,D2,won,2026-01-25,history\n"
        "opportunity,D2,opportunity,2026-01-27,history\n"
        "lead,L1,mql,2026-01-05,date_column\n"
    )
    load(loading, "stages 1.csv", history, 1)
    load(loading, "stages 2.csv", STAGES + "lead,L1,mql,2026-01-06,date_column\n", 2)
    load(loading, "leads 2.csv", LEADS + "L1,2026-01-01,a@norda.example,Norda,Fair,EMEA\n", 2)
    warehouse = Loaded(loading.draft)
    assert past(warehouse, SubjectKind.LEAD, "L1") == [
        (date(2026, 1, 5), "Became an MQL, as told until 28 Jan 2026: another day is given now"),
        (date(2026, 1, 20), "Deal D1 was won until 28 Jan 2026, taken back"),
        (date(2026, 1, 21), "Deal D2 was lost until 28 Jan 2026, taken back"),
        (date(2026, 1, 25), "Deal D2 was won until 27 Jan 2026, taken back"),
    ]
    _, of_deal = past(warehouse, SubjectKind.DEAL, "D1")
    assert of_deal == (date(2026, 1, 20), "Deal D1 was won until 28 Jan 2026, taken back")
    assert len(past(warehouse, SubjectKind.DEAL, "案件3")) == 1, "nothing but its lead's MQL"
    lanes = timeline_lanes(warehouse, SCOPE, TERMS, Subject(SubjectKind.LEAD, "L1"))
    assert lanes.filter(lane=Lane.PAST.value).select("month_on", "events").rows() == [
        (date(2026, 1, 1), 4)
    ]
    for basis, unit in product(Basis, (Unit.LEAD, Unit.DEAL)):
        scope = replace(SCOPE, basis=basis, unit=unit)
        entries = taken_back_entries(warehouse, scope, Stage.WON, TERMS)
        assert entries.drop("kind", "stage").rows() == [
            ("D2", date(2026, 1, 25), date(2026, 1, 27), "undone"),
            ("D1", date(2026, 1, 20), date(2026, 1, 28), "undone"),
        ]
    later = replace(SCOPE, period=Period(date(2026, 2, 1), date(2026, 2, 28)), basis=Basis.FLOW)
    assert taken_back_entries(warehouse, later, Stage.WON, TERMS).is_empty()
    (mql,) = taken_back_entries(warehouse, SCOPE, Stage.MQL, TERMS)["because"]
    assert mql == "corrected"
    won = loading.rows("journey", "won_on")
    assert won == [(date(2026, 1, 22),)], "what was taken back counts nowhere"


GONE = (
    ("leads.csv", LEADS
     + "L1,2026-01-01,a@norda.example,Norda,Fair,EMEA\n"
     + "L2,2026-01-02,b@norda.example,Norda,Web,EMEA\n"
     + "L3,2026-01-03,c@norda.example,Norda,Web,APAC\n"
     + "系統:四,2026-01-04,d@norda.example,Norda,Web,EMEA\n", 1),
    ("deals.csv", DEALS
     + "D1,,L2,2026-01-10,500,EUR,2026-01-20,won\n"
     + "D2,,L2,2026-01-11,700,EUR,2026-01-21,won\n", 1),
    ("gone.csv", ENDS
     + "lead,L1,merged,L9,2026-02-01\nlead,L9,merged,L2,\n"
     + "lead,L3,deleted,,2026-02-03\nlead,系統:四,deleted,,\n"
     + "opportunity,D2,deleted,,2026-02-04\nlead,L0,deleted,,2026-02-05\n", 2),
)  # fmt: skip


def test_records_that_are_gone_are_told_with_what_they_belonged_to(loading: Loading) -> None:
    for each in GONE:
        load(loading, *each)
    warehouse = Loaded(loading.draft)
    of_lead = [
        (date(2026, 2, 1), "Lead L1 was there until 1 Feb 2026, then merged into lead L2"),
        (date(2026, 2, 4), "Deal D2 was there until 4 Feb 2026, then deleted"),
        (date(2026, 2, 28), "Lead L9 was merged into lead L2"),
    ]
    assert past(warehouse, SubjectKind.LEAD, "L2") == of_lead
    (company,) = loading.draft.query("SELECT DISTINCT account_id FROM journey")["account_id"]
    of_company = past(warehouse, SubjectKind.ACCOUNT, company)
    assert of_company == [
        of_lead[0],
        (date(2026, 2, 3), "Lead L3 was there until 3 Feb 2026, then deleted"),
        of_lead[1],
        of_lead[2],
        (date(2026, 2, 28), "Lead 系統:四 was there until 28 Jan 2026, then deleted"),
    ]
    emea = replace(SCOPE, viewer=ANA)
    subject = Subject(SubjectKind.ACCOUNT, company)
    seen = timeline(warehouse, emea, TERMS, subject, Order.OLDEST, lanes=(Lane.PAST,))
    # Nobody knows any more of which region those were that were deleted.
    assert seen["what"].to_list() == [of_lead[0][1], of_lead[2][1]]


def test_a_search_by_the_id_of_a_record_that_is_gone(loading: Loading) -> None:
    for each in GONE:
        load(loading, *each)
    warehouse = Loaded(loading.draft)
    found = found_subjects(warehouse, SCOPE, "l1")
    assert found.select("kind", "id", "matched_by").rows() == [("lead", "L2", "merged record")]
    assert found_subjects(warehouse, SCOPE, "L3").is_empty()

    def told(text: str, viewer: Viewer = SCOPE.viewer) -> list[str]:
        scope = replace(SCOPE, viewer=viewer)
        return gone_records(warehouse, scope, text, "UTC")["sentence"].to_list()

    merged = "Lead L1 was there until 1 Feb 2026, then merged into lead L2"
    deleted = "Lead L3 was there until 3 Feb 2026, then deleted"
    assert told("l1") == told("l1", ANA) == [merged]
    assert told("l3") == [deleted]
    assert told("l0") == ["Lead L0 was there until 5 Feb 2026, then deleted"]
    assert told("四") == ["Lead 系統:四 was there until 28 Jan 2026, then deleted"]
    assert told("l3", ANA) == told("l2") == told("") == told("%") == []
    of_merged = timeline(warehouse, SCOPE, TERMS, Subject(SubjectKind.LEAD, "L1"))
    assert of_merged.equals(timeline(warehouse, SCOPE, TERMS, Subject(SubjectKind.LEAD, "L2")))
    with pytest.raises(MetricError, match=f"{deleted}. It has no timeline of its own"):
        timeline(warehouse, SCOPE, TERMS, Subject(SubjectKind.LEAD, "L3"))
    with pytest.raises(MetricError, match="there is no lead 'L3'"):
        timeline(warehouse, replace(SCOPE, viewer=ANA), TERMS, Subject(SubjectKind.LEAD, "L3"))
