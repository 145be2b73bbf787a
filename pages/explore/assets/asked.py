"""What the Content page is asked: the scope, the model of credit, and what assets may add to."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.attribution.models import RULES, own_rules
from metrics.content.coverage import content_coverage
from metrics.content.decay import content_decay
from metrics.content.effect import content_effect
from metrics.content.outcome import LINEAR, content_outcome
from metrics.content.performance import content_performance
from metrics.content.reached import content_channels, content_personas
from metrics.scope import Scope, Stage
from pages.controls.address import choose_one
from pages.controls.measure import definitions, measure

_OUTCOMES = {
    f"becoming an {each.label}" if each.label[0] in "MSO" else "being won": each
    for each in Stage
    if each is not Stage.LEAD
}

CHOSEN = "content_asset"
"""The asset that is looked at, in the address."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope, the model of credit by its name and in words, and what assets may add to."""

    scope: Scope
    model: str
    label: str
    event: Stage
    outcome: str

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency


def choose(scope: Scope) -> Asked:
    """The controls in a row."""
    rules = (*RULES, *own_rules(definitions().attribution.model))
    names = {rule.label: rule.name for rule in rules}
    with st.container(horizontal=True, gap="medium"):
        label = choose_one(
            "What followed is credited by",
            names,
            key="content_model",
            index=list(names.values()).index(LINEAR),
            meaning="Models that share by a rule. Of each of hundreds of assets, models that learn "
            "would have too little to learn from.",
            width=240,
        )
        outcome = choose_one(
            "Adds to the chance of",
            _OUTCOMES,
            key="content_outcome",
            meaning="What readers are compared in with matched people who had not read it.",
            width=240,
        )
    return Asked(scope, names[label], label, _OUTCOMES[outcome], outcome)


def labels(assets: pl.DataFrame) -> dict[str, str]:
    """Each asset by its id: the title, with the id where another one has the same."""
    named = assets.with_columns(
        label=pl.when(pl.col("content").is_duplicated())
        .then(pl.format("{} ({})", "content", "content_id"))
        .otherwise("content")
    ).sort("content", "content_id")
    return dict(named.select("content_id", "label").rows())


def performance(scope: Scope) -> pl.DataFrame:
    """A row per asset, ranked within its band."""
    return measure(content_performance, scope, definitions())


def coverage(scope: Scope) -> pl.DataFrame:
    """A row per persona and stage."""
    return measure(content_coverage, scope)


def personas(scope: Scope) -> pl.DataFrame:
    """A row per asset and persona."""
    return measure(content_personas, scope)


def channels(scope: Scope) -> pl.DataFrame:
    """A row per asset and channel."""
    return measure(content_channels, scope)


def decay(scope: Scope) -> pl.DataFrame:
    """A row per asset with its half-life."""
    return measure(content_decay, scope)


def followed(asked: Asked) -> pl.DataFrame:
    """A row per title with its credit by the chosen model, and by no other."""
    return measure(content_outcome, asked.scope, definitions(), model=asked.model)


def added(asked: Asked) -> pl.DataFrame:
    """A row per asset with what it adds, and the placebo."""
    return measure(content_effect, asked.scope, asked.event)
