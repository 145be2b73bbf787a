"""What the Attribution page is asked: which conversions, what credit is in, and which models."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from data.schema.frames import DataFrame
from data.terms.attribution import AttributionTerms
from metrics.attribution.conversion_paths.seen import SeenPaths, seen_paths
from metrics.attribution.credit import Credit, credit_of
from metrics.attribution.models import DATA_DRIVEN, DRIVEN_LABELS, own_rules
from metrics.attribution.question import CREDITED, EVENTS, Question, Touched, Worth
from metrics.attribution.usual import settled
from metrics.scope import Scope, Stage
from pages.controls.address import choose_one
from pages.controls.measure import definitions, remembered, remembering_warehouse

_EVENTS = {each.label: each for each in reversed(EVENTS)}
_WORTHS = {"Revenue": Worth.AMOUNT, "Number": Worth.COUNT}
_TOUCHED = {"everyone at the account": Touched.ACCOUNT, "the lead's person": Touched.PERSON}
_BY = {each.label.capitalize(): each for each in CREDITED}


@dataclass(frozen=True, slots=True)
class Asked:
    """The settled question with its half-life, the chosen model, and the one it is held against."""

    question: Question
    half_life_days: float
    model: str
    other: str
    labels: dict[str, str]

    @property
    def what(self) -> str:
        """What is credited, in words."""
        if self.question.event is Stage.WON:
            return "won revenue" if self.is_money else "won deals"
        kind = "revenue of" if self.is_money else "number of"
        return f"{kind} {self.question.event.plural}"

    @property
    def is_money(self) -> bool:
        """Whether credit is in money."""
        return self.question.worth is Worth.AMOUNT


def choose_question(scope: Scope) -> Asked:
    """The controls in a row, and the question that they ask of the scope."""
    terms = definitions().attribution
    labels = {rule.name: rule.label for rule in Question(scope).rules}
    labels |= {rule.name: rule.label for rule in own_rules(terms.model)}
    with st.container(horizontal=True, gap="medium"):
        event = _EVENTS[choose_one("Credit for", _EVENTS, key="attribution_event", width=150)]
        worth = _WORTHS[choose_one("In", _WORTHS, key="attribution_worth", width=130)]
        by = _BY[choose_one("Earned by", _BY, key="attribution_by", width=150)]
        if not scope.filters:
            known = Question(scope, by=by).models
            labels |= {name: DRIVEN_LABELS[name] for name in DATA_DRIVEN if name in known}
        names = {label: name for name, label in labels.items()}
        touched = _TOUCHED[choose_one("Touches of", _TOUCHED, key="attribution_touched", width=220)]
        model = names[
            choose_one(
                "Model", names, key="attribution_model", index=_place(names, "linear"), width=200
            )
        ]
        other = names[
            choose_one(
                "Against", names, key="attribution_other", index=_place(names, "last"), width=200
            )
        ]
    question = Question(scope, event=event, worth=worth, touched=touched, by=by)
    found, half_life = _settled(question, terms)
    return Asked(found, half_life, model, other, labels)


def _place(names: dict[str, str], model: str) -> int:
    return list(names.values()).index(model)


def _settled(question: Question, terms: AttributionTerms) -> tuple[Question, float]:
    return remembered(
        lambda: settled(remembering_warehouse(), question, terms), "settled", question, terms
    )


def credit(asked: Asked) -> DataFrame[Credit]:
    """The credit of all models, computed once."""
    question, half_life = asked.question, asked.half_life_days
    return remembered(
        lambda: credit_of(remembering_warehouse(), question, half_life),
        "credit", question, half_life,
    )  # fmt: skip


def paths(asked: Asked) -> SeenPaths:
    """The paths of the question's conversions, scanned once."""
    return remembered(
        lambda: seen_paths(remembering_warehouse(), asked.question), "paths", asked.question
    )
