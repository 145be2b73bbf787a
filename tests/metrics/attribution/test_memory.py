"""The memory of the chain is told of the journeys that credit is told of."""

from __future__ import annotations

from collections import Counter
from hashlib import md5
from itertools import pairwise

import numpy as np
import pytest

from data.definitions import Definitions
from data.terms.attribution import AttributionTerms
from metrics.attribution.memory import chain_memory
from metrics.estimators.credit.longer_memory import Steps
from metrics.estimators.credit.memory import memory_of
from tests.metrics.attribution.test_data_driven import CHANNELS, SCOPE, Journeys, facts_of
from tests.metrics.estimators.credit.test_chain import random_journeys
from tests.metrics.facts import DraftWarehouse

TERMS = Definitions.load().model_copy(update={"attribution": AttributionTerms(lookback_days=30)})


def test_it_is_that_of_the_journeys_walked_one_by_one() -> None:
    # Each touch is another channel than the one before, as credit counts them.
    journeys = [
        (path, won)
        for path, won in random_journeys(np.random.default_rng(4), 4, 120)
        if all(one != other for one, other in pairwise(path))
    ]
    found = chain_memory(DraftWarehouse().hold(facts_of(journeys, CHANNELS)), SCOPE, TERMS)
    rows: Counter[tuple[int, ...]] = Counter()
    for number, (path, won) in enumerate(journeys):
        fold = int(md5(f"account A{number}".encode()).hexdigest()[:2], 16) % 8
        # Nothing converts later than these journeys did: who has not, will not.
        whole = [*path, 4 if won else 5]
        touches = [-1, -1, -1, *path]
        for place, following in enumerate(whole):
            rows[(fold, *touches[place : place + 3], following)] += 1
    table = np.array(list(rows))
    steps = Steps(table[:, 1:4], table[:, 4], np.array(list(rows.values()), dtype=float), 4)
    expected = memory_of(steps, table[:, 0])
    assert found["log_loss"].to_list() == pytest.approx(expected.log_loss)
    assert found["excess_error"].to_list() == pytest.approx(expected.excess_error)
    assert found["auc"].to_list() == pytest.approx(expected.auc)
    assert found["is_chosen"].arg_true().to_list() == [expected.order - 1]


def test_without_journeys_to_hold_out_there_is_none_to_tell() -> None:
    one_journey: Journeys = [((0, 1), True)]
    for journeys in ([], one_journey):
        warehouse = DraftWarehouse().hold(facts_of(journeys, CHANNELS))
        assert chain_memory(warehouse, SCOPE, TERMS).is_empty()
        assert chain_memory(warehouse, SCOPE, Definitions.load()).is_empty()
