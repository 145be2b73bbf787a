"""What was asked for answers that are remembered: it is told again, not asked again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from metrics.provenance.asked import Asked, collecting, tell

T = TypeVar("T")


class AskedBefore:
    """What was asked for each answer, by the answer's key; of `most` answers the last used.

    It has to know more answers than are remembered, so that none of these is without its own.
    """

    def __init__(self, most: int = 4_000) -> None:
        self._most = most
        self._asked: OrderedDict[str, tuple[Asked, ...]] = OrderedDict()
        self._changing = Lock()

    def of(
        self, key: str, remembered: Callable[[Callable[[], T]], T], answer: Callable[[], T]
    ) -> T:
        """What `remembered` gives for `answer`, noting or telling what was asked for it.

        Raises what `answer` raises; what was asked then is not noted.
        """
        is_new = False

        def made() -> T:
            nonlocal is_new
            is_new = True
            with collecting() as asked:
                found = answer()
            self._note(key, tuple(asked))
            return found

        found = remembered(made)
        if not is_new:
            self.tell(key)
        return found

    def tell(self, key: str) -> None:
        """Let collectors have what was asked for the answer of this key."""
        with self._changing:
            asked = self._asked.get(key, ())
            if asked:
                self._asked.move_to_end(key)
        tell(asked)

    def _note(self, key: str, asked: tuple[Asked, ...]) -> None:
        with self._changing:
            self._asked[key] = asked
            while len(self._asked) > self._most:
                self._asked.popitem(last=False)
