"""The audience that is asked about: a saved one, what the sidebar filters, or both."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from data.notebook.audiences import AskedOf, Audience, audiences
from data.notebook.shelf import Kept
from data.notebook.version import Kind
from data.terms.glossary import defined
from metrics.horizon import dimension_values
from metrics.period import in_words
from metrics.reach.audience import audience_filters
from metrics.scope import Dimension, Scope, Viewer
from pages.controls.address import choose_one, report_ignored
from pages.controls.kept import named, notebook, offer_deletion, offer_undo
from pages.controls.measure import definitions, remembering_warehouse
from pages.controls.problems import explained
from pages.display.text import escape

EVERYBODY = "Everybody in the sidebar's filters"

_EVERY_VALUE = 1_000_000

_SEEN = "reach_definitions"
"""The digest of the definitions under which this page was last drawn in the session."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope with the audience's filters, and the saved audience where one is chosen."""

    scope: Scope
    saved: Kept[Audience] | None

    @property
    def name(self) -> str:
        """What the audience is called in a sentence."""
        return f"“{self.saved.value.name}”" if self.saved else "this audience"

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency


def note_changed_definitions() -> None:
    """Say that the definitions changed since the page was drawn: its numbers changed with them."""
    digest = definitions().digest
    before = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = digest
    if before is not None and before != digest:
        st.warning(
            "The definitions have changed while this page was open. From here on all numbers are "
            "by the new ones; what you saw or downloaded before may differ. Tables made at loading "
            "follow after `python -m data derive`.",
            icon=":material/edit_note:",
        )


def choose(scope: Scope) -> Asked:
    """The control. Raises MetricError where the chosen audience asks for what is not loaded."""
    offer_undo(Kind.AUDIENCE)
    kept = {each.value.name: each for each in audiences(notebook()).all()}
    report_ignored({"reach_audience": {EVERYBODY, *kept}.__contains__})
    name = choose_one(
        "Audience",
        [EVERYBODY, *kept],
        key="reach_audience",
        width=360,
        meaning=defined("Audience"),
    )
    if name == EVERYBODY:
        return Asked(scope, None)
    chosen = kept[name]
    _show_saved(chosen)
    filters = audience_filters(
        name,
        [(each.dimension, each.values) for each in chosen.value.filters],
        {dimension: _loaded(dimension, scope.viewer) for dimension in Dimension},
    )
    return Asked(replace(scope, filters=(*filters, *scope.filters)), chosen)


def _loaded(dimension: Dimension, viewer: Viewer) -> list[str]:
    """Every value that the dimension has in the data, also where it has only one."""
    return dimension_values(remembering_warehouse(), dimension, viewer, limit=_EVERY_VALUE)


def _show_saved(chosen: Kept[Audience]) -> None:
    """Who is in it, under which definitions it was saved, and the way to delete it."""
    members = " and ".join(
        f"{each.dimension.replace('_', ' ')} {' or '.join(each.values)}"
        for each in chosen.value.filters
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        saved = in_words(chosen.version.written_at.date())
        st.caption(escape(f"People with a lead of {members}. Saved on {saved}."), width="stretch")
        offer_deletion(chosen.version, f"the audience {named(chosen.value.name)}")
    if chosen.value.definitions_digest != definitions().digest:
        st.caption(
            ":material/info: It was saved under other definitions than today's. Who is in it "
            "follows from its filters alone; what is counted of them is by today's."
        )


def offer_to_save(asked: Asked) -> None:
    """Save the filters that are in use as an audience."""
    if not asked.scope.filters:
        st.caption("Filter in the sidebar to narrow the audience, and save it here under a name.")
        return
    with st.expander("Save this audience", icon=":material/group_add:"), explained():
        with st.form("reach_save", border=False, clear_on_submit=True):
            name = st.text_input("Name", max_chars=60, placeholder="Buyers in the East")
            pressed = st.form_submit_button("Save audience", icon=":material/group_add:")
        if pressed:
            _save(name.strip(), asked.scope)


def _save(name: str, scope: Scope) -> None:
    if not name:
        st.warning("An audience needs a name.", icon=":material/edit:")
        return
    if name == EVERYBODY or name in {each.value.name for each in audiences(notebook()).all()}:
        st.warning(
            f"There is an audience called {escape(name)} already. Take another name, or choose "
            "that one above and delete it first.",
            icon=":material/edit:",
        )
        return
    found: dict[str, tuple[str, ...]] = {}
    for each in scope.filters:
        before = found.get(each.dimension.value, each.values)
        both = tuple(value for value in each.values if value in before)
        if not both:
            st.warning(
                f"Nobody can be in it: its {each.dimension.label} and the sidebar's exclude each "
                "other.",
                icon=":material/edit:",
            )
            return
        found[each.dimension.value] = both
    audiences(notebook()).save(
        f"audience-{secrets.token_hex(8)}",
        Audience(
            name,
            tuple(AskedOf(dimension, values) for dimension, values in found.items()),
            definitions().digest,
        ),
        based_on=0,
        written_at=datetime.now(UTC),
    )
    st.rerun()
