"""How a command ends when it is asked to: everything it began is taken back, or finished."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_STATUS_OF_SIGNAL = 128


@contextmanager
def terminated_by_signal() -> Iterator[None]:
    """In the block SIGTERM is an exit as Ctrl-C is: child processes and drafts are cleared away."""
    with _handled((signal.SIGTERM,), lambda number: sys.exit(_STATUS_OF_SIGNAL + number)):
        yield


@contextmanager
def stopping_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set in the block, for work that ends between two steps.

    Ctrl-C a second time interrupts at once.
    """
    stopped = threading.Event()

    def stop(number: int) -> None:
        if stopped.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopped.set()

    with _handled((signal.SIGTERM, signal.SIGINT), stop):
        yield stopped


@contextmanager
def _handled(numbers: tuple[signal.Signals, ...], react: Callable[[int], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return

    def handle(number: int, frame: FrameType | None) -> None:
        react(number)

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
