"""A metric's result for a scope, computed once per generation of the data and its terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import polars as pl
import streamlit as st

from data.definitions import Definitions, in_force
from data.engine.listening import heard
from data.engine.warehouse import (
    DuckDBWarehouse,
    Warehouse,
    open_derived,
)
from data.errors import EmptyStoreError, MetricError
from data.sql import Query, Step
from data.storage.store import Store
from metrics.attribution.loaded_paths.totals import loaded_paths
from metrics.horizon import Horizon, dimension_values, horizon
from metrics.provenance.memory import AskedBefore
from metrics.scope import Dimension, Scope, Viewer

P = ParamSpec("P")

T = TypeVar("T")

Metric = Callable[Concatenate[Warehouse, Scope, P], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class _State:
    """What all numbers of a page's run are made of."""

    warehouse: DuckDBWarehouse
    terms: Definitions

    @property
    def name(self) -> str:
        return _named(self.warehouse, self.terms)


_of_this_run: ContextVar[_State | None] = ContextVar("state of this run", default=None)


def current_warehouse() -> DuckDBWarehouse:
    """The warehouse of the current generation, of the one that the page's run began with.

    Raises EmptyStoreError before the first load, and when every load was taken out again;
    NotDerivedError where another version derived its tables.
    """
    state = _of_this_run.get()
    return state.warehouse if state else _newest_warehouse()


def _newest_warehouse() -> DuckDBWarehouse:
    warehouse = open_derived(Store.from_environment())
    if not _has_loads(warehouse.generation, warehouse):
        raise EmptyStoreError("Every load was removed again. Load a file on the Load page.")
    return warehouse


def has_paths_alone() -> bool:
    """Whether paths are loaded, and nothing that has a date: then there is no period to choose."""
    if measure_all(loaded_paths).is_empty():
        return False
    try:
        loaded_horizon()
    except MetricError:
        return True
    return False


@st.cache_data(max_entries=4, ttl="1h", show_spinner=False)
def _has_loads(generation: str, _warehouse: Warehouse) -> bool:
    found = _warehouse.query(Query(Step("loads", "SELECT load_id FROM load LIMIT 1")))
    return not found.is_empty()


@contextmanager
def one_generation() -> Iterator[None]:
    """A page never mixes two states: in the block the data and the definitions stay as they were
    when it began.

    Run the page again when a load was published meanwhile, or other definitions came into force.
    """
    before = _State(_newest_warehouse(), _newest_definitions())
    token = _of_this_run.set(before)
    try:
        yield
    finally:
        _of_this_run.reset(token)
    if _State(_newest_warehouse(), _newest_definitions()).name != before.name:
        st.rerun()


def measure(metric: Metric[P], scope: Scope, *arguments: P.args, **named: P.kwargs) -> pl.DataFrame:
    """The metric's frame, which nobody changes: others read it as well.

    Raises what the metric raises; a failure is not remembered.
    Queries are remembered as well: parts of a page that read the same counts share one scan.
    """
    warehouse = remembering_warehouse()
    question = _question(metric, scope, *arguments, **named)
    return _noted(
        state_of_numbers(warehouse), question, lambda: metric(warehouse, scope, *arguments, **named)
    )


def tell_measured(metric: Metric[P], scope: Scope, *arguments: P.args, **named: P.kwargs) -> None:
    """Say that numbers rest on what was measured before, for a page that keeps what it made of it.

    The page then tells where they are from as if it had measured again.
    """
    question = _question(metric, scope, *arguments, **named)
    _asked_before.tell(f"{state_of_numbers(current_warehouse())} {question}")


def _question(metric: Metric[P], scope: Scope, *arguments: P.args, **named: P.kwargs) -> str:
    return f"{metric.__module__}.{metric.__qualname__}{arguments!r}{named!r} {scope!r}"


def measure_all(
    metric: Callable[Concatenate[Warehouse, P], pl.DataFrame], *arguments: P.args, **named: P.kwargs
) -> pl.DataFrame:
    """The frame of a metric of all that is loaded, whatever the scope.

    These are made of one another, so that their queries are remembered as well.
    """
    warehouse = remembering_warehouse()
    question = f"{metric.__module__}.{metric.__qualname__}{arguments!r}{named!r}"
    return _noted(
        state_of_numbers(warehouse), question, lambda: metric(warehouse, *arguments, **named)
    )


def remembering_warehouse() -> Warehouse:
    """The warehouse of the current generation, which remembers what it was asked."""
    return _Remembering(current_warehouse())


class _Remembering:
    """A warehouse of which the same is asked once."""

    def __init__(self, inner: Warehouse) -> None:
        self._inner = inner
        self.generation = inner.generation

    def query(self, query: Query) -> pl.DataFrame:
        """The rows, computed once per generation."""
        heard(query)
        asked = f"{query.values!r} {query.render()}"
        return _measured(self.generation, asked, lambda: self._inner.query(query))

    def query_each(
        self, shared: Sequence[Step], ends: Sequence[Sequence[Step]]
    ) -> list[pl.DataFrame]:
        """The rows of each end, all computed at once where one is not known yet."""
        answers: list[pl.DataFrame] = []

        def answer(place: int) -> pl.DataFrame:
            if not answers:
                answers.extend(self._inner.query_each(shared, ends))
            return answers[place]

        queries = [Query(*shared, *end) for end in ends]
        for query in queries:
            heard(query)
        return [
            _measured(self.generation, f"{query.values!r} {query.render()}", partial(answer, place))
            for place, query in enumerate(queries)
        ]


_asked_before = AskedBefore()


def noted(key: str, remembered: Callable[[Callable[[], T]], T], answer: Callable[[], T]) -> T:
    """What `remembered` gives for `answer`, of which the page can say where it is from.

    For what a page remembers by means of its own; `key` names the answer among all of them.
    """
    return _asked_before.of(key, remembered, answer)


def _noted(state: str, question: str, answer: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return noted(f"{state} {question}", lambda made: _measured(state, question, made), answer)


@st.cache_resource(max_entries=600, ttl="1h", show_spinner=False)
def _measured(state: str, question: str, _answer: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    # Shared, not copied for each reader: a copy of large frames costs a fifth of a page's time.
    return _answer()


def remembered(answer: Callable[[], T], *question: object) -> T:
    """What a page makes of arrays, once per state of the data and question; nobody changes it."""
    asked = f"{state_of_numbers(current_warehouse())} {question!r}"
    return noted(asked, lambda made: cast("T", _remembered(asked, made)), answer)


@st.cache_resource(max_entries=200, ttl="1h", show_spinner=False)
def _remembered(question: str, _answer: Callable[[], Any]) -> Any:
    return _answer()


def loaded_horizon() -> Horizon:
    """From when until when the loaded data speaks."""
    warehouse = current_warehouse()
    return _horizon(state_of_numbers(warehouse), warehouse)


@st.cache_data(max_entries=4, ttl="1h", show_spinner=False)
def _horizon(state: str, _warehouse: Warehouse) -> Horizon:
    return horizon(_warehouse)


def filter_values(viewer: Viewer) -> dict[Dimension, list[str]]:
    """The values of each dimension that has more than one for the viewer to choose from."""
    warehouse = current_warehouse()
    return _filter_values(warehouse.generation, repr(viewer), lambda: _values(warehouse, viewer))


@st.cache_data(max_entries=100, ttl="1h", show_spinner=False)
def _filter_values(
    generation: str, viewer: str, _answer: Callable[[], dict[Dimension, list[str]]]
) -> dict[Dimension, list[str]]:
    return _answer()


def _values(warehouse: Warehouse, viewer: Viewer) -> dict[Dimension, list[str]]:
    found = {each: dimension_values(warehouse, each, viewer) for each in Dimension}
    return {dimension: values for dimension, values in found.items() if len(values) > 1}


def definitions() -> Definitions:
    """The business's own terms in force now, or when the page's run began.

    They are read again when another file is in force, or it changes. Raises DefinitionError when
    the file is not valid.
    """
    state = _of_this_run.get()
    return state.terms if state else _newest_definitions()


def _newest_definitions() -> Definitions:
    path = in_force().path
    status = path.stat() if path.exists() else None
    return _definitions(str(path), status and (status.st_mtime_ns, status.st_size))


@st.cache_resource(max_entries=4, ttl="1h", show_spinner=False)
def _definitions(path: str, written: tuple[int, int] | None) -> Definitions:
    return Definitions.load(Path(path))


def state_of_numbers(warehouse: Warehouse) -> str:
    """Names the data and the terms that numbers are made of: under one name they are the same."""
    return _named(warehouse, definitions())


def _named(warehouse: Warehouse, terms: Definitions) -> str:
    return f"{warehouse.generation} {terms.digest}"


def derived_under() -> str | None:
    """The digest of the definitions that the tables were derived under; None where unknown."""
    warehouse = current_warehouse()
    return _derived_under(warehouse.generation, warehouse)


@st.cache_data(max_entries=4, ttl="1h", show_spinner=False)
def _derived_under(generation: str, _warehouse: Warehouse) -> str | None:
    asked = Step("derived_under", "SELECT max(definitions) AS digest FROM derived_load")
    digest: str | None = _warehouse.query(Query(asked)).item()
    return digest
