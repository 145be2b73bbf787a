"""What was chosen besides the usual scope, above each page, each with the way back."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from pages.controls.measure import loaded_horizon
from pages.controls.periods import default_preset
from pages.controls.scope import (
    BASES,
    COMPARISONS,
    COUNTINGS,
    UNITS,
    WINDOWS,
    chosen_scope,
)
from pages.display.text import escape

_SHOWN = 3
"""So many values of a filter stand on its chip."""


def show_chips() -> None:
    """A chip for each filter, and for each choice that is not the usual one; pressed, it is taken
    back. Nothing where the scope is the usual one."""
    chips = [*_choices(), *_filters()]
    if not chips:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for key, label, usual in chips:
            st.button(
                escape(label),
                icon=":material/close:",
                icon_position="right",
                key=f"chip_{key}",
                help="Take this back",
                on_click=_choose,
                args=(key, usual),
            )


def _choices() -> Iterator[tuple[str, str, object]]:
    """What is not as usual: the key of its widget, its words, and what is usual."""
    usual = {
        "period": default_preset(loaded_horizon()).value,
        "compare": next(iter(COMPARISONS)),
        "basis": next(iter(BASES)),
        "unit": next(iter(UNITS)),
        "counting": next(iter(COUNTINGS)),
        "window": next(iter(WINDOWS)),
    }
    words = {"compare": "Compared with {}", "counting": "Counted {}", "window": "Within {}"}
    for key, normal in usual.items():
        chosen = str(st.session_state.get(key, normal))
        if chosen != normal:
            yield key, words.get(key, "{}").format(_in_sentence(chosen, key)), normal


def _in_sentence(chosen: str, key: str) -> str:
    return chosen[:1].lower() + chosen[1:] if key in ("compare", "counting") else chosen


def _filters() -> Iterator[tuple[str, str, object]]:
    for each in chosen_scope().filters:
        more = len(each.values) - _SHOWN
        listed = ", ".join(each.values[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        yield each.dimension.value, f"{each.dimension.label.capitalize()}: {listed}", []


def _choose(key: str, value: object) -> None:
    st.session_state[key] = value
