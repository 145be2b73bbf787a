"""No metric counts a record that its source has ended: it answers as if it had never been there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.errors import MetricError, MissingRateError
from metrics.catalogue import Metric, catalogue
from metrics.period import Period
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row
from tests.metrics.random_facts import DAYS, FIRST, random_facts
from tests.metrics.scopes import asked

TOLD = ("health", "journeys", "provenance")
"""Families that tell of records that have ended, which is what they are for."""

ASKED = {
    name: metric
    for name, metric in catalogue().items()
    if metric.is_scoped and metric.family.partition(".")[0] not in TOLD
}

FACTS = random_facts(7)

LEADS = frozenset(str(row["lead_id"]) for row in FACTS.lead[::5])

DEALS = frozenset(str(row["opportunity_id"]) for row in FACTS.opportunity[::4])

ENDED = {("lead", each) for each in LEADS} | {("opportunity", each) for each in DEALS}


def _of_others(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(row for row in rows if (row["subject_kind"], row["subject_id"]) not in ENDED)


def without(facts: Facts) -> Facts:
    """The rows of which none is or is about a record that ended."""
    return replace(
        facts,
        lead=tuple(row for row in facts.lead if row["lead_id"] not in LEADS),
        opportunity=tuple(row for row in facts.opportunity if row["opportunity_id"] not in DEALS),
        stage_change=_of_others(facts.stage_change),
        action=_of_others(facts.action),
        assignment=tuple(row for row in facts.assignment if row["lead_id"] not in LEADS),
        opportunity_lead=tuple(
            row
            for row in facts.opportunity_lead
            if row["opportunity_id"] not in DEALS and row["lead_id"] not in LEADS
        ),
        opportunity_change=tuple(
            row for row in facts.opportunity_change if row["opportunity_id"] not in DEALS
        ),
    )


@pytest.fixture(scope="module")
def ended() -> DraftWarehouse:
    """All rows, and the ends of some leads and deals."""
    warehouse = DraftWarehouse().hold(FACTS)
    warehouse.put(
        "record_end",
        *(
            {"subject_kind": kind, "subject_id": each, "how": "deleted", "load_id": "load-1"}
            for kind, each in sorted(ENDED)
        ),
    )
    warehouse.derive()
    return warehouse


@pytest.fixture(scope="module")
def never_there() -> DraftWarehouse:
    """The rows without those leads and deals."""
    return DraftWarehouse().hold(without(FACTS))


SCOPE = asked(
    Period(FIRST.date(), FIRST.date() + timedelta(days=DAYS)),
    FIRST.date() + timedelta(days=DAYS),
)


def answer(metric: Metric, warehouse: DraftWarehouse) -> pl.DataFrame | str:
    try:
        return metric.measure(warehouse, SCOPE, definitions=TERMS)
    except (MetricError, MissingRateError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def test_some_records_have_ended(ended: DraftWarehouse, never_there: DraftWarehouse) -> None:
    assert len(LEADS) > 3
    assert len(DEALS) > 3
    assert ended.frame("retired_record").height == len(ENDED)
    assert ended.frame("journey").height == never_there.frame("journey").height < len(FACTS.lead)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_metric_counts_none_of_them(
    ended: DraftWarehouse, never_there: DraftWarehouse, name: str
) -> None:
    found, expected = (answer(ASKED[name], each) for each in (ended, never_there))
    if isinstance(found, str) or isinstance(expected, str):
        assert found == expected
    else:
        assert_frame_equal(found, expected, check_row_order=False)
