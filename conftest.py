"""How the suite runs: which tests share a process, their names, and which may be skipped where."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

# As many processes run as there are processors: threads of these libraries would wait for them.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(threads, "1")

# Each of these starts an engine or a server that its tests share.
SHARING = ("spark", "browser")


def sharing(item: pytest.Item) -> str | None:
    """What the test shares with others, if anything."""
    return next((name for name in SHARING if item.get_closest_marker(name)), None)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`, keep the tests that share something in one process.

    Those of one file share its fixtures: in two processes, what they load would be loaded twice.
    """
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(sharing(item) or item.location[0]))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are no name for a test: it would be long, and another in each process."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set, Java and Chromium must be there: a skip for want of one is a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and sharing(item) and "CI" in os.environ:
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may be missing where CI is set: {report.longrepr}"
    return report
