"""What counts when content is judged: who met it, who took it along, who of them is effective."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms, Words, each_once

Actions = Annotated[tuple[str, ...], AfterValidator(each_once)]


class ContentTerms(Terms):
    """Actions by what they say of an asset, and the marks it is held to.

    Who is in `read` has looked at it, who is in `downloaded` has taken it along; everybody of whom
    any action with it is known, also one that was done to them, was exposed to it. A rate of
    downloads above `good_from` is good. Assets are compared with those of the same exposure:
    `exposure_bands` are the numbers of people at which a band ends. Who did nothing for
    `dormant_days` was dormant.
    """

    read: Actions = ()
    downloaded: Actions = ()
    good_from: Annotated[float, Field(gt=0, lt=1)] = 0.2
    exposure_bands: tuple[PositiveInt, ...] = (100, 1_000, 10_000)
    dormant_days: PositiveInt = 180

    @model_validator(mode="after")
    def _an_action_says_one_thing(self) -> Self:
        if both := sorted(set(self.read) & set(self.downloaded)):
            raise ValueError(
                f"{', '.join(both)} is in read and in downloaded: who downloads is a reader already"
            )
        return self

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        if any(before >= after for before, after in pairwise(self.exposure_bands)):
            bands = ", ".join(str(each) for each in self.exposure_bands)
            raise ValueError(f"exposure_bands must rise from one to the next: they are {bands}")
        return self


class EffectiveRule(Terms):
    """Who is effective from a day on: each list that is given must hold the person's value.

    `tier` and `grade` are those of a lead of the person, of any where there are several. A rule
    holds until the next one does; the first may leave out `since`, and then holds from the start.
    """

    since: date | None = None
    tier: Words | None = None
    grade: Words | None = None
    persona: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.tier is None and self.grade is None and self.persona is None:
            raise ValueError("says nothing: give a list of tier, of grade or of persona")
        return self


def in_order(rules: tuple[EffectiveRule, ...]) -> tuple[EffectiveRule, ...]:
    """The rules, where each but the first holds since a later day; else ValueError."""
    days = [rule.since for rule in rules]
    for before, after in pairwise(days):
        if after is None or (before is not None and before >= after):
            raise ValueError(
                "each rule after the first needs a day `since` later than that of the one before:"
                f" found {before or 'none'}, then {after or 'none'}"
            )
    return rules
