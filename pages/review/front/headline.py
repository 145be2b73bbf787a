"""The headline as tiles: what each number means."""

from __future__ import annotations

from typing import Any

from data.terms.glossary import defined
from metrics.chance import FEWEST, Verdict, count_changes
from metrics.headline import headline
from metrics.scope import Scope, Stage, Unit
from metrics.wording import formats
from metrics.wording.gaps import WHO
from pages.controls.measure import measure
from pages.controls.tiles import Kind, Tile

Row = dict[str, Any]

_TITLES = {
    Stage.LEAD: "Leads",
    Stage.MQL: "MQLs",
    Stage.SQL: "SQLs",
    Stage.OPPORTUNITY: "Opportunities",
}


def summary(scope: Scope | None) -> Row:
    """The headline of a scope on the flow basis; nothing for no scope."""
    return {} if scope is None else measure(headline, scope).row(0, named=True)


def stage_tiles(now: Row, before: Row, scope: Scope) -> list[Tile]:
    """One tile per stage: how many reached it in the period.

    A count that the data cannot give is None in `now`.
    """
    unit, stages = scope.unit, scope.unit.stages
    return [
        Tile(
            f"New {WHO[unit].lower()}" if stage is stages[0] else _title(stage, unit),
            now[stage.value],
            f"{WHO[unit]} that reached the stage {stage.label} in the period, whenever they came "
            "in.",
            before=before.get(stage.value),
            verdict=verdict,
        )
        for stage, verdict in zip(stages, _verdicts(now, before, scope), strict=True)
    ]


def _title(stage: Stage, unit: Unit) -> str:
    """What a tile is called: won leads are not the won deals of the tile of revenue."""
    return f"{WHO[unit]} won" if stage is Stage.WON else _TITLES[stage]


def _verdicts(now: Row, before: Row, scope: Scope) -> list[Verdict]:
    """What may be claimed of each stage's change."""
    compared = scope.compared()
    days = (1, 1)
    if compared is not None and scope.seen and compared.seen:
        days = (scope.seen.days, compared.seen.days)
    return count_changes(
        [(now[stage.value], before.get(stage.value)) for stage in scope.unit.stages], days=days
    )


def money_tile(name: str, now: Row, before: Row, unit: Unit) -> Tile:
    """The tile of won revenue, spend, or the share that marketing sourced, by its name.

    Of amounts nothing is tested. What rests on few deals is too few to compare.
    """
    of_deals = _few(now["won_deals"], before.get("won_deals"))
    tiles = {
        "won_amount": Tile(
            "Won revenue",
            now["won_amount"],
            defined("Won revenue", f"{formats.counted(now['won_deals'], 'deal')} in all."),
            Kind.MONEY,
            before.get("won_amount"),
            of_deals,
        ),
        "spend_amount": Tile(
            "Spend",
            now["spend_amount"],
            defined(
                "Spend",
                "Below: the revenue that marketing sourced in the period ÷ the spend, and the "
                f"spend ÷ the new {WHO[unit].lower()} of the period.",
            ),
            Kind.MONEY,
            before.get("spend_amount"),
            rising="neither",
        ),
        "marketing_sourced_share": Tile(
            "Marketing-sourced share",
            now["marketing_sourced_share"],
            defined("Marketing-sourced share"),
            Kind.SHARE,
            before.get("marketing_sourced_share"),
            of_deals,
        ),
    }
    return tiles[name]


def _few(now: int, before: int | None) -> Verdict:
    """Whether an amount rests on too few records on either side; else nothing is claimed of it."""
    few = before is not None and min(now, before) < FEWEST
    return Verdict.TOO_FEW if few else Verdict.UNTESTED
