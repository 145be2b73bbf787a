"""Levels, movement between them, grades, layers of need and relationships."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.quality.grades import grades, need_layers, relationships
from metrics.quality.levels import lead_levels
from metrics.quality.moves import level_moves
from metrics.quality.records import Behind
from metrics.scope import Scope, Stage
from pages.charts.quality.rates import rate_dots
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table
from pages.explore.levels.records import opens, show_behind

STAGES = {"SQL": Stage.SQL, "Opportunity": Stage.OPPORTUNITY, "Won": Stage.WON}

_LEVEL, _MOVE, _GROUP = "quality_level_leads", "quality_move_leads", "quality_group_leads"

_RATES = {
    "leads": number("Leads"),
    "share": percent("Of all"),
    "days": number("Within days", meaning="So long after it came in is a lead followed"),
    "converted": number("Converted"),
    "rate": percent("Rate"),
    "rate_low": percent("From"),
    "rate_high": percent("To"),
    "lift": score("Lift"),
    "standing": text("Against the next"),
}


def chosen_stage(key: str) -> str:
    """The control for the stage that leads are followed to, and how a rate to it is meant."""
    label = choose_one(
        "Followed to", list(STAGES), key=key, width=180, meaning="The stage that is to be reached."
    )
    st.caption(
        "A rate is more than converted ÷ leads: those still open count by what others of their age "
        "did next."
    )
    return STAGES[label].value


def show_levels(scope: Scope) -> None:
    """A dot per level with its bounds, its treatment, and whether it holds against the next."""
    found = measure(lead_levels, scope, definitions())
    if found.is_empty():
        st.info("No lead came in within this selection.")
        return
    stage = chosen_stage("quality_stage")
    shown = found.filter(pl.col("stage") == stage)
    alt = f"Share of the leads of each level that reaches {stage}, with bounds of 95%"
    show_chart(rate_dots(shown, "level", title="Converted"), key="quality_levels", alt=alt)
    st.caption(
        "By the level that leads have now. A level under 20 leads has no rate. Lift: against all "
        "leads. What is worse than the next by more than chance is so among all comparisons of the "
        "page."
    )
    show_table(
        shown.select("level", "treatment", *_RATES),
        alt=f"Levels and what became of their leads, to {stage}",
        stem=file_stem("lead_levels", scope.period),
        columns={"level": text("Level", pinned=True), "treatment": text("Treatment")} | _RATES,
        everything=lambda: found,
        on_row=opens(shown["level"].to_list(), _LEVEL),
    )
    show_behind(scope, {name: Behind("level", name) for name in shown["level"]}, _LEVEL)


def show_moves(scope: Scope) -> None:
    """Leads by the level at the start and at the end of the period."""
    found = measure(level_moves, scope, definitions())
    if found.is_empty():
        st.info(
            "Only one export says of which level leads are, so their movement is not known. Load a "
            "later export of the same leads with their tier: what differs is the movement."
        )
        return
    moved = found.filter(pl.col("from_level") != pl.col("to_level"), pl.col("leads") > 0)
    columns = {
        "from_level": text("From", pinned=True), "to_level": text("To"),
        "direction": text("Way"), "leads": number("Leads"), "share": percent("Of the level"),
    }  # fmt: skip
    if moved.is_empty():
        st.markdown(":material/check: No lead moved to another level within the period.")
        return
    moved = moved.sort("leads", descending=True, maintain_order=True)
    ways = [(row["from_level"], row["to_level"]) for row in moved.iter_rows(named=True)]
    lines = {f"{start} → {end}": Behind(moved=(start, end)) for start, end in ways}
    show_table(
        moved.select(list(columns)),
        alt="Leads that moved from one level to another",
        stem=file_stem("level_moves", scope.period),
        columns=columns,
        everything=lambda: found,
        on_row=opens(list(lines), _MOVE),
    )
    st.caption("A change has its day from the first export that shows it.")
    show_behind(scope, lines, _MOVE)


def show_grades(scope: Scope) -> None:
    """A, B and C, the layer of the need, and what the company was to us."""
    stage = chosen_stage("quality_grade_stage")
    lines: dict[str, Behind] = {}
    for title, what, column, found in (
        ("Grade", "grades", "graded", measure(grades, scope)),
        ("Need", "need_layers", "need_layer", measure(need_layers, scope, definitions())),
        ("Relationship", "relationships", "related_as", measure(relationships, scope)),
    ):
        st.markdown(f"**{title}**")
        known = found.filter(pl.col("group") != "Unassigned")
        if known.is_empty():
            st.caption(
                f"No lead in this selection has a {title.lower()}: load it, or name its words."
            )
            continue
        shown = found.filter(pl.col("stage") == stage)
        of_group = {f"{title}: {name}": Behind(column, name) for name in shown["group"]}
        lines |= of_group
        rates = _RATES if what == "grades" else {k: v for k, v in _RATES.items() if k != "standing"}
        show_table(
            shown.select("group", *rates),
            alt=f"Leads by {title.lower()} and what became of them, to {stage}",
            stem=file_stem(what, scope.period),
            columns={"group": text(title, pinned=True)} | rates,
            everything=lambda found=found: found,  # type: ignore[misc]
            on_row=opens(list(of_group), _GROUP, what),
        )
    st.caption(
        "A relationship is that of the day the lead came in. A need is often learned on the way: "
        "who has one has got further already."
    )
    if lines:
        show_behind(scope, lines, _GROUP)
