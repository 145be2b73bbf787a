"""What followed content: credit as attribution shares it, to the cent."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from data.errors import MetricError
from metrics.attribution.credit import credit_of
from metrics.attribution.question import Question, Worth
from metrics.attribution.usual import settled
from metrics.content.outcome import content_outcome
from metrics.scope import Dimension, Stage
from tests.metrics.content.conftest import Read
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER


@pytest.mark.parametrize("model", ["linear", "first"])
def test_credit_is_that_of_attribution(read: Read, model: str) -> None:
    found = content_outcome(read.warehouse, read.scope, TERMS, model=model)
    for name, event, worth in (
        ("mqls", Stage.MQL, Worth.COUNT),
        ("pipeline_amount", Stage.OPPORTUNITY, Worth.AMOUNT),
        ("revenue_amount", Stage.WON, Worth.AMOUNT),
    ):
        question = Question(read.scope, event=event, worth=worth, by=Dimension.CONTENT)
        credit = credit_of(read.warehouse, *settled(read.warehouse, question, TERMS.attribution))
        of_model = credit.filter(pl.col("model") == model)
        expected = dict(of_model.select("segment", "credit").rows())
        have = dict(found.select("content", name).rows())
        assert {key: value for key, value in have.items() if value} == {
            key: value for key, value in expected.items() if value
        }
        assert sum(have.values()) == of_model["credit"].sum() > 0
        if event is Stage.WON:
            touched = dict(of_model.select("segment", "conversions").rows())
            assert dict(found.select("content", "won_deals").rows()).items() >= touched.items()


def test_an_unknown_model_names_those_there_are(read: Read) -> None:
    with pytest.raises(
        MetricError, match="'markov_1' is no model that shares by a rule; there are first"
    ):
        content_outcome(read.warehouse, read.scope, TERMS, model="markov_1")


def test_of_nothing_there_is_nothing(draft: DraftWarehouse) -> None:
    found = content_outcome(draft.hold(Facts()), asked(WINTER, SEEN), TERMS)
    assert found["revenue_amount"].sum() == Decimal(0)
