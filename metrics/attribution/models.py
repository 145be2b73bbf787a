"""Models: the rules by which the touches of a conversion share its worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.errors import MetricError
from data.terms.attribution import CreditModel


@dataclass(frozen=True, slots=True)
class Rule:
    """The shares of a model: of milestones, and of the touches that are none.

    A touch is a milestone as the first or last touch, and as the last before the lead was created
    or the deal was opened; one that is several has all their shares. `rest` is shared equally among
    the touches that are no milestone of this model, `non_direct` goes to the last touch that did
    not come directly (the last of all where all did), `decay` is shared by
    2^(−days before ÷ half-life), `unique` equally among the channels. What a path does not have is
    left out, and the others are scaled up.
    """

    name: str
    label: str
    first: float = 0
    lead: float = 0
    deal: float = 0
    last: float = 0
    rest: float = 0
    non_direct: float = 0
    decay: float = 0
    unique: float = 0


RULES = (
    Rule("first", "First touch", first=1),
    Rule("last", "Last touch", last=1),
    Rule("last_non_direct", "Last non-direct touch", non_direct=1),
    Rule("linear", "Linear", rest=1),
    Rule("u_shaped", "U-shaped 40/20/40", first=40, rest=20, last=40),
    Rule("first_and_last", "First and last 50/50", first=50, last=50),
    Rule("j_shaped", "J-shaped 20/20/60", first=20, rest=20, last=60),
    Rule("inverse_j", "Inverse J 60/20/20", first=60, rest=20, last=20),
    Rule("w_shaped", "W-shaped 30/30/30/10", first=30, lead=30, deal=30, rest=10),
    Rule(
        "full_path", "Full path 22.5 × 4/10", first=22.5, lead=22.5, deal=22.5, last=22.5, rest=10
    ),
    Rule("time_decay", "Time decay", decay=1),
    Rule("unique_linear", "Linear over unique channels", unique=1),
)


def needs_of_time(rule: Rule) -> str | None:
    """What a rule asks of touches that a path without times does not have; None where nothing.

    >>> [needs_of_time(rule) for rule in RULES if rule.name in ("u_shaped", "time_decay")]
    [None, 'it needs the days before the conversion']
    """
    if rule.lead or rule.deal:
        return "it needs the moments at which the lead was created and the deal was opened"
    return "it needs the days before the conversion" if rule.decay else None


SELF_REPORTED_NEED = "it needs what people said themselves"
"""Why credit by what leads reported is not known of paths, which are of nobody in particular."""


DRIVEN_LABELS = {
    "markov_1": "Markov, order 1",
    "markov_2": "Markov, order 2",
    "markov_3": "Markov, order 3",
    "shapley": "Shapley on the chain",
}

DATA_DRIVEN = tuple(DRIVEN_LABELS)
"""The models that learn from journeys, by name."""

LONGER_MEMORY = ("markov_2", "markov_3")
"""Those that look further back than the last touch. They learn of channels alone: of hundreds of
campaigns there are more pairs and triples than journeys that could tell them apart."""


def own_rules(models: Iterable[CreditModel]) -> tuple[Rule, ...]:
    """The models of the definitions as rules.

    Raises MetricError for a name that a model has already.

    >>> from data.terms.attribution import CreditModel
    >>> [rule] = own_rules([CreditModel(name="ours", label="Ours", first=70, last=30)])
    >>> rule.first, rule.last
    (70.0, 30.0)
    """
    taken = {*(rule.name for rule in RULES), *DATA_DRIVEN}
    rules = tuple(Rule(**model.model_dump()) for model in models)
    for rule in rules:
        if rule.name in taken:
            raise MetricError(
                f"two models are called {rule.name}: give the one of the definitions another name"
            )
        taken.add(rule.name)
    return rules
