"""Every metric by name, found by its declaration. No metric is listed by hand.

A metric is a public function of a module in this package with the signature
`name(warehouse: Warehouse, …) -> DataFrame[Contract]`. Its other parameters say what it can be
asked: `scope` for a period, basis, unit and filters, `definitions` for the business's own terms.
A function `name_by` with the parameter `by` as well is the metric `name` sliced by a dimension.
Parameters with a default are the caller's own; the command line offers those in CHOICES. A function
that needs anything else is no metric: it serves a page. Importing this module imports no metric;
asking for the catalogue imports all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from inspect import Parameter, isfunction, signature
from pkgutil import walk_packages
from typing import get_args, get_origin, get_type_hints

import polars as pl

import metrics
from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.scope import Scope

OFFERED = {"scope", "definitions"}
"""What a metric may ask for. Its sliced sibling asks for `by` as well."""

CHOICES = ("by", "model")
"""What a metric may leave to choose: the segments of its rows, and the model of credit."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's function, the contract of its rows, and its sliced sibling if it has one."""

    function: Callable[..., pl.DataFrame]
    contract: type[pa.DataFrameModel]
    sliced: Callable[..., pl.DataFrame] | None = None

    @property
    def name(self) -> str:
        """The metric's name, which is its function's."""
        return self.function.__name__

    @property
    def question(self) -> str:
        """The question it answers: the first line of its documentation."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def family(self) -> str:
        """The room it is in, such as funnel or health; empty for what every family shares."""
        return ".".join(self.function.__module__.split(".")[1:-1])

    @property
    def is_scoped(self) -> bool:
        """Whether it is about a scope. The others are about all that is loaded."""
        return "scope" in _needed(self.function)

    @property
    def choices(self) -> tuple[str, ...]:
        """What it leaves to choose, with a default.

        >>> find_metric("channel_returns").choices
        ('by', 'model')
        """
        return tuple(name for name in CHOICES if name in signature(self.function).parameters)

    @property
    def segments(self) -> tuple[StrEnum, ...]:
        """What it can be sliced by: the members of the types that its parameter `by` may have.

        >>> [each.value for each in find_metric("follow_up_states").segments][-2:]
        ['responsible', 'team']
        """
        function = self.function if "by" in self.choices else self.sliced
        if function is None:
            return ()
        hint = get_type_hints(function)["by"]
        kinds = [each for each in get_args(hint) or (hint,) if each is not type(None)]
        return tuple(member for kind in kinds for member in kind)

    @property
    def options(self) -> str:
        """The options of the command line that change it, in words.

        >>> find_metric("stage_conversion").options
        'scope, --by'
        """
        chosen = [f"--{name}" for name in self.choices]
        return ", ".join(["scope"] * self.is_scoped + ["--by"] * (self.sliced is not None) + chosen)

    def measure(
        self,
        warehouse: Warehouse,
        scope: Scope | None = None,
        by: StrEnum | None = None,
        definitions: Definitions | None = None,
        model: str | None = None,
    ) -> pl.DataFrame:
        """The metric's frame, sliced with `by`. What the metric does not ask for is not passed on.

        Raises MetricError when it cannot be sliced or has no model, and what the metric raises.
        """
        chosen = {"by": by, "model": model}
        own = {name: chosen[name] for name in self.choices if chosen[name] is not None}
        function = self.function if by is None or "by" in own else self.sliced
        if function is None:
            raise MetricError(f"{self.name} cannot be sliced: it has no {self.name}_by")
        if model is not None and "model" not in own:
            raise MetricError(f"{self.name} has no model of credit: leave out --model")
        offered = {"scope": scope, "by": by, "definitions": definitions}
        return function(warehouse, **{name: offered[name] for name in _needed(function)}, **own)


@cache
def catalogue() -> Mapping[str, Metric]:
    """Every metric by name: those that every family shares, then family by family.

    They are looked for once: as long as a process runs, they are the same. Raises MetricError when
    two metrics have one name.

    >>> list(catalogue())[:3]
    ['headline', 'account_roll_up', 'account_group_members']
    """
    declared: dict[str, Metric] = {}
    for function, contract in declarations():
        metric = Metric(function, contract)
        if other := declared.get(metric.name):
            places = f"{other.function.__module__} and {function.__module__}"
            raise MetricError(f"two metrics are called {metric.name}, in {places}")
        declared[metric.name] = metric
    slices = {
        name.removesuffix("_by"): each.function
        for name, each in declared.items()
        if name.endswith("_by") and _needed(each.function) - OFFERED == {"by"}
    }
    found = [
        replace(each, sliced=slices.get(name))
        for name, each in declared.items()
        if _needed(each.function) <= OFFERED
    ]
    return {metric.name: metric for metric in sorted(found, key=lambda metric: metric.family)}


def find_metric(name: str) -> Metric:
    """The metric of that name; MetricError lists the names there are.

    >>> find_metric("headline").question
    'What did the period bring in, what was won, what did it cost and how much did we source?'
    """
    known = catalogue()
    if name not in known:
        raise MetricError(f"there is no metric {name!r}; there are {', '.join(known)}")
    return known[name]


def declarations() -> Iterator[tuple[Callable[..., pl.DataFrame], type[pa.DataFrameModel]]]:
    """Every public function from a warehouse to a frame with a contract, and that contract.

    Module by module in order of names, within one as they are written. Some are no metrics.
    """
    for each in walk_packages(metrics.__path__, f"{metrics.__name__}."):
        if each.name.endswith(".__main__"):
            continue
        module = import_module(each.name)
        for name, value in vars(module).items():
            if name.startswith("_") or not isfunction(value) or value.__module__ != each.name:
                continue
            types = get_type_hints(value)
            first = next(iter(signature(value).parameters), None)
            answer = types.get("return")
            if types.get(first or "") is Warehouse and get_origin(answer) is DataFrame:
                (contract,) = get_args(answer)
                yield value, contract


def _needed(function: Callable[..., pl.DataFrame]) -> set[str]:
    """The names of the parameters after the warehouse that have no default."""
    _, *others = signature(function).parameters.values()
    return {each.name for each in others if each.default is Parameter.empty}
