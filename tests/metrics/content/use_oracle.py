"""Uses of content in plain Python, from the rows that files say: the oracle of `content_use`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from data.definitions import Definitions
from data.terms.content import EffectiveRule
from tests.metrics.facts import TERMS, Facts, Row
from tests.metrics.oracle.world import World

STAGES = ("lead", "mql", "sql", "opportunity", "won")


@dataclass
class Use:
    """What is known of one asset, one person, one day, one channel and one campaign."""

    content_id: str
    person_id: str
    used_on: date
    channel: str
    campaign: str
    actions: list[str] = field(default_factory=list)
    engaged: list[float] = field(default_factory=list)
    persona: str = "Unassigned"
    stage: str | None = None
    is_new: bool = False
    is_reactivated: bool = False
    is_effective: bool | None = None
    is_effective_now: bool | None = None


def uses_of(facts: Facts, stage_days: dict[str, dict[str, date]], terms: Definitions) -> list[Use]:
    """All uses by people whom the rows name; nobody of them is own staff or a machine."""
    world = World(facts, terms)
    own = {*terms.touch.actions, *terms.content.read, *terms.content.downloaded}
    active: dict[str, set[date]] = defaultdict(set)
    found: dict[tuple[object, ...], Use] = {}
    for row in facts.interaction:
        person = world.person(row["person_id"])
        day = world.day(row["occurred_at"])
        if person is None or day is None:
            continue
        counts = row["action"] in terms.touch.actions or row.get("content_id")
        if row["action"] in own and counts:
            active[person].add(day)
        if row.get("content_id"):
            asset, channel = asset_of(facts, row["content_id"]), channel_of(world, row)
            key = (asset, person, day, channel, campaign_of(world, row))
            use = found.setdefault(key, Use(*key))
            use.actions.append(row["action"])
            if row.get("engaged_seconds") is not None:
                use.engaged.append(row["engaged_seconds"])
    for use in found.values():
        days = sorted(active[use.person_id])
        before = [day for day in days if day < use.used_on]
        is_active = use.used_on in days
        dormant = timedelta(days=terms.content.dormant_days)
        use.persona = world.persona(use.person_id) or "Unassigned"
        use.is_new = is_active and not before
        use.is_reactivated = is_active and bool(before) and use.used_on - before[-1] >= dormant
        reached = stage_days.get(use.person_id, {})
        passed = [each for each in STAGES if each in reached and reached[each] <= use.used_on]
        use.stage = passed[-1] if passed else None
        holding = [
            rule for rule in terms.effective if rule.since is None or rule.since <= use.used_on
        ]
        leads = [
            row for row in facts.lead if world.leads[row["lead_id"]].person_id == use.person_id
        ]
        use.is_effective = _effective(holding[-1:], use.persona, leads)
        use.is_effective_now = _effective(terms.effective[-1:], use.persona, leads)
    return list(found.values())


def _effective(rules: Sequence[EffectiveRule], persona: str, leads: list[Row]) -> bool | None:
    if not rules:
        return None
    (rule,) = rules
    wanted = {name: getattr(rule, name) for name in ("tier", "grade", "persona")}
    judged: list[bool | None] = []
    for lead in leads or [{}]:
        has = {
            "tier": lead.get("tier"),
            "grade": lead.get("grade"),
            "persona": None if persona == "Unassigned" else persona,
        }
        asked = {name: has[name] for name, values in wanted.items() if values is not None}
        if any(value is not None and value not in wanted[name] for name, value in asked.items()):
            judged.append(False)
        else:
            judged.append(None if None in asked.values() else True)
    if True in judged:
        return True
    return None if None in judged else False


def asset_of(facts: Facts, reference: str) -> str:
    """The id of an asset that is referred to by id or by title."""
    named = {
        f"name:{row['title'].casefold()}": row["content_id"]
        for row in facts.content
        if row.get("title")
    }
    found: str = named.get(reference, reference)
    return found


def channel_of(world: World, row: Row) -> str:
    """The channel of an interaction, as of a touch."""
    campaign = world.campaigns.get(row.get("campaign_id"), {})
    source, medium = row.get("utm_source"), row.get("utm_medium")
    by_rule = [
        rule.name
        for rule in TERMS.channel
        if (rule.source is None or (source or "").lower() in [each.lower() for each in rule.source])
        and (
            rule.medium is None or (medium or "").lower() in [each.lower() for each in rule.medium]
        )
    ]
    found: str = row.get("channel") or campaign.get("channel") or (by_rule or ["Unassigned"])[0]
    return found


def campaign_of(world: World, row: Row) -> str:
    """The campaign of an interaction by its name, else by what names it."""
    named = world.campaigns.get(row.get("campaign_id"), {})
    found: str = named.get("name") or row.get("campaign_id") or "Unassigned"
    return found


def stage_days_of(journey: list[Row]) -> dict[str, dict[str, date]]:
    """The earliest day on which a lead of each person reached each stage."""
    found: dict[str, dict[str, date]] = defaultdict(dict)
    for row in journey:
        for stage in STAGES:
            day = row[f"{stage}_on"]
            if row["person_id"] and day:
                known = found[row["person_id"]]
                known[stage] = min(day, known.get(stage, day))
    return found
