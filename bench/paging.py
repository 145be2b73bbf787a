"""Benchmark 4: each page with one filter changed, cold and warm, as the server answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any
from urllib.request import Request, urlopen

from bench.report import Line, percentile_95
from bench.server import serving
from bench.stores import ROOT, Size, loaded_store

Times = tuple[list[float], list[float]]
"""Seconds of each change made for the first time, and again."""

COLD_BUDGET = 0.3
WARM_BUDGET = 0.08
PAGES = ("overview", "funnel")
"""The pages that the scope's filters reach."""


def measure_pages(size: Size) -> list[Line]:
    """Two lines per page: the 95th percentile of a filter's first and second choice."""
    lines = []
    changes: list[tuple[str, str, Callable[[str], Times]]] = [
        *((page, "filter changed", partial(_filter_changes, page=page)) for page in PAGES),
        ("data_health", "part opened", _parts_opened),
    ]
    for page, change, measure in changes:
        with serving(
            ROOT / "app.py", loaded_store(size), "--server.enableAgentApi=true"
        ) as address:
            cold, warm = measure(address)
        for name, times, budget in (("cold", cold, COLD_BUDGET), ("warm", warm, WARM_BUDGET)):
            taken = percentile_95(times)
            lines.append(
                Line(
                    what=f"4 · {page}, {change}, {name} (p95 of {len(times)})",
                    size=size.label,
                    ours=taken,
                    against="",
                    other=None,
                    budget=f"≤ {budget * 1000:.0f} ms",
                    met=taken <= budget,
                )
            )
    return lines


def _filter_changes(address: str, page: str) -> Times:
    """Seconds of every channel's first choice, and of its second, when it has been answered."""
    started = _interact(address, {"page": "" if page == "overview" else page})
    session = started["session_id"]
    channels = _options(started["tree"], "channel")
    rounds: Times = ([], [])
    for times in rounds:
        for channel in channels:
            start = perf_counter()
            _interact(address, {"session_id": session, "widget_state": {"channel": [channel]}})
            times.append(perf_counter() - start)
    return rounds


def _parts_opened(address: str) -> Times:
    """Seconds of opening each part of the page for the first time, and again."""
    started = _interact(address, {"page": "data_health"})
    session = started["session_id"]
    first, *others = _options(started["tree"], "health_part", "tabs")
    rounds: Times = ([], [])
    for times in rounds:
        for part in (*others, first):
            start = perf_counter()
            _interact(address, {"session_id": session, "widget_state": {"health_part": part}})
            times.append(perf_counter() - start)
    return rounds


def _interact(address: str, content: Mapping[str, Any]) -> dict[str, Any]:
    request = Request(
        f"{address}/_stcore/agent/interact",
        data=json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    if answer["status"] != "ready":
        raise SystemExit(f"the page answered {answer['status']}")
    return answer


def _options(node: Mapping[str, Any], key: str, listed_as: str = "options") -> list[str]:
    """The options of the widget with that key, anywhere below the node."""
    if node.get("key") == key:
        options: list[str] = node["props"][listed_as]
        return options
    for child in node.get("children", []):
        if found := _options(child, key, listed_as):
            return found
    return []
