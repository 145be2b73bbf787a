"""Having alerts checked after a load: by the command line of metrics, in a process of its own.

Nothing here knows a metric, and no load fails by a check: what hinders one is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from data.errors import BackcastError
from data.storage.store import Store

_CODE = Path(__file__).parents[1]

SECONDS = 600
"""A check that takes longer is given up: the load is published long before."""

_BY_HAND = "The load is published all the same. Check them by hand: python -m metrics alerts"


def _silently() -> None: ...


def checked_alerts(store: Store, begin: Callable[[], None] = _silently) -> tuple[str, ...]:
    """Check the alerts where a rule is defined; what was found, or why not, in lines.

    Nothing is done, and nothing said, where there is no rule. Else `begin` is called first.
    """
    from data.definitions import Definitions  # a load starts sooner without them

    try:
        if not Definitions.load().alerts.rule:
            return ()
    except BackcastError as error:
        return (f"Alerts could not be checked: {error}. {_BY_HAND}",)
    begin()
    command = [sys.executable, "-m", "metrics", "alerts"]
    try:
        done = subprocess.run(
            command,
            cwd=_CODE,
            env=os.environ | {"BACKCAST_STORE": str(store.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return (f"Alerts could not be checked: {_reason(error)}. {_BY_HAND}",)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        return (f"Alerts could not be checked: {lines[-1]}. {_BY_HAND}",)
    if done.returncode < 0:
        return (f"Alerts could not be checked: the check was ended. {_BY_HAND}",)
    return tuple(lines)


def _reason(error: OSError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"the check took more than {SECONDS} seconds"
    return error.strerror or str(error)
