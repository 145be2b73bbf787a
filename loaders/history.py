"""What was loaded into a store, and which rows were refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data.engine.warehouse import open_current
from data.errors import BackcastError, EmptyStoreError
from data.formulas import inert
from data.named_tables import unresolved_names
from data.sql import Query, Step
from data.storage.store import Store


class UnknownLoadError(BackcastError):
    """No load has the id that was asked for."""


def loads(store: Store) -> pl.DataFrame:
    """Every load in the current generation, latest first: the columns of the table `load`.

    Empty when nothing was loaded yet.
    """
    try:
        warehouse = open_current(store)
    except EmptyStoreError:
        return pl.DataFrame(schema={"load_id": pl.String})
    return warehouse.query(
        Query(Step("loads", "SELECT * FROM load ORDER BY finished_at DESC, load_id"))
    )


def sample_loads(store: Store) -> list[str]:
    """The ids of the loads that brought the made-up company, in any order.

    A load counts if its file stood beside the sample's manifest and the manifest lists its
    content. Empty when nothing is loaded, or only own files.
    """
    try:
        warehouse = open_current(store)
    except EmptyStoreError:
        return []
    known = warehouse.query(
        Query(
            Step(
                "known",
                "SELECT table_name FROM information_schema.tables WHERE table_name = 'sample_load'",
            )
        )
    )
    if known.is_empty():  # written before loads of the sample were noted
        return []
    noted = warehouse.query(Query(Step("sampled", "SELECT load_id FROM sample_load")))
    return [str(load_id) for load_id in noted["load_id"]]


def find_load(store: Store, wanted: str) -> str:
    """The id of a load, given in full or by a beginning that only it has.

    Raises UnknownLoadError with the loads there are.
    """
    known = loads(store)["load_id"].to_list()
    found = [load_id for load_id in known if load_id.startswith(wanted)]
    if wanted in known:
        return wanted
    if len(found) != 1:
        problem = "several loads begin so" if found else "there is no such load"
        listed = ", ".join(found or known[:10]) or "none"
        raise UnknownLoadError(
            f"{wanted}: {problem}. Loads: {listed}. `python -m loaders history` lists more."
        )
    return str(found[0])


def rejected(store: Store, load_id: str, limit: int | None = None) -> pl.DataFrame:
    """The refused rows of a load by line: line, kind, reason, column, value, row (JSON).

    A row refused for several reasons is there several times. Personal values are masked.
    """
    bound = f" LIMIT {int(limit)}" if limit is not None else ""
    return open_current(store).query(
        Query(
            Step(
                "rejected",
                'SELECT line, kind, reason, "column", value, row FROM rejected_row '
                f'WHERE load_id = ? ORDER BY line, "column", reason{bound}',
                (load_id,),
            )
        )
    )


def write_rejected(frame: pl.DataFrame, path: Path) -> None:
    """The refused rows as CSV; a text that a spreadsheet would run as a formula is escaped."""
    inert(frame).write_csv(path)


def unresolved(store: Store) -> pl.DataFrame:
    """Names of campaigns and assets that rows refer to and that mean no single one.

    Columns: refers_to (`campaign` or `content`), reference, rows_referring, and rows_named, how
    many have the name: none, or too many. Raises EmptyStoreError before anything was loaded.
    """
    return open_current(store).query(unresolved_names())
