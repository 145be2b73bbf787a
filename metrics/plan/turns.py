"""Turns: which deals of a draw a question is given, so that what adds up is drawn apart."""

from __future__ import annotations

from enum import IntEnum


class Turn(IntEnum):
    """What is asked of `DealSums`: each of these has deals of its own in each window.

    So has what exists already, the entries of other windows' months, what a window's own months
    must bring, and a forward run. Plans that are compared meet the same deals in each.
    """

    IN_FLIGHT = 0
    OTHERS = 1
    WANTED = 2
    FORWARD = 3

    def of(self, window: int) -> int:
        """The turn of a window, by its place.

        >>> [Turn.FORWARD.of(window) for window in range(3)]
        [3, 7, 11]
        """
        return int(self) + len(Turn) * window
