"""Verdict per channel: cut, keep, grow or test first, by the best evidence there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

from metrics.estimators.comparing.estimate import Estimate
from metrics.verdicts.deciding import DecidingTest
from metrics.verdicts.evidence import Cost, Evidence, Experiment

FEWEST_WON = 5
"""Won deals under which a ROMI says nothing."""
_BREAK_EVEN = 1.0


class Call(StrEnum):
    """What to do with a channel."""

    CUT = "cut"
    KEEP = "keep"
    GROW = "grow"
    TEST_FIRST = "test first"


class Grade(StrEnum):
    """How a verdict is known: only A speaks of what a channel caused."""

    EXPERIMENT = "A"
    NATURAL_VARIATION = "B"
    CREDIT = "C"


@dataclass(frozen=True)
class Verdict:
    """What to do with a channel, how that is known, and what would decide it if it is not."""

    evidence: Evidence
    call: Call
    grade: Grade
    experiment: Experiment | None = None
    """The one that it rests on; only of grade A."""

    @property
    def deciding(self) -> DecidingTest | None:
        """The test to make: for what rests on credit alone, and for what is to be tested first."""
        undecided = self.grade is Grade.CREDIT or self.call is Call.TEST_FIRST
        return self.evidence.deciding if undecided else None


def verdicts(evidence: Iterable[Evidence]) -> list[Verdict]:
    """What is to be done with each channel, the most money at stake first?

    A channel without spend has no verdict: there is nothing to cut or to grow.
    """
    found = [verdict(each) for each in evidence if each.spend > 0]
    return sorted(found, key=lambda each: (-each.evidence.at_stake, each.evidence.channel))


def verdict(evidence: Evidence) -> Verdict:
    """What is to be done with a channel, by the best evidence there is?

    A, the newest experiment without a problem: grow where its return is surely above 1, cut where
    it is surely below; keep where it surely added something and 1 is possible. Without a known
    return keep what surely added something, cut what surely did not. Else test (again) first.

    B, natural variation that passed the gate: grow or cut where one more unit of spend surely went
    with more or less than itself; keep where it surely went with something. A harvester's spend
    follows demand, so only what speaks against it is believed; else test first.

    C, credit: three kinds of signs, each only where it is sure. ROMI above or below 0, on five won
    deals at least; cost per outcome below or above the others'; credit share above or below the
    share of spend. Grow where ROMI and another sign speak for it and none against, and it surely
    begins demand of its own; where that is not sure, test first. Keep where only one sign speaks
    for it; cut where ROMI or two others speak against it and none for. Signs that disagree, none,
    or a single one against: test first. Where no touch is on record the credit is unknown, and
    costs alone cut nothing: test first. A harvester is never kept or grown by its credit.

    Raises ValueError without spend.
    """
    if evidence.spend <= 0:
        raise ValueError(f"{evidence.channel} has no spend: there is nothing to cut or to grow")
    sound = [each for each in evidence.experiments if not each.problems]
    if sound:
        newest = max(sound, key=lambda each: (each.ends_on, each.starts_on, each.name))
        return Verdict(evidence, _by_experiment(newest), Grade.EXPERIMENT, newest)
    if evidence.variation is not None:
        call = _by_variation(evidence.variation.marginal_return, harvests(evidence))
        return Verdict(evidence, call, Grade.NATURAL_VARIATION)
    return Verdict(evidence, _by_credit(evidence), Grade.CREDIT)


@dataclass(frozen=True)
class Signs:
    """What of a channel's credit is surely for it, and what against it."""

    pays: bool
    """ROMI above 0."""
    loses: bool
    """ROMI below 0."""
    others_for: int
    """Costs below the others', and more credit than its share of spend."""
    others_against: int

    @property
    def any_for(self) -> bool:
        """Whether anything speaks for the channel."""
        return self.pays or self.others_for > 0

    @property
    def any_against(self) -> bool:
        """Whether anything speaks against it."""
        return self.loses or self.others_against > 0


def signs(evidence: Evidence) -> Signs:
    """Which parts of a channel's credit are surely for it, and which against it?"""
    romi = evidence.romi if evidence.won >= FEWEST_WON else None
    credit, spent = evidence.credit_share, evidence.spend_share
    return Signs(
        pays=romi is not None and romi.above_zero,
        loses=romi is not None and romi.below_zero,
        others_for=sum(map(_cheaper, evidence.costs)) + (credit.low > spent),
        others_against=sum(map(_dearer, evidence.costs)) + (credit.high < spent),
    )


def harvests(evidence: Evidence) -> bool:
    """Whether a channel mostly meets demand that others made."""
    return evidence.harvest is not None and evidence.harvest.mostly


def begins(evidence: Evidence) -> bool:
    """Whether a channel surely begins demand, which credit alone needs to be believed in full."""
    return evidence.harvest is not None and evidence.harvest.begins


def _by_experiment(found: Experiment) -> Call:
    returned = found.return_on_spend
    if returned is None:
        if found.incremental.high <= 0:
            return Call.CUT
    elif returned.low > _BREAK_EVEN:
        return Call.GROW
    elif returned.high < _BREAK_EVEN:
        return Call.CUT
    return Call.KEEP if found.incremental.above_zero else Call.TEST_FIRST


def _by_variation(marginal: Estimate, harvester: bool) -> Call:
    if marginal.high < _BREAK_EVEN:
        return Call.CUT
    if harvester or not marginal.above_zero:
        return Call.TEST_FIRST
    return Call.GROW if marginal.low > _BREAK_EVEN else Call.KEEP


def _by_credit(evidence: Evidence) -> Call:
    found = signs(evidence)
    if found.any_for == found.any_against:
        return Call.TEST_FIRST
    if found.any_against:
        if isnan(evidence.credit_share.value) and not found.loses:
            return Call.TEST_FIRST
        return Call.CUT if found.loses or found.others_against > 1 else Call.TEST_FIRST
    if harvests(evidence):
        return Call.TEST_FIRST
    if not (found.pays and found.others_for):
        return Call.KEEP
    return Call.GROW if begins(evidence) else Call.TEST_FIRST


def _cheaper(cost: Cost) -> bool:
    return cost.own.high < cost.others.low


def _dearer(cost: Cost) -> bool:
    return cost.own.low > cost.others.high
