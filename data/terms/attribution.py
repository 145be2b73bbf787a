"""How credit is shared among touches, and by which names we are known."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms

Share = Annotated[float, Field(ge=0, le=100)]


def _names_of_ours(words: tuple[str, ...]) -> tuple[str, ...]:
    folded = [word.strip().casefold() for word in words]
    for word in folded:
        if len(word) < 2:
            raise ValueError(f"{word!r} is too short to be told from other words: give 2 letters")
        if folded.count(word) > 1:
            raise ValueError(f"must name each once, whatever its case, and {word!r} is there twice")
    return tuple(folded)


class CreditModel(Terms):
    """A model of the business's own: percent of a conversion's worth by the place of a touch.

    `first` and `last` of the path, the last before the `lead` was created and the `deal` was
    opened; `rest` is shared equally among the other touches, `non_direct` goes to the last touch
    that did not come directly, `decay` is shared by age, `unique` equally among the channels.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Annotated[str, Field(min_length=1)]
    first: Share = 0
    lead: Share = 0
    deal: Share = 0
    last: Share = 0
    rest: Share = 0
    non_direct: Share = 0
    decay: Share = 0
    unique: Share = 0

    @model_validator(mode="after")
    def _shares_are_all_of_it(self) -> Self:
        shares = self.model_dump(exclude={"name", "label"})
        if abs(sum(shares.values()) - 100) > 1e-9:
            raise ValueError(
                f"must share out 100 percent, and its shares add up to {sum(shares.values()):g}"
            )
        return self


class AttributionTerms(Terms):
    """How far back touches count and how fast they fade, where it is fixed; models of one's own.

    What is not fixed is read from the data: the days before a conversion that are usual in it.
    `self_reported` maps what people answer, whatever its case, to a channel. `own_brand` are the
    company's own names: spend on who searches for these mostly meets demand that is there.
    """

    lookback_days: PositiveInt | None = None
    half_life_days: Annotated[float, Field(gt=0)] | None = None
    model: tuple[CreditModel, ...] = ()
    self_reported: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    own_brand: Annotated[tuple[str, ...], AfterValidator(_names_of_ours)] = ()

    @model_validator(mode="after")
    def _models_have_names_of_their_own(self) -> Self:
        names = [model.name for model in self.model]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"must name each model once, and {name!r} is there twice")
        return self
