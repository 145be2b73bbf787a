"""Pandera for Polars frames, imported without the Pandas half that nothing here uses.

`import pandera` also imports Pandas, every engine it knows for Pandas, and whatever those find
installed. That takes half a second of every start, and a load starts two processes. Pandera works
without Pandas when there is none, so none is found while it is imported. Import `pa` and
`DataFrame` from here, never from pandera.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType
from typing import Any

import polars as pl

from data.schema.one_pass import keeps


class _Hidden(MetaPathFinder):
    """Hides packages from the thread that made it, as if they were not installed."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages
        self._thread = get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if get_ident() == self._thread and name.partition(".")[0] in self._packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextmanager
def _hidden(*packages: str) -> Iterator[None]:
    """Hide packages that are not imported yet; those that are stay as they are."""
    finder = _Hidden(*(name for name in packages if name not in sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _hidden("pandas", "pyspark", "hypothesis"):
    import pandera.polars as pa
    from pandera.backends.polars.container import DataFrameSchemaBackend
    from pandera.backends.register_checks import register_default_check_backends
    from pandera.typing.polars import DataFrame

    # Checks look for Pandas once more when they first meet a frame: here it is settled.
    register_default_check_backends(pl.LazyFrame)
    pa.DataFrameSchema.register_default_backends(pl.DataFrame)


class _OnePass(DataFrameSchemaBackend):
    """Pandera's own way for frames that one pass does not find as their contract says."""

    def validate(self, check_obj: Any, schema: pa.DataFrameSchema, **asked: Any) -> Any:
        """The frame. Raises what pandera raises."""
        part = any(asked.get(name) is not None for name in ("head", "tail", "sample"))
        if not part and isinstance(check_obj, pl.DataFrame) and keeps(check_obj, schema):
            return check_obj
        return super().validate(check_obj, schema, **asked)


pa.DataFrameSchema.register_backend(pl.DataFrame, _OnePass, force=True)

__all__ = ["DataFrame", "pa"]
