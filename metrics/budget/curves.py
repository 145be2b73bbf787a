"""Response curves of channels, as far as weeks of regions or products show them, else why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from metrics.budget.weeks import MOSTLY_KNOWN, SpendWeeks, UnitKind
from metrics.estimators.response.gate import Gate, gate
from metrics.estimators.response.panel import Floats, Hill, Panel

_SEED = 22

_YEAR = 52.1775
"""Weeks."""


@dataclass(frozen=True, eq=False)
class ChannelCurves:
    """The channels whose curve may be shown, and of each other one why there is none."""

    channels: tuple[str, ...]
    draws: Hill
    """Curves per week of a unit of mean size, [draws, channels]"""
    mode: Hill
    """[channels]"""
    units: int
    observed: str
    reasons: dict[str, tuple[str, ...]]
    """By channel, whole sentences."""


def channel_curves(found: SpendWeeks) -> ChannelCurves:
    """Which channels' response can the past tell, and if not, why?

    All channels whose spend is known by unit are looked at together (`gate`). A channel that fails
    by itself, because it hardly varied or went with another, is taken for a control and the others
    are tried again; what fails of all together fails for each that is left. A trend, the season
    from two years on, and the spend that is known of the company alone are controls too. Outcome
    are the MQLs of all channels: spend may bring MQLs that come by another one. MQLs and spend are
    divided by the unit's size, its MQLs ÷ the mean unit's. Equal weeks give equal curves.
    """
    reasons: dict[str, tuple[str, ...]] = {}
    tried = []
    for channel, known, spent in zip(
        found.channels, found.known, found.spend.sum(axis=(1, 2)), strict=True
    ):
        if spent > 0:
            tried.append(channel)
        else:
            reasons[channel] = (_unknown(found, channel, known),)
    while tried:
        opened = _gate(_panel(found, tuple(tried)))
        if opened.curves is not None:
            curves = opened.curves
            return ChannelCurves(
                tuple(tried), curves.draws, curves.mode, len(found.units), found.observed, reasons
            )
        of_all = tuple(each.sentence for each in opened.failures if each.channel is None)
        failed = [each for each in tried if any(each == one.channel for one in opened.failures)]
        for channel in failed or tried:
            own = tuple(one.sentence for one in opened.failures if one.channel == channel)
            reasons[channel] = own or of_all
        tried = [each for each in tried if each not in reasons]
    nothing = np.empty((1, 0))
    none = Hill(nothing, nothing, nothing, nothing)
    return ChannelCurves((), none, none, len(found.units), found.observed, reasons)


def _unknown(found: SpendWeeks, channel: str, known: float) -> str:
    if found.kind is UnitKind.COMPANY:
        return f"Nothing was spent on {channel} in the {found.weeks} weeks."
    return (
        f"Of the spend on {channel}, {known:.0%} names a {found.kind.value} that MQLs come from; it"
        f" takes {MOSTLY_KNOWN:.0%}, in two {found.kind.value}s or more."
    )


def sizes(found: SpendWeeks) -> Floats:
    """Each unit's MQLs ÷ the mean unit's; 1 for each where none came."""
    total = found.mqls.sum(axis=1)
    return total / total.mean() if total.any() else np.ones(len(total))


def _panel(found: SpendWeeks, channels: tuple[str, ...]) -> Panel:
    """The weeks of some channels, with the others and the time as controls."""
    size = sizes(found)[:, None]
    places = [found.channels.index(each) for each in channels]
    time = (np.arange(found.weeks) + 0.5) / found.weeks
    controls = [np.broadcast_to(time, found.mqls.shape)]
    if found.weeks >= 2 * _YEAR:
        angle = 2 * np.pi * np.arange(found.weeks) / _YEAR
        controls += [
            np.broadcast_to(wave, found.mqls.shape) for wave in (np.sin(angle), np.cos(angle))
        ]
    for place, channel in enumerate(found.channels):
        if channel in channels:
            continue
        known = found.spend[place] / size
        others = known if known.any() else np.broadcast_to(found.whole[place], found.mqls.shape)
        if np.ptp(others, axis=1).any():
            controls.append(others / others.mean())
    return Panel(channels, found.mqls / size, found.spend[places] / size, np.stack(controls))


def _gate(panel: Panel) -> Gate:
    """The gate, asked once for the same panel: several metrics of a page need it."""
    numbers = (panel.outcome, panel.spend, panel.controls)
    return _opened(panel.channels, *((each.shape, each.tobytes()) for each in numbers))


Numbers = tuple[tuple[int, ...], bytes]


@lru_cache(maxsize=8)
def _opened(channels: tuple[str, ...], outcome: Numbers, spend: Numbers, controls: Numbers) -> Gate:
    panel = Panel(channels, *(_array(each) for each in (outcome, spend, controls)))
    return gate(panel, np.random.default_rng(_SEED))


def _array(numbers: Numbers) -> Floats:
    shape, held = numbers
    return np.frombuffer(held).reshape(shape)
