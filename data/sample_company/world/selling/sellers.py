"""Who works on leads: inside sales, who fare well in some industries, partners and the owners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample_company.world.planted import Numbers
from data.sample_company.world.words import INDUSTRIES, OWNERS

DIRECT, INSIDE, PARTNER, SELF_SERVICE = range(4)

ROUTES = ("Direct", "Inside sales", "Partner", "Self-service")


@dataclass(frozen=True)
class Seller:
    """Somebody of inside sales: their share of its leads, how slow, and where strong and weak.

    `slowness` is by how much longer they take to answer than inside sales does.
    """

    name: str
    share: float
    slowness: float
    strong_in: tuple[str, ...]
    weak_in: tuple[str, ...]


_DISCRETE = ("Automotive", "Electronics", "Industrial Machinery", "Logistics", "Software")

_PROCESS = ("Chemicals", "Energy", "Food & Beverage", "Metals & Mining", "Pharmaceuticals")

SELLERS = (
    Seller("Nina Brandt", 0.38, 0.8, _DISCRETE, _PROCESS),
    Seller("Marco Silva", 0.36, 1.0, _PROCESS, _DISCRETE),
    Seller("Jonas Petersen", 0.26, 1.9, (), ()),
)

STRONG, WEAK = 2.4, 0.25
"""How much more often, or less, leads become opportunities there than those of others do."""

PARTNERS = ("Novatec Integration", "Helios Systems", "广州科联集成")

NAMES = (*(each.name for each in SELLERS), *PARTNERS, *(name for by in OWNERS for name in by))
"""Everybody to whom leads are given, by number: inside sales, partners, owners of accounts."""

FIRST_PARTNER = len(SELLERS)

FIRST_OWNER = FIRST_PARTNER + len(PARTNERS)

CARELESS, CARELESS_TIMES = "Jonas Petersen", 4.0
"""Among whose leads bad contacts are so much more frequent."""

QUEUE, AUTOMATION = "Lead Queue", "Marketing Automation"
"""Owners of leads that nobody was given, and of those that are served without anybody."""


def skill() -> Numbers:
    """How often leads of each industry become opportunities with each seller of inside sales.

    Industries × sellers, as a multiple: those of an industry, weighted by the sellers' shares,
    make 1.

    >>> [round(float(each), 2) for each in skill()[INDUSTRIES.index("Automotive")]]
    [1.9, 0.2, 0.79]
    """
    times = np.ones((len(INDUSTRIES), len(SELLERS)))
    for number, each in enumerate(SELLERS):
        for names, size in ((each.strong_in, STRONG), (each.weak_in, WEAK)):
            times[[INDUSTRIES.index(name) for name in names], number] = size
    shares = np.array([each.share for each in SELLERS])
    weighted: Numbers = times / (times * shares).sum(axis=1, keepdims=True)
    return weighted
