"""What a touch is, and the channel that it came by."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms, Words, each_once


class TouchTerms(Terms):
    """Which actions can earn credit, which of them are of high value, and whose work they are.

    `outbound` are those by which a person was contacted, whether or not they can earn credit.
    `ignored` are known and mean nothing, such as what a page does by itself.
    People with a mailbox at one of `own_domains`, or of a company with one, are our own. More than
    `most_a_day` touches of one visitor or person on one day are those of a machine.
    """

    actions: Words
    high_value: tuple[str, ...]
    outbound: Annotated[Words, AfterValidator(each_once)]
    ignored: tuple[str, ...] = ()
    sales_channels: tuple[str, ...]
    own_domains: tuple[Annotated[str, Field(pattern=r"^[^\s@/]+\.[^\s@/]+$")], ...] = ()
    most_a_day: PositiveInt = 200

    @model_validator(mode="after")
    def _what_was_done_to_a_person_is_not_of_high_value(self) -> Self:
        if both := sorted(set(self.outbound) & set(self.high_value)):
            raise ValueError(
                f"{', '.join(both)} is in outbound and in high_value: what was done to a person "
                "is not what the person did"
            )
        return self

    @model_validator(mode="after")
    def _what_means_nothing_is_no_touch(self) -> Self:
        counted = {*self.actions, *self.outbound}
        if both := sorted(counted.intersection(self.ignored)):
            raise ValueError(
                f"{', '.join(both)} is in ignored and also in actions or outbound: what counts is "
                "not ignored"
            )
        return self


class ChannelRule(Terms):
    """A channel and the visits that belong to it: every list given must hold the visit's value.

    A recorded channel is read as a source without a medium, by the rules that ask for none.
    """

    name: Annotated[str, Field(min_length=1)]
    source: Words | None = None
    medium: Words | None = None
