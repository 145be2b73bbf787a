"""The answer in one sentence with its numbers, and the tiles."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.follow_up.states import follow_up_states
from metrics.period import in_words
from metrics.scope import Dimension, Scope
from metrics.wording import formats
from pages.controls.captions import show_nothing, show_uncounted
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape

_COUNTS = (
    "handed_over",
    "in_time",
    "late",
    "overdue",
    "waiting",
    "no_calendar",
    "shared",
    "no_owner",
    "again",
)


def show_answer(scope: Scope) -> None:
    """How many MQLs were handed over, how many got a response too late or none, and who is worst.

    Raises MetricError where nothing tells of MQLs or of responses.
    """
    rows = measure(follow_up_states, scope, Dimension.OWNER)
    if rows.is_empty():
        show_nothing(scope)
        return
    total = {name: int(rows[name].sum()) for name in _COUNTS}
    days = definitions().follow_up.deadline_days
    st.markdown(
        f"**{formats.counted(total['handed_over'], 'MQL')}** "
        f"{'was' if total['handed_over'] == 1 else 'were'} handed over. "
        f"**{formats.count(total['late'])}** got a response after the deadline of "
        f"{formats.counted(days, 'working day')}, **{formats.count(total['overdue'])}** got none "
        f"and are past it{_worst(rows)}."
    )
    st.caption(escape(_whose(scope)))
    show_uncounted("journey", "follow_up")
    _show_gaps(total)
    judged = total["in_time"] + total["late"] + total["overdue"]
    show_tiles(
        [
            Tile(
                "MQLs handed over",
                total["handed_over"],
                defined(
                    "MQL",
                    "Counted are hand-overs in the period: a lead that comes back and qualifies "
                    "again is handed over again.",
                ),
            ),
            Tile(
                "In time",
                total["in_time"] / judged if judged else None,
                defined("In time", "Divided by all MQLs with a response or past their deadline."),
                Kind.SHARE,
            ),
            Tile("Late", total["late"], defined("Late")),
            Tile("No response", total["overdue"], defined("No response")),
            Tile("Waiting", total["waiting"], defined("Waiting")),
        ],
        definitions().base_currency,
        None,
    )


def _whose(scope: Scope) -> str:
    """Which hand-overs are counted, and how long they are followed."""
    said = f"MQLs handed over {scope.period.describe()}, followed until "
    filters = "".join(f"; {each.describe()}" for each in scope.filters)
    return f"{said}{in_words(scope.observed_until)}{filters}."


def _worst(rows: pl.DataFrame) -> str:
    """Who has the most without a response; nobody where nobody has one, or there is one owner."""
    first = rows.row(0, named=True)
    if len(rows) < 2 or not first["overdue"]:
        return ""
    return f": most with {escape(first['segment'])} (**{formats.count(first['overdue'])}**)"


def _show_gaps(total: dict[str, int]) -> None:
    """What the deadline rests on, and what it cannot be told of."""
    terms = definitions().follow_up
    hours = f"{terms.opens:%H:%M} to {terms.closes:%H:%M}"
    week = ", ".join(each.capitalize() for each in terms.week)
    said = f"Working time is {week}, {hours} in {definitions().time_zone}"
    said += (
        f", and by {formats.counted(len(terms.calendar), 'calendar')} of the definitions elsewhere."
        if terms.calendar
        else " everywhere: the definitions have no calendar by country."
    )
    if terms.holidays is None:
        said += " No public holidays are free for the company."
    st.caption(escape(said))
    if total["again"]:
        st.caption(
            f":material/replay: {formats.count(total['again'])} of them had been in the funnel "
            "before and came back. Overview and Funnel count a lead once, with those that only a "
            "later stage shows to have been MQLs; nobody was handed these."
        )
    if total["no_calendar"]:
        st.warning(
            f"{formats.counted(total['no_calendar'], 'MQL has', 'MQLs have')} no deadline, because "
            "the definitions name no calendar for the country. The work list names them; add "
            "`[[follow_up.calendar]]` on the Definitions page.",
            icon=":material/public:",
        )
    if total["no_owner"]:
        st.warning(
            f"{formats.counted(total['no_owner'], 'MQL has', 'MQLs have')} no owner and "
            f"{'was' if total['no_owner'] == 1 else 'were'} given to nobody by name: nobody is "
            "reminded. The work list has them under Unassigned; load owners with the leads, or "
            "assignments.",
            icon=":material/person_off:",
        )
    if total["shared"]:
        st.caption(
            f":material/group: {formats.counted(total['shared'], 'MQL is', 'MQLs are')} with two "
            "owners at once: both accepted it, or both got it on one day. Each counts once, with "
            "its lead's owner, and stands in the work list with who got it last."
        )
