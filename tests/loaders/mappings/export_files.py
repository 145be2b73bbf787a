"""Loads the exports that are kept as files, and shows what came of them row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.privacy.keys import VARIABLE
from data.schema.tables import CANONICAL
from data.standardise.people import emails, names, phones
from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in

EXPORTS = Path(__file__).with_name("exports")


_KEY = "a key that is only for tests"


Row = dict[str, Any]


@contextmanager
def loaded(folder: Path, *names: str, mapping: str | None = None) -> Iterator[Loading]:
    """A draft in a folder into which these exports were loaded, each whole and recognised."""
    with pytest.MonkeyPatch.context() as patch, loading_in(folder) as loading:
        patch.setenv(VARIABLE, _KEY)
        for name in names:
            outcome = loading.load_path(EXPORTS / name)
            assert outcome.rows_rejected == 0, outcome.reasons
            assert mapping in (None, outcome.mapping)
        yield loading


def load_export(loading: Loading, name: str) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, _KEY)
        return loading.load_path(EXPORTS / name)


def person_of(
    *, email: str | None = None, phone: str | None = None, name: str | None = None
) -> str:
    """The id of the person with this address, or with this number where there is no address.

    Of those who share a number, the one of this name.
    """
    if email is not None:
        key = emails(pl.Series([email]), _KEY.encode())["email_key"].item()
    else:
        key = phones(pl.Series([phone]), _KEY.encode(), None)["phone_key"].item()
    assert key is not None
    if name is None:
        return f"p_{key[:20]}"
    return f"p_{key[:20]}_{names(pl.Series([name]), _KEY.encode())['name_key'].item()[:8]}"


def stored(loading: Loading) -> dict[str, list[Row]]:
    """All rows of the canonical tables that have some, by table.

    In the order of their values, without the load and without what is missing.
    """
    found: dict[str, list[Row]] = {}
    for table in CANONICAL:
        frame = loading.draft.query(f'SELECT * EXCLUDE (load_id) FROM "{table}" ORDER BY ALL')
        if rows := frame.to_dicts():
            found[table] = [
                {name: value for name, value in row.items() if value is not None} for row in rows
            ]
    return found


def rows_of(names: str, *rows: tuple[Any, ...]) -> list[Row]:
    """Rows with these columns; what is None in one is missing in it."""
    return [
        {name: value for name, value in zip(names.split(), row, strict=True) if value is not None}
        for row in rows
    ]
