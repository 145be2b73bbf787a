"""What the page Channels and ROI is asked: by what, and which model credits revenue."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.attribution.models import DATA_DRIVEN, DRIVEN_LABELS, RULES, own_rules
from metrics.attribution.question import CREDITED, Question
from metrics.returns.channel_returns import channel_returns
from metrics.returns.known_by import SPENT_BY
from metrics.scope import Dimension, Scope
from pages.controls.address import choose_one
from pages.controls.measure import definitions, measure

_BY = {each.label.capitalize(): each for each in SPENT_BY}


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope, the dimension of the rows, and the model by its name and in words."""

    scope: Scope
    by: Dimension
    model: str
    label: str

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency


def choose(scope: Scope) -> Asked:
    """The controls in a row."""
    rules = (*RULES, *own_rules(definitions().attribution.model))
    labels = {rule.name: rule.label for rule in rules}
    with st.container(horizontal=True, gap="medium"):
        by = _BY[choose_one("By", _BY, key="returns_by", width=180)]
        if not scope.filters:
            credited = by if by in CREDITED else Dimension.CHANNEL
            known = Question(scope, by=credited).models
            labels |= {name: DRIVEN_LABELS[name] for name in DATA_DRIVEN if name in known}
        names = {label: name for name, label in labels.items()}
        label = choose_one(
            "Revenue credited by",
            names,
            key="returns_model",
            index=list(names.values()).index("linear"),
            width=240,
        )
    return Asked(scope, by, names[label], label)


def returns(asked: Asked) -> pl.DataFrame:
    """Cost, credit and return of each segment."""
    return measure(channel_returns, asked.scope, definitions(), by=asked.by, model=asked.model)
