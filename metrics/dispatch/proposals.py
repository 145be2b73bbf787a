"""Dispatch proposals: which open leads should be given to whom, as a table for the CRM."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.dispatch.had import UNROUTED
from metrics.dispatch.learning import Past, past
from metrics.dispatch.rerouting import told
from metrics.estimators.routing.division import division
from metrics.scope import Dimension, Scope

SURE = 0.95
"""How likely it must be that a lead fares better there."""

DRAWS, SEED = 2_000, 20_263


class DispatchProposal(pa.DataFrameModel):
    """One row per open lead that should be given to another seller, the largest gain first.

    `source_system` and `source_record_id` are how its system finds it. `present_owner` has not
    answered yet; it is null where nobody was given the lead. `expected_now` and `expected_then` are
    how likely it becomes an opportunity in time, with the present owner (of an unrouted lead, the
    present mix of sellers) and with the proposed one; `gain` is the difference, `chance` how sure
    it is that there is one.
    """

    source_system: str = pa.Field(nullable=True)
    source_record_id: str
    lead_id: str = pa.Field(unique=True)
    level: str
    channel: str
    segment: str
    since_on: pl.Date
    present_owner: str = pa.Field(nullable=True)
    present_route: str
    proposed_owner: str
    proposed_route: str
    expected_now: float = pa.Field(ge=0, le=1)
    expected_then: float = pa.Field(ge=0, le=1)
    gain: float = pa.Field(ge=0, le=1)
    chance: float = pa.Field(ge=0, le=1)
    why: str

    class Config:
        """Exactly these columns, one row per lead."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


_TYPES = {name: each.dtype.type for name, each in DispatchProposal.to_schema().columns.items()}


def dispatch_proposals(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    by: Dimension = Dimension.INDUSTRY,
) -> DataFrame[DispatchProposal]:
    """Which open leads should be given to whom, and what would that bring?

    Of leads that nobody was given, and of those whose owner has not answered, on the last day
    observed, for no longer than a lead takes to become an opportunity: what lies there longer is
    another kind of lead than history tells of. None unless re-routing as a whole brings more than
    chance, and the lead fares better there with 95% certainty. With the leads of the last 30 days
    nobody gets more than in their busiest month. Of leads alike the longest waiting come first.

    Raises MetricError where no assignment is loaded.
    Source: `metrics.estimators.routing` for rates and division.
    """
    known = past(warehouse, scope, definitions, by)
    whole = told(known).row(0, named=True)
    nothing = pl.DataFrame(schema=_TYPES)
    if whole["verdict"] != "more than chance" or whole["gain"] <= 0:
        return DispatchProposal.validate(nothing)
    step = _open_step(by, known.outcome_days)
    leads = warehouse.query(Query(scope.step("dispatch"), step))
    return DispatchProposal.validate(_proposed(known, leads) if len(leads) else nothing, lazy=True)


def _proposed(known: Past, leads: pl.DataFrame) -> pl.DataFrame:
    """Who gets which lead: kinds of leads are divided, then the longest waiting of each go."""
    kinds = leads.group_by("segment", "present").len("leads").sort("segment", "present")
    segments = {name: place for place, name in enumerate(known.segment_names)}
    sellers = {name: place for place, name in enumerate(known.seller_names)}
    kinds = kinds.filter(pl.col("segment").is_in(list(segments)))
    segment = np.array([segments[each] for each in kinds["segment"]], dtype=np.int64)
    gain, chance, now = _better(known, segment, kinds["present"].to_list(), sellers)
    allowed = known.sellers.may_take & (chance >= SURE) & (gain > 0)
    moved = division(
        np.where(allowed, gain, 0), kinds["leads"].to_numpy().astype(float), known.room
    )
    rows = []
    for place, row in enumerate(kinds.iter_rows(named=True)):
        number = np.floor(moved[place] + 1e-6).astype(np.int64)
        targets = np.repeat(np.arange(len(number)), number)
        for wait, to in enumerate(targets.tolist()):
            then = min(max(now[place] + gain[place, to], 0.0), 1.0)
            owner = known.seller_names[to]
            moved_to = (owner, known.route.get(owner, ""))
            said = (float(now[place]), float(then), float(chance[place, to]))
            rows.append((row["segment"], row["present"], wait + 1, *moved_to, *said))
    names = ("segment", "present", "place", "proposed_owner", "proposed_route", "expected_now",
             "expected_then", "chance")  # fmt: skip
    types = (*[pl.String] * 2, pl.Int64, *[pl.String] * 2, *[pl.Float64] * 3)
    divided = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    waiting = leads.sort("since_on", "lead_id").with_columns(
        place=pl.col("lead_id").cum_count().over("segment", "present").cast(pl.Int64)
    )
    return _written(waiting.join(divided, on=["segment", "present", "place"]), known.outcome_days)


def _better(
    known: Past, segment: np.ndarray, present: list[str], sellers: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each kind and seller the gain and how sure it is, and what is expected now."""
    policy = known.policy
    beyond = policy.rates.beyond
    drawn = beyond.draw(DRAWS, np.random.default_rng(SEED))
    given = known.history.counted[0]
    mix = given.sum(axis=(1, 2)) / given.sum(axis=(1, 2, 3))[:, None]
    kinds = given.sum(axis=3)
    base = (policy.rates.expected * kinds).sum(axis=(1, 2)) / kinds.sum(axis=(1, 2))
    gains, chances, now = [], [], []
    for at, name in zip(segment.tolist(), present, strict=True):
        held = np.zeros(len(sellers))
        if name in sellers:
            held[sellers[name]] = 1
        else:
            held = mix[at]
        mean = beyond.expected[:, at]
        gains.append(mean - held @ mean)
        chances.append((drawn[:, :, at] > (drawn[:, :, at] @ held)[:, None]).mean(axis=0))
        now.append(min(max(base[at] + held @ mean, 0.0), 1.0))
    size = (len(segment), len(sellers))
    return np.reshape(gains, size), np.reshape(chances, size), np.array(now)


def _written(found: pl.DataFrame, days: int) -> pl.DataFrame:
    parts = pl.col("lead_id").str.splitn(":", 2).struct
    has_system = pl.col("lead_id").str.contains(":", literal=True)
    percent = [
        (100 * pl.col(name)).round(1).cast(pl.String) for name in ("expected_then", "expected_now")
    ]
    rows = found.with_columns(
        source_system=pl.when(has_system).then(parts.field("field_0")),
        source_record_id=pl.when(has_system)
        .then(parts.field("field_1"))
        .otherwise(pl.col("lead_id")),
        gain=(pl.col("expected_then") - pl.col("expected_now")).clip(0, 1),
        why=pl.format(
            "of such leads of {} {}% become an opportunity within {} days with {}, now {}%",
            "segment", percent[0], pl.lit(days), "proposed_owner", percent[1],
        ),
    )  # fmt: skip
    rows = rows.with_columns(pl.col(name).cast(kind) for name, kind in _TYPES.items())
    return rows.sort(-pl.col("gain"), "lead_id").select(list(_TYPES))


def _open_step(by: Dimension, days: int) -> Step:
    return Step(
        "open_leads",
        f"""
        SELECT lead_id, tier AS level, channel, {by.value} AS segment, since_on,
            seller AS present_owner,
            CASE WHEN place = 0 THEN '{UNROUTED}' ELSE coalesce(route, 'No route') END
                AS present_route,
            CASE WHEN place = 0 THEN '' ELSE coalesce(seller, route, 'No owner') END AS present
        FROM scoped
        WHERE date_diff('day', since_on, observed_until) BETWEEN 0 AND {days}
            AND lead_on <= observed_until
            AND (until_on IS NULL OR until_on > observed_until)
            AND (sql_on IS NULL OR sql_on > observed_until)
            AND (exit_on IS NULL OR exit_on > observed_until)
            AND (answered_on IS NULL OR answered_on > observed_until)
        """,
    )
