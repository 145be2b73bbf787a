"""Forgetting in a process of its own that is killed at a chosen step."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from data.forget import Contact, forget
from data.rewriting import RewritingStore


def forget_and_die(
    folder: Path, contact: Contact, step: str, call: int, after: bool, _: Connection
) -> None:
    """Forget somebody, and be killed before or after the given call of one step."""
    calls = 0
    original: Callable[..., Any] = getattr(RewritingStore, step)

    def deadly(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments)
        if calls == call and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    mortal = type("MortalStore", (RewritingStore,), {step: deadly})(folder)
    forget(mortal, contact)
