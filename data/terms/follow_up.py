"""How soon sales must respond to a qualified lead, when they work, and what their reasons mean."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.public_holidays import checked_holidays
from data.terms.base import Terms, Words, each_once
from data.toml import TimeZone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

COMPANY = "Company"
"""The calendar of leads of which neither country nor region is recorded, or of all."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

Week = Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7), AfterValidator(each_once)]

Holidays = Annotated[str, AfterValidator(checked_holidays)]

Answer = Literal["accepted", "rejected", "action", "stage", "exit"]

MONDAY_TO_FRIDAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")


def _in_order(opens: time, closes: time) -> None:
    if opens >= closes:
        raise ValueError(
            f"work begins at {opens:%H:%M} and ends at {closes:%H:%M}: it must be later"
        )


def _whole_seconds(moment: time) -> time:
    if moment.microsecond or moment.tzinfo:
        raise ValueError("must be a time of day such as 09:00:00")
    return moment


TimeOfDay = Annotated[time, AfterValidator(_whole_seconds)]


class WorkCalendar(Terms):
    """When sales work on leads of some countries or regions.

    `of` are values of a lead's country or region, whatever their case; by default the `name`.
    `holidays` names a country (`DE`) or a part of one (`DE-BY`) whose public holidays are free.
    What else is left out is as for the company.
    """

    name: Annotated[str, Field(min_length=1)]
    of: Words | None = None
    holidays: Holidays | None = None
    time_zone: TimeZone | None = None
    week: Week | None = None
    opens: TimeOfDay | None = None
    closes: TimeOfDay | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The countries and regions in lower case.

        >>> WorkCalendar(name="China", of=["China", "APAC "]).places
        ('china', 'apac')
        """
        return tuple(each.strip().lower() for each in self.of or (self.name,))


class FeedbackReason(Terms):
    """A reason that sales give, the words it is written with, and what follows from it.

    `kind` groups reasons. A lead comes back `after_days`; without, it does not.
    """

    name: Annotated[str, Field(min_length=1)]
    spellings: tuple[str, ...] = ()
    kind: Annotated[str, Field(min_length=1)]
    next_action: Annotated[str, Field(min_length=1)] | None = None
    after_days: PositiveInt | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """All its spellings, and its name, in lower case without spaces around, each once.

        >>> FeedbackReason(name="Later", spellings=["later ", "以后再说"], kind="timing").words
        ('later', '以后再说')
        """
        spelt = (self.name, *self.spellings)
        return tuple(dict.fromkeys(each.strip().lower() for each in spelt))


class SalesTeam(Terms):
    """A team of sales, and the people who belong to it as files name them, whatever the case."""

    name: Annotated[str, Field(min_length=1)]
    owners: Words

    @property
    def people(self) -> tuple[str, ...]:
        """The people in lower case.

        >>> SalesTeam(name="North", owners=["Ana ", "李雷"]).people
        ('ana', '李雷')
        """
        return tuple(each.strip().lower() for each in self.owners)


class FollowUpTerms(Terms):
    """What is asked of sales once a lead is an MQL.

    A response is due within `deadline_days` working days. Working time is from `opens` to `closes`
    on the days of the `week`, without the public `holidays`, in the reporting time zone; a
    `calendar` says otherwise for some countries or regions. An action of `responses` with the
    lead's person is a response, and so is each of `answers`: that sales accepted or rejected the
    lead, did a next action, moved it to a later stage, or ended it. A `team` says who works
    together; nobody is in two.
    """

    deadline_days: PositiveInt = 5
    week: Week = MONDAY_TO_FRIDAY
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)
    holidays: Holidays | None = None
    responses: Annotated[tuple[str, ...], AfterValidator(each_once)] = ()
    answers: Annotated[tuple[Answer, ...], AfterValidator(each_once)] = (
        "accepted",
        "rejected",
        "action",
        "stage",
        "exit",
    )
    calendar: tuple[WorkCalendar, ...] = ()
    reason: tuple[FeedbackReason, ...] = ()
    team: tuple[SalesTeam, ...] = ()

    @model_validator(mode="after")
    def _work_ends_after_it_begins(self) -> Self:
        _in_order(self.opens, self.closes)
        for each in self.calendar:
            _in_order(each.opens or self.opens, each.closes or self.closes)
        return self

    @model_validator(mode="after")
    def _a_word_means_one_thing(self) -> Self:
        each_once((COMPANY, *(each.name for each in self.calendar)))
        each_once(tuple(place for each in self.calendar for place in each.places))
        words = [word for each in self.reason for word in each.words]
        if twice := sorted({word for word in words if words.count(word) > 1}):
            raise ValueError(f"{', '.join(twice)} is a spelling of two reasons: it must be of one")
        return self

    @model_validator(mode="after")
    def _nobody_is_in_two_teams(self) -> Self:
        each_once(tuple(each.name for each in self.team))
        people = [who for each in self.team for who in dict.fromkeys(each.people)]
        if twice := sorted({who for who in people if people.count(who) > 1}):
            raise ValueError(f"{', '.join(twice)} is in two teams: everybody must be in one")
        return self
