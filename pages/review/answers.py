"""The sentence a page answers with, on which basis it counts, and why the other page differs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from metrics.period import in_words
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.sentences import days_named
from metrics.wording import formats
from pages.controls.scope import choose_basis, chosen_scope
from pages.display.text import escape

HERE = Path(__file__).parent

FLOW = "Events of the period (flow)"

_WHO = {Unit.LEAD: "leads", Unit.ACCOUNT: "accounts", Unit.DEAL: "deals"}

_CAME = {Unit.LEAD: "entered", Unit.ACCOUNT: "entered", Unit.DEAL: "were opened"}

_WHERE = "**How it is counted** in the sidebar"


def show_events(reached: Mapping[str, int | None], scope: Scope) -> None:
    """What happened in the period, whenever those it happened to came in.

    Of a stage that is None the data does not tell how many reached it.
    """
    first, *_ = scope.unit.stages
    known = [
        formats.counted(count, f"new {scope.unit.value}")
        if stage == first
        else formats.counted(count, Stage(stage).word, Stage(stage).plural)
        for stage, count in reached.items()
        if count is not None
    ]
    sentence = f"{escape(days_named(scope))}: {_listed(known)}. " if known else ""
    st.markdown(f"**{FLOW}.** {sentence}{unknown_stages(reached)}")


def unknown_stages(reached: Mapping[str, int | None]) -> str:
    """The stages of which the data does not tell how many reached them; empty where it tells all.

    >>> unknown_stages({"mql": 2, "opportunity": None, "won": None})
    'Not known: opportunities and won. The reason is given below.'
    """
    unknown = [Stage(stage).plural for stage, count in reached.items() if count is None]
    return f"Not known: {_listed(unknown)}. The reason is given below." if unknown else ""


def show_cohort(reached: Mapping[str, int | None], scope: Scope) -> None:
    """What became of those that entered in the period, by the last day of the data.

    Of a stage that is None the data does not tell how many reached it.
    """
    first, *_ = reached.values()
    later = [
        formats.counted(count, "was won", "were won")
        if stage == Stage.WON
        else f"{formats.count(count)} reached {Stage(stage).word}"
        for stage, count in [*reached.items()][1:]
        if count is not None
    ]
    said = [f"**{cohort_named(scope)}.**", unknown_stages(reached)]
    if first is not None and later:
        who = f"{formats.count(first)} {_WHO[scope.unit]} of {escape(days_named(scope))}"
        said.insert(1, f"Of the {who}, {_listed(later)}.")
    st.markdown(" ".join(filter(None, said)))


def cohort_named(scope: Scope) -> str:
    """What the cohort basis counts."""
    who, until = _WHO[scope.unit].capitalize(), in_words(scope.observed_until)
    return f"{who} that {_CAME[scope.unit]} in the period, followed to {until} (cohort)"


def explain_overview() -> None:
    """Why Overview may say other numbers than the page Funnel, and the way there."""
    scope = chosen_scope()
    who, came = _WHO[scope.unit], _CAME[scope.unit]
    said = f"{who.capitalize()} that reached each stage in the period, whenever they came in. "
    said += (
        "Funnel counts the same: its basis is Flow now."
        if scope.basis is Basis.FLOW
        else f"Funnel follows those that {came} in it."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(said, width="content")
        st.page_link(str(HERE / "funnel.py"), label="Funnel", icon=":material/arrow_forward:")


def explain_funnel(scope: Scope) -> None:
    """Why Funnel may say other numbers than the page Overview, and the switch between the two."""
    other = Basis.FLOW if scope.basis is Basis.COHORT else Basis.COHORT
    with st.container(horizontal=True, vertical_alignment="center"):
        if scope.basis is Basis.COHORT:
            st.caption(
                "The Overview page shows other numbers for the same days: it counts all events of "
                "the period (flow), also those of "
                f"{_WHO[scope.unit]} that came in earlier. Switch the basis here or under {_WHERE}."
            )
        else:
            st.caption(
                "The same events as on the Overview page. To follow those that entered in the "
                f"period instead (cohort), switch the basis here or under {_WHERE}."
            )
        st.button(
            f"Switch to {other}",
            icon=":material/swap_horiz:",
            on_click=choose_basis,
            args=(other,),
            key="funnel_switch",
        )


def _listed(words: list[str]) -> str:
    """The words as a list in a sentence.

    >>> _listed(["1 MQL", "2 SQLs", "3 won"])
    '1 MQL, 2 SQLs and 3 won'
    """
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
