"""How good leads are: levels and their treatment, grades, layers of need, and the scoring model."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms, Words, each_once

Name = Annotated[str, Field(min_length=1)]

EachOnce = Annotated[tuple[str, ...], AfterValidator(each_once)]

WORD_FEATURES = (
    "seniority",
    "department",
    "persona",
    "industry",
    "size_band",
    "country",
    "region",
    "channel",
    "product",
)
"""What is known of a lead when it comes in, as words."""

COUNT_FEATURES = ("touches_before", "high_touches_before")
"""What its person had done by then, counted over `engagement_days`."""


class QualityLevel(Terms):
    """A level of leads, how they are treated, and the tiers in files that mean it.

    Where files give a lead no tier and a scoring model is in force, it is of the first level whose
    `fit_from` and `engagement_from` its points reach; a level without either takes none that way.
    """

    name: Name
    treatment: Name
    tier: tuple[str, ...] = ()
    fit_from: float | None = None
    engagement_from: float | None = None


def _level(name: str, treatment: str, *tier: str) -> QualityLevel:
    return QualityLevel(name=name, treatment=treatment, tier=(name.lower(), *tier))


FIVE_LEVELS = (
    _level("High value", "A seller calls within a day", "高价值"),
    _level("High potential", "Inside sales calls within the deadline", "高潜力"),
    _level("Nurture", "Mailings by need until it asks for more", "培育"),
    _level("Verify", "Telemarketing checks contact and need", "待核实"),
    _level("Low conversion", "Self-service, no call", "低转化"),
)


class GradeRule(Terms):
    """A, B or C by need, budget and horizon, where no file says: all that is given must hold.

    `need` and `timeline` are words of which one stands in what was said.
    """

    grade: Literal["A", "B", "C"]
    need: Words | None = None
    timeline: Words | None = None
    budget_from: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.need is None and self.timeline is None and self.budget_from is None:
            raise ValueError("asks for nothing: give need, timeline or budget_from")
        return self


class NeedLayer(Terms):
    """What somebody still has to decide, and words of which one stands in the need."""

    name: Name
    words: Words


class RelationshipWords(Terms):
    """Words in a company's relationship that say whose customer it is; the first found counts."""

    competitor: tuple[str, ...] = ("competitor", "竞品", "竞争对手")
    other_product: tuple[str, ...] = ("other product", "其他产品")
    customer: tuple[str, ...] = ("customer", "client", "客户")
    new: tuple[str, ...] = ("prospect", "lead", "opportunity", "new", "新")


class FakeTerms(Terms):
    """By what a lead is a fake: nobody stands behind it who could ever buy.

    One of `words` stands in the reason for which it was disqualified or lost, or in its status; or
    the mailbox of its person is of one of `email_states`, or at one of `email_domains`, and no
    other record of the person has a good one. A mailbox or phone that has died makes no fake.
    """

    words: EachOnce = ("fake", "spam", "bogus", "made up", "test lead", "虚假", "假线索", "测试")
    email_states: tuple[Literal["invalid", "disposable"], ...] = ("disposable",)
    email_domains: EachOnce = ("example.com", "example.org", "example.net", "test.com")


class ScoringWeight(Terms):
    """Points for one of some values, or for a count from some number on."""

    kind: Literal["fit", "engagement"]
    feature: Literal[
        "seniority",
        "department",
        "persona",
        "industry",
        "size_band",
        "country",
        "region",
        "channel",
        "product",
        "touches_before",
        "high_touches_before",
    ]
    values: Words | None = None
    at_least: PositiveInt | None = None
    points: float

    @model_validator(mode="after")
    def _fits_its_feature(self) -> Self:
        if self.feature in COUNT_FEATURES and (self.at_least is None or self.values is not None):
            raise ValueError(f"{self.feature} is a count: it takes at_least, and no values")
        if self.feature in WORD_FEATURES and (self.values is None or self.at_least is not None):
            raise ValueError(f"{self.feature} is a word: it takes values, and no at_least")
        return self


class ScoringModel(Terms):
    """Points that a lead gets for what is known when it comes in; it holds from `since` on.

    Leads that came in while a model was in force have its score in place of the one of their file.
    """

    since: date | None = None
    base: float = 0.0
    weight: Annotated[tuple[ScoringWeight, ...], Field(min_length=1)]


class QualityTerms(Terms):
    """Levels from the best to the worst, grades, layers of need, and versions of the score.

    `engagement_days` before a lead came in are counted as its engagement.
    """

    level: Annotated[tuple[QualityLevel, ...], Field(min_length=2)] = FIVE_LEVELS
    grade: tuple[GradeRule, ...] = ()
    need_layer: tuple[NeedLayer, ...] = (
        NeedLayer(name="Whether", words=("要不要", "interested", "evaluat", "no plan")),
        NeedLayer(name="Whose", words=("要哪家", "vendor", "supplier", "comparing", "选型")),
        NeedLayer(name="Which", words=("要哪种", "project", "model", "quote", "replace")),
    )
    relationship: RelationshipWords = RelationshipWords()
    engagement_days: PositiveInt = 90
    fake: FakeTerms = FakeTerms()
    scoring: tuple[ScoringModel, ...] = ()

    @model_validator(mode="after")
    def _a_tier_is_of_one_level(self) -> Self:
        each_once(tuple(level.name for level in self.level))
        tiers = [tier.strip().lower() for level in self.level for tier in level.tier]
        if twice := sorted({tier for tier in tiers if tiers.count(tier) > 1}):
            raise ValueError(f"tier {', '.join(twice)} is named twice: it means one level")
        return self

    @model_validator(mode="after")
    def _scoring_models_follow_each_other(self) -> Self:
        days = [model.since for model in self.scoring]
        for before, after in pairwise(days):
            if after is None or (before is not None and before >= after):
                raise ValueError(
                    "each scoring model after the first needs a day `since` later than that of the"
                    f" one before: found {before or 'none'}, then {after or 'none'}"
                )
        return self
