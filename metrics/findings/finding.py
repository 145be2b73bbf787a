"""A finding: one sentence that asks for a decision, what it is worth, and where to look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

import polars as pl

from metrics.plan.attainment.kept_plan import KeptPlan


class Page(Enum):
    """A page of the cockpit: its title, and its place in the address."""

    OVERVIEW = ("Overview", "")
    FUNNEL = ("Funnel", "funnel")
    PLAN_VERSUS_ACTUAL = ("Plan versus actual", "plan_versus_actual")
    FORECAST = ("Forecast", "forecast")
    CHANNELS = ("Channels and ROI", "channels")
    ATTRIBUTION = ("Attribution", "attribution")
    EVENT_PLANNER = ("Event planner", "event_planner")
    SEGMENTS = ("Segments", "segments")
    FOLLOW_UP = ("Velocity and follow-up", "follow_up")
    QUALITY = ("Lead quality", "quality")
    PIPELINE = ("Pipeline", "pipeline")
    CONTENT = ("Content", "content")
    EVENTS = ("Events", "events")
    REACH = ("Reach", "reach")
    JOURNEYS = ("Journeys", "journeys")
    DEFINITIONS = ("Definitions", "definitions")
    LOAD = ("Load", "load")
    DATA_HEALTH = ("Data health", "data_health")

    @property
    def title(self) -> str:
        """What the page is called in the navigation."""
        return self.value[0]


@dataclass(frozen=True, slots=True)
class Link:
    """A page with its own parameters, which make the page ask the same question."""

    page: Page
    parameters: tuple[tuple[str, str], ...] = ()

    def address(self, base: str) -> str:
        """Where the page is, of a cockpit at `base`.

        >>> Link(Page.FUNNEL, (("period", "This quarter"),)).address("http://127.0.0.1:8501/")
        'http://127.0.0.1:8501/funnel?period=This+quarter'
        """
        query = f"?{urlencode(self.parameters)}" if self.parameters else ""
        return f"{base.rstrip('/')}/{self.page.value[1]}{query}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What matters, in a sentence. `money_at_stake` is in the base currency, None if unknown.

    `brief` says it without its evidence where the page of the link shows that; else it is the
    sentence.
    """

    sentence: str
    money_at_stake: float | None
    link: Link
    brief: str = ""

    @property
    def headline(self) -> str:
        """What matters in the fewest words."""
        return self.brief or self.sentence


PlanFacts = tuple[KeptPlan, pl.DataFrame]
"""The plan that the days are held against, and its gap of revenue."""
