"""Lists of people and accounts by their activity, each with the reason why they are on it.

Whom a question is about, and how a source system finds its own records, is as for reach.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import binom

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.activity.days import active_day_steps
from metrics.estimators.comparing.multiplicity import benjamini_hochberg
from metrics.reach.keyed import reference_steps, with_records
from metrics.scope import Scope

Floats = NDArray[np.float64]

STATES = ("surging", "going quiet", "newly active", "reactivated", "as usual")
"""What a subject may be; the first that holds, but newly active and reactivated before surging."""

FALSE_CLAIMS = 0.05
"""Of those called surging, and of those called quiet, so many are called so by chance."""


class ActivityListed(pa.DataFrameModel):
    """One row per person and per account that did something lately or is going quiet, by state.

    `recent` and `usual` are days with an action in the last days and in those before, of an account
    person-days. `last_on` is the day of the last action. `reason` says in words why it is listed.
    `chance` is the probability of so much, or so little, if nothing had changed, corrected for all
    that were looked at; null where the state needs none. `records` are a person's references,
    `system:record`, with a blank between, an account's own id: nothing is in clear.
    """

    kind: str = pa.Field(isin=("person", "account"))
    subject_id: str
    records: str = pa.Field(nullable=True)
    account: str = pa.Field(nullable=True)
    state: str = pa.Field(isin=STATES)
    reason: str
    recent: int = pa.Field(ge=0)
    usual: int = pa.Field(ge=0)
    first_on: pl.Date
    last_on: pl.Date
    chance: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per subject."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["kind", "subject_id"]


def activity_lists(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ActivityListed]:
    """Who has become active, has come back, does more than usual, or is going quiet, and why?

    On the last day of the period that is observed; windows are those of the definitions. Newly
    active: the first action ever is recent. Reactivated: the action before the first recent one
    lies further back than what makes dormant. Surging: more active days in the recent window than
    the usual ones let expect, by the exact conditional test of two Poisson counts. Going quiet:
    silent for longer than the recent window and not yet dormant, longer than the habit up to the
    last action lets expect. Days that are not independent of each other, as of a visit to a fair,
    make surges likelier than the test says. Who did nothing recently and is not going quiet is not
    listed.

    Source: Przyborowski and Wilenski (1940) for the test; Benjamini and Hochberg (1995).
    """
    steps = (*active_day_steps(scope, definitions), *_subject_steps(definitions))
    found = warehouse.query(Query(*steps))
    references = warehouse.query(Query(*steps, *reference_steps("person_activity")))
    judged = pl.concat(
        _judged(found.filter(pl.col("kind") == kind), definitions) for kind in ("person", "account")
    )
    people = with_records(judged.rename({"subject_id": "person_id"}), references)
    is_account = pl.col("kind") == "account"
    rows = (
        people.rename({"person_id": "subject_id"})
        .with_columns(records=pl.when(is_account).then("subject_id").otherwise("records"))
        .filter(pl.col("state").is_not_null())
        .sort(
            pl.col("state").cast(pl.Enum(STATES)),
            is_account.not_(),
            "recent",
            "usual",
            "subject_id",
            descending=[False, False, True, True, False],
        )
    )
    return ActivityListed.validate(rows.select(list(ActivityListed.to_schema().columns)), lazy=True)


def _subject_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `subject_activity`: one row per person and account who ever did something."""
    recent = definitions.activity.recent_days
    both = recent + definitions.activity.usual_days
    age = "date_diff('day', active_days.active_on, bounds.end_on)"
    counts = f"""
        min(active_days.active_on) AS first_on, max(active_days.active_on) AS last_on,
        count(CASE WHEN {age} < {recent} THEN 1 END) AS recent,
        count(CASE WHEN {age} >= {recent} AND {age} < {both} THEN 1 END) AS usual,
        min(CASE WHEN {age} < {recent} THEN active_days.active_on END) AS back_on,
        max(CASE WHEN {age} >= {recent} THEN active_days.active_on END) AS before_on,
        bounds.end_on
    """
    usual = definitions.activity.usual_days
    parts = []
    for kind in ("person", "account"):
        parts += [
            Step(
                f"{kind}_activity",
                f"""
                SELECT active_days.{kind}_id, max(active_days.account_id) AS account_of, {counts}
                FROM active_days
                CROSS JOIN bounds
                WHERE active_days.{kind}_id IS NOT NULL
                GROUP BY active_days.{kind}_id, bounds.end_on
                """,
            ),
            Step(
                f"{kind}_habits",
                f"""
                SELECT active_days.{kind}_id, count(*) AS habit
                FROM active_days
                JOIN {kind}_activity ON {kind}_activity.{kind}_id = active_days.{kind}_id
                WHERE date_diff('day', active_days.active_on, {kind}_activity.last_on) < {usual}
                GROUP BY active_days.{kind}_id
                """,
            ),
        ]
    selects = "\nUNION ALL\n".join(
        f"""
        SELECT '{kind}' AS kind, {kind}_activity.{kind}_id AS subject_id, account.name AS account,
            first_on, last_on, recent, usual, back_on, before_on, end_on, {kind}_habits.habit
        FROM {kind}_activity
        JOIN {kind}_habits ON {kind}_habits.{kind}_id = {kind}_activity.{kind}_id
        LEFT JOIN account ON account.account_id = {kind}_activity.account_of
        """
        for kind in ("person", "account")
    )
    return (*parts, Step("subject_activity", selects))


def _judged(subjects: pl.DataFrame, definitions: Definitions) -> pl.DataFrame:
    """The subjects of one kind with state, reason and chance; no state where nothing is to say."""
    terms, dormant = definitions.activity, definitions.content.dormant_days
    window = pl.col("end_on") - pl.duration(days=terms.recent_days)
    exposure = (window - pl.col("first_on")).dt.total_days() + 1
    rows = subjects.with_columns(
        silent=(pl.col("end_on") - pl.col("last_on")).dt.total_days(),
        asleep=(pl.col("back_on") - pl.col("before_on")).dt.total_days(),
        exposure=exposure.clip(0, terms.usual_days),
        habit_days=((pl.col("last_on") - pl.col("first_on")).dt.total_days() + 1).clip(
            1, terms.usual_days
        ),
    )
    is_new = pl.col("before_on").is_null()
    is_back = pl.col("recent").gt(0) & (pl.col("asleep") >= dormant)
    fewest = terms.fewest_actions
    asked_surge = ~is_new & ~is_back & (pl.col("recent") >= fewest) & (pl.col("usual") > 0)
    asked_quiet = (
        (pl.col("silent") >= terms.recent_days)
        & (pl.col("silent") < dormant)
        & (pl.col("habit") >= fewest)
    )
    rows = rows.with_columns(
        surge=_surge_chances(rows, rows.select(asked_surge).to_series(), terms.recent_days),
        quiet=_quiet_chances(rows, rows.select(asked_quiet).to_series()),
    )
    state = (
        pl.when((pl.col("recent") > 0) & is_new)
        .then(pl.lit("newly active"))
        .when(is_back)
        .then(pl.lit("reactivated"))
        .when(pl.col("surge") <= FALSE_CLAIMS)
        .then(pl.lit("surging"))
        .when(pl.col("recent") > 0)
        .then(pl.lit("as usual"))
        .when(pl.col("quiet") <= FALSE_CLAIMS)
        .then(pl.lit("going quiet"))
    )
    return rows.with_columns(state=state).with_columns(
        reason=_reason(definitions),
        chance=pl.when(pl.col("state") == "surging")
        .then("surge")
        .when(pl.col("state") == "going quiet")
        .then("quiet"),
    )


def _surge_chances(rows: pl.DataFrame, asked: pl.Series, recent_days: int) -> pl.Series:
    """P(so many or more of all days fall into the recent window), corrected; null if not asked."""
    recent, usual = rows["recent"].to_numpy(), rows["usual"].to_numpy()
    share = recent_days / (recent_days + rows["exposure"].to_numpy())
    return _corrected(binom.sf(recent - 1, recent + usual, share), asked)


def _quiet_chances(rows: pl.DataFrame, asked: pl.Series) -> pl.Series:
    """P(none of the next days as many as were silent has an action), corrected."""
    habit, days = rows["habit"].to_numpy(), rows["habit_days"].to_numpy()
    return _corrected((days / (days + rows["silent"].to_numpy())) ** habit, asked)


def _corrected(chances: Floats, asked: pl.Series) -> pl.Series:
    given = np.where(asked.to_numpy(), np.asarray(chances, np.float64), np.nan)
    return pl.Series(benjamini_hochberg(given), dtype=pl.Float64).fill_nan(None)


def _reason(definitions: Definitions) -> pl.Expr:
    """Why a subject is in its state, with the numbers."""
    window = pl.lit(str(definitions.activity.recent_days))
    recently = pl.format("{} in the last {}", _counted("recent", "active day"), window)
    before = pl.format("{}, after {} in the {} before", recently, "usual", "exposure")
    reasons = {
        "newly active": pl.format("First seen on {}; {}", "first_on", recently),
        "reactivated": pl.format(
            "Back on {} after {} of silence", "back_on", _counted("asleep", "day")
        ),
        "surging": before,
        "going quiet": pl.format(
            "Silent for {}, after {} in the {} up to then",
            _counted("silent", "day"),
            _counted("habit", "active day"),
            "habit_days",
        ),
        "as usual": before,
    }
    return pl.coalesce(
        pl.when(pl.col("state") == state).then(reason) for state, reason in reasons.items()
    )


def _counted(column: str, what: str) -> pl.Expr:
    plural = pl.when(pl.col(column) == 1).then(pl.lit(what)).otherwise(pl.lit(f"{what}s"))
    return pl.format("{} {}", column, plural)
