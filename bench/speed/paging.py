"""Benchmark 4: each page after a change, cold and warm, as the server answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias
from urllib.request import Request, urlopen

from bench.report import Line, percentile_95
from bench.speed.server import serving
from bench.stores import ROOT, Size, keep_plan, loaded_store

Times = tuple[list[float], list[float]]
"""Seconds of each change made for the first time, and again."""

Widgets: TypeAlias = Mapping[str, Any]
"""What is chosen, by the key of its widget."""

COLD_BUDGET = 0.3
WARM_BUDGET = 0.08


@dataclass(frozen=True, slots=True)
class Change:
    """What a reader changes on a page; `choices` finds the choices in what the page shows."""

    page: str
    what: str
    choices: Callable[[Mapping[str, Any]], Iterable[Widgets]]

    @property
    def path(self) -> str:
        """The page's address; the first one has none."""
        return "" if self.page == "overview" else self.page


def _channels(tree: Mapping[str, Any]) -> Iterable[Widgets]:
    """Every channel by itself."""
    return [{"channel": [channel]} for channel in _options(tree, "channel")]


def _parts(tree: Mapping[str, Any]) -> Iterable[Widgets]:
    """Every part but the open one, which comes last."""
    first, *others = _options(tree, "health_part", "tabs")
    return [{"health_part": part} for part in (*others, first)]


def _assumptions(tree: Mapping[str, Any]) -> Iterable[Widgets]:
    """One number after the other."""
    proposed = _value(tree, "plan_amount_revenue")
    amounts = [{"plan_amount_revenue": proposed * part} for part in (0.7, 0.8, 0.9, 1.1)]
    sure = [{"plan_confidence": f"{share}%"} for share in (60, 70, 90)]
    names = ("win_rate", "time_to_win", "deal_size", "other_deals")
    assumed = [{f"plan_{name}": share} for name in names for share in (90, 110)]
    return [*amounts, *sure, *assumed]


def _deadlines(_: Mapping[str, Any]) -> Iterable[Widgets]:
    """By when: other days, and in parts."""
    days = [{"plan_until": f"2027-{month}-30"} for month in ("06", "09", "11")]
    return [*days, {"plan_parts": "By quarter"}, {"plan_parts": "By month"}]


def _days(tree: Mapping[str, Any]) -> Iterable[Widgets]:
    """Every month of the plan that has begun, by itself."""
    return [{"versus_days": days} for days in _options(tree, "versus_days")[1:]]


def _goals(_: Mapping[str, Any]) -> Iterable[Widgets]:
    """So many in the room, so surely."""
    people = [{"event_people_attended": people} for people in (20, 40, 60, 80)]
    return [*people, *({"event_confidence": f"{share}%"} for share in (60, 70, 90))]


CHANGES = (
    Change("overview", "filter changed", _channels),
    Change("funnel", "filter changed", _channels),
    Change("data_health", "part opened", _parts),
    Change("backward_plan", "target or assumption changed", _assumptions),
    Change("backward_plan", "deadline changed", _deadlines),
    Change("backward_plan", "filter changed", _channels),
    Change("plan_versus_actual", "month changed", _days),
    Change("plan_versus_actual", "filter changed", _channels),
    Change("forecast", "filter changed", _channels),
    Change("event_planner", "goal changed", _goals),
    Change("event_planner", "filter changed", _channels),
    Change("attribution", "filter changed", _channels),
    Change("channels", "filter changed", _channels),
    Change("content", "filter changed", _channels),
    Change("events", "filter changed", _channels),
    Change("reach", "filter changed", _channels),
    Change("journeys", "filter changed", _channels),
    Change("quality", "filter changed", _channels),
    Change("follow_up", "filter changed", _channels),
    Change("pipeline", "filter changed", _channels),
    Change("segments", "filter changed", _channels),
)


def measure_pages(size: Size) -> list[Line]:
    """Two lines per change: the 95th percentile of choices made for the first time, and again."""
    store = loaded_store(size)
    keep_plan(store, size)
    lines = []
    for change in CHANGES:
        with serving(ROOT / "app.py", store, "--server.enableAgentApi=true") as address:
            cold, warm = answered(address, change)
        for name, times, budget in (("cold", cold, COLD_BUDGET), ("warm", warm, WARM_BUDGET)):
            taken = percentile_95(times)
            lines.append(
                Line(
                    what=f"4 · {change.page}, {change.what}, {name} (p95 of {len(times)})",
                    size=size.label,
                    ours=taken,
                    against="",
                    other=None,
                    budget=f"≤ {budget * 1000:.0f} ms",
                    met=taken <= budget,
                )
            )
    return lines


def answered(address: str, change: Change) -> Times:
    """Seconds of every choice, and of every choice again; each begins with the page as opened."""
    started = _interact(address, {"page": change.path})
    session, tree = started["session_id"], started["tree"]
    rounds: Times = ([], [])
    before: Widgets = {}
    for times in rounds:
        for choice in change.choices(tree):
            back = {key: _value(tree, key) for key in before.keys() - choice.keys()}
            start = perf_counter()
            _interact(address, {"session_id": session, "widget_state": {**back, **choice}})
            times.append(perf_counter() - start)
            before = choice
    return rounds


def _interact(address: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the page answers, however long it takes: the server lets go after half a minute."""
    answer = _asked(address, content)
    while answer.get("error", {}).get("code") == "wait_timed_out":
        answer = _asked(address, {"session_id": answer["session_id"]})
    if answer.get("status") != "ready":
        raise SystemExit(f"the page answered {answer.get('status') or answer.get('error')}")
    return answer


def _asked(address: str, content: Mapping[str, Any]) -> dict[str, Any]:
    request = Request(
        f"{address}/_stcore/agent/interact",
        data=json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def _options(tree: Mapping[str, Any], key: str, listed_as: str = "options") -> list[str]:
    """The options of the widget with that key."""
    widget = _widget(tree, key)
    if widget is None:
        raise SystemExit(f"the page has no widget {key}")
    options: list[str] = widget["props"][listed_as]
    return options


def _value(tree: Mapping[str, Any], key: str) -> Any:
    """What the widget with that key has when the page is opened."""
    widget = _widget(tree, key)
    return None if widget is None else widget["value"]


def _widget(node: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """The widget with that key, anywhere below the node."""
    if node.get("key") == key:
        return node
    for child in node.get("children", []):
        if found := _widget(child, key):
            return found
    return None
