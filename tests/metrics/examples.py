"""Made-up metrics, found as if their modules lay in the package."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "adding_a_metric.md"

BROKEN = '''
"""A metric whose SQL joins strings, which other engines do in another way."""

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


class JoinedName(pa.DataFrameModel):
    """One row."""

    names: str = pa.Field(nullable=True)


def joined_names(warehouse: Warehouse) -> DataFrame[JoinedName]:
    """Which names are there?"""
    step = Step("joined", "SELECT string_agg(name, ' ' ORDER BY name) AS names FROM account")
    return JoinedName.validate(warehouse.query(Query(step)))
'''


def guides_example(path: str) -> str:
    """The guide's code for a file, which its first line names."""
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    code: dict[str, str] = dict(blocks)
    return code[path]


def put_beside_the_funnel(folder: Path) -> None:
    """Write the guide's metric and a broken one as modules for `metrics.funnel`."""
    folder.mkdir()
    (folder / "exits.py").write_text(guides_example("metrics/funnel/exits.py"), "utf-8")
    (folder / "joined.py").write_text(BROKEN, "utf-8")
