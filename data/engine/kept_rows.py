"""Rows of kept steps, in memory, for the queries that read them after the first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import pyarrow as pa

from data.sql import Query, Value

MOST_BYTES = 512_000_000
"""What the rows of one generation may take; the ones used longest ago go first."""

_Asked = tuple[str, tuple[Value, ...]]


class KeptRows:
    """The rows of queries that were asked before, up to `most_bytes` of them.

    >>> from data.sql import Step
    >>> kept = KeptRows(most_bytes=100)
    >>> one = Query(Step("one", "SELECT 1 AS number"))
    >>> kept.rows(one, lambda: pa.table({"number": [1]})).num_rows
    1
    >>> kept.rows(one, lambda: pa.table({"number": [2, 3]})).num_rows
    1
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._rows: OrderedDict[_Asked, pa.Table] = OrderedDict()
        self._asking: dict[_Asked, threading.Lock] = {}
        self._changing = threading.Lock()

    def rows(self, query: Query, answer: Callable[[], pa.Table]) -> pa.Table:
        """The query's rows, answered once however many threads ask at a time.

        Raises what `answer` raises; the next to ask tries again.
        """
        asked = (query.render(), query.values)
        with self._changing:
            asking = self._asking.setdefault(asked, threading.Lock())
        with asking:
            with self._changing:
                if asked in self._rows:
                    self._rows.move_to_end(asked)
                    return self._rows[asked]
            found = answer()
            with self._changing:
                self._rows[asked] = found
                while sum(each.nbytes for each in self._rows.values()) > self._most_bytes:
                    gone, _ = self._rows.popitem(last=False)
                    self._asking.pop(gone, None)
            return found
