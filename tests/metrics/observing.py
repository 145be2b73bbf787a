"""The same rows in the warehouse and in the oracle's hands."""

from __future__ import annotations

from dataclasses import dataclass

from data.definitions import Definitions
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.oracle.world import World


@dataclass(frozen=True)
class Observed:
    """What is measured, and who knows the answer."""

    warehouse: DraftWarehouse
    world: World


def observe(facts: Facts, definitions: Definitions = TERMS) -> Observed:
    return Observed(DraftWarehouse().hold(facts, definitions), World(facts, definitions))
