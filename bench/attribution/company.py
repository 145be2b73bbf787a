"""Made-up companies whose journeys a planted chain draws, held in a warehouse in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.attribution.chain import NOTHING, Chain, Numbers
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.tables import TABLES
from data.sql import Query

BEGIN = date(2023, 1, 1)


@dataclass(frozen=True)
class Shape:
    """How much there is of a company, and how long it is seen."""

    journeys: int
    begin_within: int
    """Days over which journeys begin, evenly."""
    seen: int
    """Days after the first beginning on which the data ends."""
    amount_sigma: float = 0.8
    people: int = 3
    """The most people of an account; each touch is of one of them."""
    buys_again: float = 0.2
    """Of accounts that won, how many begin another journey after it."""

    @property
    def last(self) -> date:
        """The last day of the data."""
        return BEGIN + timedelta(days=self.seen)


class Held(Warehouse):
    """A warehouse in memory, made of frames."""

    generation = "planted"

    def __init__(self, definitions: Definitions) -> None:
        self._draft = Draft.open(Path(":memory:"), threads=1)
        self._definitions = definitions

    def hold(self, frames: dict[str, pl.DataFrame], last: date) -> Held:
        """Replace everything by the rows of these tables, and derive the others."""
        for name in TABLES:
            self._draft.execute(f'DELETE FROM "{name}"')
        at = datetime(last.year, last.month, last.day, 23)
        counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
        texts = {"load_id": "load-1", "file_name": "leads.csv", "sha256": "0" * 64}
        moments = {"as_of": at, "started_at": at, "finished_at": at}
        load = pl.DataFrame([texts | counts | moments | {"mapping": "planted"}])
        for name, rows in (frames | {"load": load}).items():
            self._put(name, rows.with_columns(load_id=pl.lit("load-1")))
        rebuild(self._draft, self._definitions)
        return self

    def query(self, query: Query) -> pl.DataFrame:
        """The rows of the query's last step."""
        return self._draft.query(query.render(), query.values)

    def _put(self, table: str, rows: pl.DataFrame) -> None:
        types = columns(TABLES[table])
        filled = rows.select(
            pl.col(name).cast(kind) if name in rows.columns else pl.lit(None, kind).alias(name)
            for name, kind in types.items()
        )
        self._draft.attach("incoming", filled)
        self._draft.execute(f'INSERT INTO "{table}" SELECT * FROM incoming')
        self._draft.detach("incoming")


def company(chain: Chain, shape: Shape, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """The tables of a company: its accounts, people, touches and won deals, up to the last day.

    A journey takes its steps with exponential waits, of a day at least, so that no two of its
    touches fall on one day. What comes after the last day is not there: the journey is open.
    """
    begun = rng.integers(0, shape.begin_within, shape.journeys)
    first = _Journeys.walked(chain, np.arange(shape.journeys), begun, rng)
    again = np.flatnonzero(first.converts & (rng.random(shape.journeys) < shape.buys_again))
    pause = 1 + np.ceil(rng.exponential(60.0, len(again)))
    second = _Journeys.walked(chain, first.account[again], first.ended[again] + pause, rng)
    people = rng.integers(1, shape.people + 1, shape.journeys)
    touches = pl.concat([each.touches(people, rng) for each in (first, second)])
    wins = pl.concat([first.wins(), second.wins()]).filter(pl.col("day") <= shape.seen)
    return _tables(touches.filter(pl.col("day") <= shape.seen), wins, shape, rng)


@dataclass(frozen=True, eq=False)
class _Journeys:
    """Journeys of accounts: their paths and the days of their touches, [journeys, steps]."""

    account: Numbers
    paths: Numbers
    days: Numbers
    converts: NDArray[np.bool_]
    ended: Numbers

    @classmethod
    def walked(
        cls, chain: Chain, account: Numbers, begun: Numbers, rng: np.random.Generator
    ) -> _Journeys:
        """Journeys of these accounts, begun on these days."""
        paths, converts = chain.walked(len(account), rng)
        waits = np.ceil(rng.exponential(chain.days[paths])).clip(1) * (paths != NOTHING)
        until = begun[:, None] + np.cumsum(waits, axis=1)
        days = (until - waits).astype(np.int64)
        return cls(account, paths, days, converts, until[:, -1].astype(np.int64))

    def touches(self, people: Numbers, rng: np.random.Generator) -> pl.DataFrame:
        """One row per touch, each of one of the account's people."""
        journey, place = np.nonzero(self.paths != NOTHING)
        account = self.account[journey]
        whom = (rng.random(len(journey)) * people[account]).astype(np.int64)
        return pl.DataFrame(
            {
                "account": account,
                "person": whom,
                "channel": self.paths[journey, place],
                "day": self.days[journey, place],
            }
        )

    def wins(self) -> pl.DataFrame:
        """One row per journey that ever converts."""
        return pl.DataFrame(
            {"account": self.account[self.converts], "day": self.ended[self.converts]}
        )


def _tables(
    touches: pl.DataFrame, wins: pl.DataFrame, shape: Shape, rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    account = pl.format("A{}", "account")
    person = pl.format("P{}-{}", "account", "person")
    moment = pl.lit(datetime(BEGIN.year, BEGIN.month, BEGIN.day, 9)) + pl.duration(days="day")
    amounts = np.exp(rng.normal(9.0, shape.amount_sigma, len(wins))).round(2)
    numbered = touches.with_row_index("number")
    return {
        "account": touches.select(account_id=account).unique(maintain_order=True),
        "person": touches.select(person_id=person, account_id=account).unique(maintain_order=True),
        "interaction": numbered.select(
            interaction_id=pl.format("I{}", "number"),
            occurred_at=moment,
            person_id=person,
            action=pl.lit("form_submit"),
            channel=pl.format("Channel {}", "channel"),
        ),
        "opportunity": wins.with_row_index("number").select(
            opportunity_id=pl.format("O{}", "number"),
            account_id=account,
            created_at=moment,
            closed_at=moment,
            outcome=pl.lit("won"),
            original_amount=pl.Series(amounts),
            currency=pl.lit("USD"),
        ),
    }
