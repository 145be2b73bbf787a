"""Coverage: which of the loaded touches can earn credit, and why others cannot."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


class TouchCoverage(pa.DataFrameModel):
    """One row. `touches` = `with_account` + `without_account` + `anonymous`.

    `anonymous` are of visitors whom nobody has identified. `own_staff` and `machine` interactions
    are none: they were left out before.
    """

    touches: int = pa.Field(ge=0)
    with_account: int = pa.Field(ge=0)
    without_account: int = pa.Field(ge=0)
    anonymous: int = pa.Field(ge=0)
    own_staff: int = pa.Field(ge=0)
    machine: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def touch_coverage(warehouse: Warehouse) -> DataFrame[TouchCoverage]:
    """How many of the loaded touches are of known people, and which interactions earn nothing?

    Of all that is loaded. Touches of anonymous visitors earn nothing until the visitor is known.
    """
    return TouchCoverage.validate(warehouse.query(Query(_COUNTED, _LEFT_OUT, _COVERAGE)), lazy=True)


_COUNTED = Step(
    "counted",
    """
    SELECT count(*) AS touches, count(CASE WHEN person_id IS NOT NULL THEN account_id END)
            AS with_account,
        count(CASE WHEN account_id IS NULL THEN person_id END) AS without_account,
        count(*) - count(person_id) AS anonymous
    FROM touch
    """,
)

_LEFT_OUT = Step(
    "left_out",
    """
    SELECT count(CASE WHEN reason = 'own_staff' THEN 1 END) AS own_staff,
        count(CASE WHEN reason = 'machine' THEN 1 END) AS machine
    FROM touch_left_out
    """,
)

_COVERAGE = Step("coverage", "SELECT * FROM counted CROSS JOIN left_out")
