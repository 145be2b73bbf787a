"""One pass over a frame comes to the same as pandera's many."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import polars as pl
import pytest
from pandera.backends.polars.container import DataFrameSchemaBackend
from pandera.errors import SchemaErrors

from data.schema.frames import pa
from data.schema.one_pass import keeps


class Made(pa.DataFrameModel):
    """Something of all that contracts ask for."""

    day: pl.Date
    name: str = pa.Field(isin=["a", "b"])
    count: int = pa.Field(ge=0, unique=True)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    size: float = pa.Field(gt=0, lt=9)
    sure: bool = pa.Field(nullable=True)
    pace: float

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class Loose(Made):
    """Other columns may be there too."""

    class Config(Made.Config):
        """As the contracts of metrics by segment."""

        strict: ClassVar[bool] = False


class Keyed(Made):
    """Two columns tell rows apart."""

    class Config(Made.Config):
        """As the contracts of tables."""

        unique: ClassVar[list[str]] = ["name", "sure"]


GOOD = pl.DataFrame(
    {
        "day": [date(2026, 1, 1), date(2026, 1, 2)],
        "name": ["a", "b"],
        "count": [0, 1],
        "share": [None, 0.5],
        "size": [1.0, 8.5],
        "sure": [True, None],
        "pace": [-1.0, 1.0],
    }
)

NUMBERS: list[object] = [None, float("nan"), -0.5, 0.0, 0.5, 1.0, 8.0, 9.0, 9.5]

VALUES: dict[str, list[object]] = {
    "day": [date(2026, 1, 2), None],
    "name": ["a", "c", None],
    "count": [0, 1, 2, -1, None],
    "share": NUMBERS,
    "size": NUMBERS,
    "sure": [False, None],
    "pace": NUMBERS,
}


def pandera_keeps(frame: pl.DataFrame, model: type[pa.DataFrameModel]) -> bool:
    """What pandera's own way comes to."""
    try:
        DataFrameSchemaBackend().validate(frame, model.to_schema(), lazy=True)
    except SchemaErrors:
        return False
    return True


@pytest.mark.parametrize("name", GOOD.columns)
def test_each_value_keeps_the_contract_here_as_there(name: str) -> None:
    for value in VALUES[name]:
        changed = pl.Series(name, [value, GOOD[name][1]], GOOD.schema[name])
        frame = GOOD.with_columns(changed)
        assert keeps(frame, Made.to_schema()) == pandera_keeps(frame, Made), value


@pytest.mark.parametrize("model", [Made, Loose])
@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame,
        lambda frame: frame.clear(),
        lambda frame: frame.drop("sure"),
        lambda frame: frame.with_columns(more=pl.lit(1)),
        lambda frame: frame.select(pl.lit(1).alias("more"), *GOOD.columns),
        lambda frame: frame.select(reversed(GOOD.columns)),
        lambda frame: frame.with_columns(pl.col("count").cast(pl.Int32)),
        lambda frame: frame.with_columns(pl.col("day").cast(pl.Datetime)),
        lambda frame: frame.with_columns(count=pl.lit(1, dtype=pl.Int64)),
    ],
)
def test_changed_columns_keep_it_here_as_there(
    model: type[pa.DataFrameModel], change: object
) -> None:
    frame = change(GOOD)  # type: ignore[operator]
    assert keeps(frame, model.to_schema()) == pandera_keeps(frame, model)


def test_rows_are_told_apart_by_several_columns_here_as_there() -> None:
    for name, sure in (("a", True), ("a", None), ("b", True), ("b", None)):
        row = GOOD.head(1).with_columns(
            name=pl.lit(name), sure=pl.lit(sure, dtype=pl.Boolean), count=pl.lit(7, dtype=pl.Int64)
        )
        frame = pl.concat([GOOD, row])
        assert keeps(frame, Keyed.to_schema()) == pandera_keeps(frame, Keyed), (name, sure)
    assert keeps(GOOD, Keyed.to_schema())


def test_the_contract_gives_the_frame_or_says_what_is_wrong() -> None:
    assert Made.validate(GOOD, lazy=True).equals(GOOD)
    wrong = GOOD.with_columns(count=pl.lit(-1, dtype=pl.Int64), share=pl.lit(2.0))
    with pytest.raises(SchemaErrors) as raised:
        Made.validate(wrong, lazy=True)
    failed = set(raised.value.failure_cases["check"])
    assert {"greater_than_or_equal_to(0)", "less_than_or_equal_to(1)"} <= failed


def test_what_is_not_known_here_is_left_to_pandera() -> None:
    class Matched(pa.DataFrameModel):
        name: str = pa.Field(str_matches="^[ab]$")

    frame = GOOD.select("name")
    assert not keeps(frame, Matched.to_schema())
    assert Matched.validate(frame, lazy=True).equals(frame)
    with pytest.raises(SchemaErrors):
        Matched.validate(pl.DataFrame({"name": ["c"]}), lazy=True)
