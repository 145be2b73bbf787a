"""Adopting the refitted score: from which day, what it would change, and taking it back."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from data.definition_changes.history import Told, history
from data.definition_changes.preview import LEVEL, Preview
from data.definition_changes.saving import checked
from data.errors import DefinitionError
from data.storage.store import Store
from metrics.period import in_words
from metrics.quality.refit import scoring_terms
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse
from pages.controls.problems import emphasis
from pages.controls.tables import show_table
from pages.display.text import bullets, escape
from pages.sources.terms.saving import NAME, save_version, show_fixed
from pages.sources.terms.work import DERIVE, PREVIEW, current, start_preview
from pages.sources.terms.work_view import show_work

_SINCE, _BASE, _SAID = "quality_adopt_since", "quality_adopt_base", "quality_adopt_said"

OF_LEVEL = "Leads by their level"
OF_SCORE = "Leads by their score"


def show_adoption(scope: Scope, weights: pl.DataFrame) -> None:
    """The day, what the score would change from it on, and the button that saves it."""
    st.markdown("**Adopt it**")
    if show_fixed():
        return
    newest = history(Store.from_environment().path, date.today())[-1]
    if newest.definitions is None:
        st.warning(f"Version {newest.number} of the definitions cannot be read: mend it first.")
        return
    first = _first_day(newest)
    since = st.date_input(
        "Holds for leads from",
        value=max(first or date.min, scope.observed_until + timedelta(days=1)),
        min_value=first or date(1990, 1, 1),
        max_value=date.today() + timedelta(days=366),
        key=_SINCE,
        format="YYYY-MM-DD",
        width=220,
        help="Leads that come in from that day on get the refitted score; earlier ones keep "
        "theirs.",
    )
    terms = scoring_terms(weights, since)
    written = f"{newest.path.read_text('utf-8').rstrip()}\n\n{terms}\n"
    with st.expander("What is added to the definitions"):
        st.code(terms, language="toml")
    try:
        checked(written, NAME)
    except DefinitionError as error:
        st.error(f"It cannot be added:\n{bullets(error.problems)}", icon=":material/error:")
        return
    _offer(written, since, newest.number)


def show_taking_back() -> None:
    """What was saved here last, how deriving under it goes, and the way back from a new score."""
    if said := st.session_state.pop(_SAID, None):
        st.success(escape(said), icon=":material/check_circle:")
    show_work(DERIVE, "Done. Every page shows the new numbers.")
    told = history(Store.from_environment().path, date.today())
    if len(told) < 2 or not told[-1].changes or told[-2].definitions is None:
        return
    newest, before = told[-1], told[-2]
    if any(not change.key.startswith("quality.scoring") for change in newest.changes):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        since = newest.version.since if newest.version else date.today()
        st.markdown(
            f"Version {newest.number} of the definitions, from {in_words(since)}, changed the "
            "score alone."
        )
        name = f"version {before.number}" if before.version else "the built-in definitions"
        if st.button(f"Take it back to {name}", key="quality_take_back"):
            _save(before.path.read_text("utf-8"), date.today(), newest.number)


def _first_day(newest: Told) -> date | None:
    """A scoring model follows the one before it by a day at least."""
    models = newest.definitions.quality.scoring if newest.definitions else ()
    last = models[-1].since if models else None
    return last + timedelta(days=1) if last else None


def _offer(written: str, since: date, base: int) -> None:
    """The preview, and where it was made of this text the button that saves it."""
    if st.session_state.get(_BASE, base) != base:
        st.warning(
            f"The definitions changed meanwhile: version {base} was saved. Nothing of yours was. "
            "Look again at what the score would change.",
            icon=":material/sync_problem:",
        )
    if st.button("Show what it would change", key="quality_adopt_preview"):
        st.session_state[_BASE] = base
        start_preview(written)
    show_work(PREVIEW)
    work = current(PREVIEW)
    if work is None or work.state.found is None or work.text != written:
        st.caption("A copy of the data is derived with it. Nothing is saved by that.")
        return
    if current_warehouse().generation != work.state.found.generation:
        st.warning("The data changed since. Look again at what the score would change.")
        return
    _show_effect(work.state.found, since)
    if st.button(f"Adopt from {since}", type=emphasis(), key="quality_adopt"):
        _save(written, max(since, date.today()), base)


def _save(written: str, since: date, base: int) -> None:
    """Save, and say what happened on the next run. Raises what saving raises."""
    st.session_state[_BASE], st.session_state[_SAID] = save_version(written, since, base)
    st.rerun()


def _show_effect(found: Preview, since: date) -> None:
    """How many leads would have another score and level, and that no lead becomes an MQL by it."""
    moved = {each.what: each for each in found.moved}
    leads, scored = moved[OF_LEVEL].before, moved[OF_SCORE].moved
    mqls = [sum(getattr(each, side) for each in found.numbers if each.metric == "mql")
            for side in ("before", "after")]  # fmt: skip
    st.markdown(
        f"Of {formats.counted(leads, 'lead')}, **{formats.count(scored)}** would have another "
        f"score and **{formats.count(moved[OF_LEVEL].moved)}** another level; MQLs "
        f"{formats.count(mqls[0])} → {formats.count(mqls[1])}."
    )
    if not scored:
        st.caption(
            f"No lead that is loaded came in from {in_words(since)} on. An earlier day shows what "
            "the score would have done."
        )
    st.caption(
        "Who is an MQL is what files say, whatever the score. A level goes by the tier of the "
        "file; where there is none, by fit_from and engagement_from of the definitions."
    )
    rows = [
        (each.before, each.after, each.leads) for each in found.renamed if each.dimension == LEVEL
    ]
    if rows:
        show_table(
            pl.DataFrame(rows, schema=["before", "after", "leads"], orient="row"),
            alt="Leads by their level now and with the refitted score",
            stem=file_stem("score_adoption"),
            columns={
                "before": text("Level now", pinned=True),
                "after": text("Level then"),
                "leads": number("Leads"),
            },
        )
