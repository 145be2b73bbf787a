"""A verdict in words: one sentence with its figures, and the test that would decide it."""

from __future__ import annotations

from collections.abc import Callable
from math import isinf, isnan

from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.person_design import PersonTest
from metrics.estimators.experiments.region_design import RegionTest
from metrics.period import in_words
from metrics.verdicts.evidence import (
    ALMOST_ALWAYS,
    MOSTLY_BRAND,
    Evidence,
    Experiment,
    NaturalVariation,
)
from metrics.verdicts.verdict import FEWEST_WON, Call, Verdict, harvests, signs

Money = Callable[[float], str]
"""How an amount in the base currency is written."""

CREDIT_IS_NOT_EFFECT = "Credit says which channels were there, not what each brought about."


def sentence(verdict: Verdict, money: Money) -> str:
    """The verdict in one sentence, with the figures it rests on.

    Only an experiment is said to show what a channel caused.

    >>> from metrics.verdicts.verdict import verdict
    >>> found = verdict(
    ...     Evidence("Fairs", 9000.0, 0.3, credit_share=Estimate(0.4, 0.33, 0.47), at_stake=9000.0)
    ... )
    >>> sentence(found, "€{:,.0f}".format).partition(": ")[2].removesuffix(" of the conversions.")
    'for 30% of the spend (€9,000) it is credited with 40% (33% to 47%)'
    """
    evidence = verdict.evidence
    if verdict.experiment is not None:
        known = _experiment_words(verdict.experiment, verdict.call, money)
    elif evidence.variation is not None:
        known = _variation_words(evidence.variation) + _harvest_words(evidence)
    else:
        known = _credit_words(evidence, money) + _doubt_words(evidence, verdict.call)
        known += _harvest_words(evidence)
    return f"{_call_words(verdict.call, evidence.channel)}: {known}."


def headline(verdict: Verdict) -> str:
    """The verdict with what the channel costs and is credited with alone.

    >>> from metrics.verdicts.verdict import verdict
    >>> credit = Estimate(0.4, 0.33, 0.47)
    >>> headline(verdict(Evidence("Fairs", 9000.0, 0.3, credit_share=credit, at_stake=0.0)))
    'Keep Fairs: 30% of the spend, 40% of the credit.'
    """
    evidence = verdict.evidence
    said = f"{_share(evidence.spend_share)} of the spend"
    if not isnan(evidence.credit_share.value):
        said += f", {_share(evidence.credit_share.value)} of the credit"
    return f"{_call_words(verdict.call, evidence.channel)}: {said}."


def deciding_sentence(verdict: Verdict, money: Money) -> str | None:
    """The test that would decide the verdict, in one sentence; None where it is decided.

    It names whom or where, how long, what that costs and how often it would find the effect.
    """
    found = verdict.deciding
    if found is None:
        return None
    if isinstance(found.test, RegionTest):
        return _regions_words(found.test, found.regions, found.control_regions, money)
    return _people_words(found.test, money)


def _call_words(call: Call, channel: str) -> str:
    return f"Test {channel} first" if call is Call.TEST_FIRST else f"{call.value.title()} {channel}"


def _experiment_words(found: Experiment, call: Call, money: Money) -> str:
    written = money if found.is_money else _number
    days = f"{in_words(found.starts_on)} to {in_words(found.ends_on)}"
    which = f"the {found.kind.value} “{found.name}” ({days})"
    if call is Call.TEST_FIRST:
        bounds = f"{written(found.incremental.low)} to {written(found.incremental.high)}"
        return f"{which} leaves open what it caused, {bounds} {found.outcome}"
    said = f"{which} shows that it caused {_range(found.incremental, written)} {found.outcome}"
    if found.return_on_spend is None:
        return f"{said}; what they are worth is not known"
    return f"{said}, which returned {_range(found.return_on_spend, _times)} times its spend"


def _variation_words(found: NaturalVariation) -> str:
    returned = _range(found.marginal_return, _times)
    return (
        f"as its spend varied over {found.observed}, more spend went with {returned} times as much"
        " gross margin"
    )


def _credit_words(evidence: Evidence, money: Money) -> str:
    spent = f"for {_share(evidence.spend_share)} of the spend ({money(evidence.spend)})"
    if isnan(evidence.credit_share.value):
        said = [f"{spent} nobody knows its credit, since no touch of it is on record"]
    else:
        credit = _range(evidence.credit_share, _share)
        said = [f"{spent} it is credited with {credit} of the conversions"]
    if evidence.romi is not None and evidence.won >= FEWEST_WON:
        romi = _range(evidence.romi, _share)
        said.append(f"with a ROMI of {romi} on {evidence.won:,} won deals")
    for cost in evidence.costs:
        own, others = (_range(each, money) for each in (cost.own, cost.others))
        said.append(f"{own} per {cost.outcome} against {others} elsewhere")
    return ", ".join(said)


def _doubt_words(evidence: Evidence, call: Call) -> str:
    """Why credit alone does not settle it, where it does not."""
    found = signs(evidence)
    if call is not Call.TEST_FIRST or (harvests(evidence) and not found.any_against):
        return ""
    if found.any_for and found.any_against:
        return "; these disagree"
    if found.others_against > 1:
        return "; while its credit is unknown, its costs alone are not enough to cut it"
    if found.any_against:
        return "; that alone is not enough to cut it"
    if found.any_for:
        return (
            "; but it is not sure that it begins demand, and does not only meet what others began"
        )
    return "; none of that is more than chance"


def _harvest_words(evidence: Evidence) -> str:
    if not harvests(evidence) or evidence.harvest is None:
        return ""
    said = []
    if (last := evidence.harvest.after_others) is not None and last >= ALMOST_ALWAYS:
        said.append(f"it came only after other channels in {_share(last)} of its conversions")
    if (brand := evidence.harvest.own_brand) is not None and brand >= MOSTLY_BRAND:
        said.append(f"{_share(brand)} of its spend is on the company's own name")
    return f"; but {' and '.join(said)}, so others may have made this demand"


def _people_words(test: PersonTest, money: Money) -> str:
    people = test.test + test.control
    if not test.enough:
        return (
            f"No hold-out would decide it: even with all {people:,} people it would find the"
            f" credited effect in only {_share(test.power)} of cases."
        )
    return (
        f"A hold-out would decide it: keep it from {test.control:,} of {people:,} people, drawn at"
        f" random; a rate of {test.rate_with:.1%} with it against {test.rate_without:.1%} without"
        f" it would be found in {_share(test.power)} of cases, for {money(test.spend)}."
    )


def _regions_words(test: RegionTest, regions: tuple[str, ...], control: int, money: Money) -> str:
    where = regions[0] if len(regions) == 1 else f"{', '.join(regions[:-1])} and {regions[-1]}"
    if not test.enough:
        return (
            f"No test by regions would decide it: even {test.weeks} weeks in {where} would find a"
            f" lift of {_share(test.lift)} in only {_share(test.power)} of cases."
        )
    return (
        f"A test by regions would decide it: change it in {where} for {test.weeks} weeks and leave"
        f" the {control} others as they are; a lift of {_share(test.lift)} would be found in"
        f" {_share(test.power)} of cases, for {money(test.spend)}."
    )


def _range(found: Estimate, written: Callable[[float], str]) -> str:
    """A number and its bounds, of which the upper one may not exist."""
    if isinf(found.value):
        return f"{written(found.low)} or more"
    if isinf(found.high):
        return f"{written(found.value)} ({written(found.low)} or more)"
    return f"{written(found.value)} ({written(found.low)} to {written(found.high)})"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−")


def _times(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _share(value: float) -> str:
    return f"{value:.0%}".replace("-", "−")
