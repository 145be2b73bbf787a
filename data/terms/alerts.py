"""Alerts: rules over metrics that are checked after each load, quiet hours, and the address."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms, Words, each_once
from data.terms.follow_up import TimeOfDay

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]
"""One line: it is the subject of a mail."""


class AlertKind(StrEnum):
    """What a rule looks at.

    A figure that is above or below a bound; a count or share that changed more than chance makes of
    it; a kept plan that is missed; MQLs without a response past the deadline; a kind of file of
    which no new export has come.
    """

    THRESHOLD = "threshold"
    CHANGE = "change"
    PLAN_MISSED = "plan_missed"
    OVERDUE_FOLLOW_UP = "overdue_follow_up"
    STALE_SOURCE = "stale_source"


_SCOPE = ("where", "days")

_FIGURE = ("metric", "column", "row", "by", "basis", "unit", *_SCOPE)

TAKES: dict[AlertKind, tuple[str, ...]] = {
    AlertKind.THRESHOLD: (*_FIGURE, "above", "below"),
    AlertKind.CHANGE: (*_FIGURE, "of", "direction", "compare"),
    AlertKind.PLAN_MISSED: ("plan",),
    AlertKind.OVERDUE_FOLLOW_UP: (*_SCOPE, "above"),
    AlertKind.STALE_SOURCE: ("source", "above"),
}
"""The keys that a rule of each kind may have, beside its name and kind."""

_NEEDS = {AlertKind.THRESHOLD: ("metric", "column"), AlertKind.CHANGE: ("metric", "column")}


class AlertRule(Terms):
    """One rule; which keys it takes depends on its `kind` (`TAKES`).

    `metric` and `column` name the figure, `row` the values of other columns that single out one row
    of the metric, `by` the dimension of its rows. `where` keeps segments, and `days` are the last
    days of the data that it is about. It holds `above` a bound, `below` one, or outside of two. A
    change compares a count, or a share `of` another column, with the days before or a year earlier,
    and may be of one `direction`. `above` are MQLs overdue, or days since a source's newest export.
    """

    name: Name
    kind: AlertKind
    metric: Annotated[str, Field(min_length=1)] | None = None
    column: Annotated[str, Field(min_length=1)] | None = None
    row: dict[str, str | int] = Field(default_factory=dict)
    by: str | None = None
    of: Annotated[str, Field(min_length=1)] | None = None
    above: float | None = None
    below: float | None = None
    direction: Literal["up", "down"] | None = None
    compare: Literal["previous", "last_year"] = "previous"
    where: dict[str, Words] = Field(default_factory=dict)
    days: PositiveInt = 28
    basis: Literal["flow", "cohort"] = "flow"
    unit: Literal["lead", "account", "deal"] = "lead"
    plan: Annotated[str, Field(min_length=1)] | None = None
    source: Words | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_kind(self) -> Self:
        allowed = ("name", "kind", *TAKES[self.kind])
        for key in sorted(self.model_fields_set):
            if key not in allowed:
                raise ValueError(
                    f"the alert {self.name!r} has the key {key}, which one of the kind"
                    f" {self.kind.value} does not take: take it out. It takes"
                    f" {', '.join(TAKES[self.kind])}"
                )
        for key in _NEEDS.get(self.kind, ()):
            if getattr(self, key) is None:
                raise ValueError(
                    f"the alert {self.name!r} is of the kind {self.kind.value} and has no {key}:"
                    f' add {key} = "…", as `python -m metrics` lists them'
                )
        return self

    @model_validator(mode="after")
    def _has_bounds_that_can_be_crossed(self) -> Self:
        if self.kind is AlertKind.THRESHOLD and self.above is None and self.below is None:
            raise ValueError(f"the alert {self.name!r} has no bound: add above = … or below = …")
        if self.above is not None and self.below is not None and self.below > self.above:
            raise ValueError(
                f"the alert {self.name!r} would always hold: below is {self.below:g}, more than"
                f" above, which is {self.above:g}. With both it holds outside of them"
            )
        if self.above is not None and self.above < 0 and self.kind is not AlertKind.THRESHOLD:
            raise ValueError(f"the alert {self.name!r} has above = {self.above:g}: use 0 or more")
        return self

    @property
    def in_words(self) -> str:
        """What it asks, with every key that is set.

        >>> few = {"name": "Few", "kind": "threshold", "metric": "headline", "column": "mql"}
        >>> AlertRule.model_validate(few | {"below": 0}).in_words
        'threshold; metric headline; column mql; below 0'
        """
        given = self.model_dump(exclude={"name", "kind"}, include=self.model_fields_set)
        return "; ".join((self.kind.value, *(f"{key} {_said(given[key])}" for key in given)))


def _said(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_said(each)}" for key, each in value.items())
        case tuple():
            return " or ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _an_address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(each.isspace() for each in text):
        raise ValueError("must be where the cockpit is, such as https://backcast.example.com")
    return text


class AlertTerms(Terms):
    """The rules, the quiet hours, and the address of the cockpit that messages link to.

    From `quiet_from` to `quiet_until`, in the reporting time zone, nothing is sent; what came up
    then is sent afterwards. They may go over midnight.
    """

    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None
    address: Annotated[str, AfterValidator(_an_address)] | None = None
    rule: tuple[AlertRule, ...] = ()

    @model_validator(mode="after")
    def _quiet_hours_begin_and_end(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a quiet_from and a quiet_until: give both or none")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError(
                f"quiet hours from {self.quiet_from:%H:%M} to {self.quiet_until:%H:%M} are none or"
                " the whole day: take both out, or give another end"
            )
        return self

    @model_validator(mode="after")
    def _each_name_is_one_rule(self) -> Self:
        each_once(tuple(rule.name for rule in self.rule))
        return self
