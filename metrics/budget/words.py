"""A proposal in words: whether it beats today's shares, and how sure that is."""

from __future__ import annotations

from metrics.budget.proposal import Proposal
from metrics.budget.responses import Basis
from metrics.estimators.response.allocation import LEAST, MOST
from metrics.wording import formats


def sentence(found: Proposal, currency: str) -> str:
    """Whether the proposal is better than the same money in today's shares, with its figures."""
    if not found.channels:
        return "No channel has spend in this period: there is no budget to share."
    return f"{_worth(found)}{_unplaced(found, currency)}"


def _worth(found: Proposal) -> str:
    known = [
        channel
        for channel, basis in zip(found.channels, found.basis, strict=True)
        if basis is not Basis.UNKNOWN
    ]
    if found.found is None and not known:
        return (
            "Nothing is distinguishable from today: neither an experiment nor a response curve says"
            " what more spend on any channel would bring. So today's shares stay."
        )
    if found.found is None:
        return (
            f"Nothing is distinguishable from today: what more spend brings is known of {known[0]}"
            " alone, and there is nothing to weigh it against. So today's shares stay."
        )
    gain = found.found.gain.times(found.weeks)
    bounds = f"{_signed(gain.low)} to {_signed(gain.high)}"
    better = formats.share(found.found.probability_better)
    if not found.found.distinguishable:
        return (
            "Nothing is distinguishable from today: spread as proposed, the same money may bring"
            f" more MQLs than in today's shares, {_signed(gain.value)} ({bounds}), but it does so"
            f" in only {better} of cases."
        )
    fewer = found.found.regret * found.weeks
    regret = "less than 1" if fewer < 1 else formats.count(fewer)
    return (
        "Spread as proposed, the same money brings more MQLs than in today's shares:"
        f" {_signed(gain.value)} ({bounds}). That holds in {better} of cases; in the others it"
        f" brings {regret} fewer."
    )


def _unplaced(found: Proposal, currency: str) -> str:
    """What of the change the bounds do not hold."""
    left = abs(found.asked - found.placed)
    if left < 1:
        return ""
    verb = "placed" if found.asked > 0 else "taken"
    return (
        f" Of {formats.money(abs(found.asked), currency)},"
        f" {formats.money(abs(found.placed), currency)} can be {verb}: no channel goes beyond"
        f" {LEAST:g} to {MOST:g} times today's spend, or its largest spend seen."
    )


def _signed(number: float) -> str:
    """With its sign, which a rounded nothing does not have."""
    said = formats.count(number).replace("-", "−")
    return said if said == "0" or number < 0 else f"+{said}"
