"""The parts of the page Forecast: its sentence, what the numbers rest on, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.notebook.notebook import Notebook
from data.storage.store import Store
from data.terms.glossary import defined
from metrics.forecast.course import course
from metrics.forecast.forecast import TOTAL, forecast_of
from metrics.forecast.landing import Landing, landing
from metrics.forecast.ledger import record_forecast
from metrics.forecast.planned import (
    PlannedEntries,
    PlannedQuarter,
    planned_entries,
    planned_for,
)
from metrics.forecast.quarters import quarter_name, quarter_of
from metrics.forecast.triangulation import OURS
from metrics.forecast.widening import Widening
from metrics.period import in_words
from metrics.plan.draws import Draws
from metrics.plan.past.history import History
from metrics.plan.target import plural
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.address import choose_of_few
from pages.controls.columns import day, moment, number, percent, score, short, text
from pages.controls.downloads import offer_downloads
from pages.controls.measure import current_warehouse, definitions
from pages.display.text import bullets, escape
from pages.plan.drawn import draws_of, history_of
from pages.plan.widened import learn_widening, learnt_widening, width_in_words

FEW = 20
"""Under so many forecasts a score is mostly chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """A landing with what it is made of and set against. Numbers are in `currency`, or in deals."""

    scope: Scope
    history: History
    draws: Draws
    landed: Landing
    planned: tuple[PlannedQuarter | None, ...]
    volume: PlannedEntries | None
    currency: str | None
    learnt: Widening | None

    @property
    def course(self) -> pl.DataFrame:
        """One row per quarter, past and to come."""
        return course(self.history, self.landed, self.planned, definitions().base_currency)

    @property
    def sources(self) -> pl.DataFrame:
        """One row per quarter and source, in the unit of the page; quarters by name."""
        unit = "revenue" if self.currency else "deals"
        names = dict(self.course.select("quarter_on", "quarter").iter_rows())
        columns = ["mean", "p10", "p50", "p90"]
        return forecast_of(self.landed).select(
            pl.col("quarter_on").replace_strict(names, return_dtype=pl.String).alias("quarter"),
            "source",
            *(pl.col(f"{unit}_{each}").alias(each) for each in columns),
            pl.col("deals_mean"),
        )

    def worth(self, value: float | None) -> str:
        """A number as the page writes it."""
        if self.currency:
            return formats.money(value, self.currency)
        return formats.NOTHING if value is None else f"{formats.count(value)} deals"


def notebook() -> Notebook:
    """The notebook beside the store."""
    return Notebook(Store.from_environment().path)


def outlook(scope: Scope) -> Outlook:
    """The forecast of a plan scope. Raises MetricError where nothing can be forecast."""
    history, draws = history_of(scope), draws_of(scope)
    volume = _choose_volume(scope, history)
    question = f"{current_warehouse().generation} {scope!r} {volume!r}"
    landed = _landing(question, history, draws, volume.by_month if volume else None)
    learnt = learnt_widening(scope)
    if learnt:
        landed = landed.widened(learnt.factor)
    planned = tuple(planned_for(notebook(), quarter, scope) for quarter in landed.quarters)
    currency = definitions().base_currency if landed.has_amounts else None
    return Outlook(scope, history, draws, landed, planned, volume, currency, learnt)


@st.cache_resource(max_entries=16, ttl="1h", show_spinner=False)
def _landing(
    question: str, _history: History, _draws: Draws, _planned: dict[date, float] | None
) -> Landing:
    return landing(_history, _draws, _planned)


def _choose_volume(scope: Scope, history: History) -> PlannedEntries | None:
    """The volume of a locked plan, where there is one and it is asked for."""
    known = planned_entries(notebook(), history.entry, history.observed_until, scope)
    if known is None:
        return None
    label = choose_of_few(
        f"{_capitalised(plural(history.entry))} to come",
        VOLUMES,
        key="forecast_volume",
        meaning="As usual: the mean of the last twelve full months, as uneven as these were. As"
        f" planned: in its months as many as {escape(known.plan)} wants.",
    )
    return known if label == VOLUMES[1] else None


VOLUMES = ("As usual", "As planned")


def _capitalised(words: str) -> str:
    return words[0].upper() + words[1:]


def show_sentence(found: Outlook) -> None:
    """Where this quarter lands, what is won already, and what the locked plan makes of it."""
    rows = found.course
    now = rows.filter(pl.col("won_so_far").is_not_null()).row(0, named=True)
    sentence = (
        f"This quarter, {now['quarter']}, lands at {found.worth(now['p50'])}"
        f" ({found.worth(now['p10'])} to {found.worth(now['p90'])} in 8 of 10 cases);"
        f" {found.worth(now['won_so_far'])} {'is' if found.currency else 'are'} won already."
    )
    if now["plan"] is not None:
        wanted = found.planned[0]
        assert wanted is not None
        sentence += (
            f" {wanted.plan} wants {found.worth(now['plan'])}: it is reached in"
            f" {formats.share(now['p_hit'])} of cases."
        )
    past = rows.filter(pl.col("won").is_not_null())
    if len(past) >= 4:
        was = past.row(-4, named=True)
        sentence += f" A year before, {was['quarter']} won {found.worth(was['won'])}."
    st.markdown(escape(sentence))


def show_basis(found: Outlook, place: DeltaGenerator) -> None:
    """What the numbers rest on, and what they leave out."""
    deals, entry = found.history.deals, found.landed.entry
    notes = [
        f"As of {in_words(found.landed.as_of)}.",
        f"{_capitalised(plural(entry))} go on to enter as usual,"
        f" {formats.count(found.landed.usual_entries)} a month."
        if found.volume is None
        else f"{_capitalised(plural(entry))} enter as {found.volume.plan} wants, and as usual,"
        f" {formats.count(found.landed.usual_entries)} a month, where it ends.",
        f"Learned from {formats.counted(found.history.wins, 'win')}.",
    ]
    if deals.stale_deals:
        notes.append(
            f"{formats.counted(deals.stale_deals, 'open deal')} without activity for over"
            f" {deals.stale_days} days"
            f" {'counts' if deals.stale_deals == 1 else 'count'} as lost."
        )
    if not found.landed.has_amounts:
        notes.append("No won deal has an amount, so everything is in deals.")
    notes.append(width_in_words(found.learnt))
    place.caption(escape(" ".join(notes)))


def show_views(views: pl.DataFrame, found: Outlook) -> None:
    """Other views of each quarter side by side, why one has no number, and how they are made."""
    currency = definitions().base_currency
    lines, untold, made = [], [], []
    for (name,), rows in views.group_by("view", maintain_order=True):
        view = _capitalised(str(name))
        numbers = dict(rows.select("quarter_on", "revenue").iter_rows())
        lines.append({"View": view} | _by_quarter(numbers, currency))
        if name == OURS and rows["revenue_p10"].is_not_null().any():
            for column, label in (("revenue_p10", "10% low"), ("revenue_p90", "90% high")):
                bounds = dict(rows.select("quarter_on", column).iter_rows())
                lines.append({"View": label} | _by_quarter(bounds, currency))
        untold += [f"{view}: {reason}" for reason in _reasons(rows)]
        # The plan of a quarter is named where there is one.
        told = rows.filter(pl.col("reason").is_null())
        how = (rows if told.is_empty() else told)["made_of"].unique(maintain_order=True)
        made.append(f"{view}: {' '.join(how)}")
    st.table(
        pl.DataFrame(lines).to_dict(as_series=False),
        border="horizontal",
        hide_index=True,
        alt="Views of each quarter",
    )
    if untold:
        st.caption(bullets(untold))
    with st.expander("How each is made", icon=":material/help:"):
        st.markdown(bullets(made))
    offer_downloads(lambda: views, "forecast_views")


def _by_quarter(numbers: Mapping[date, float | None], currency: str) -> dict[str, str]:
    return {
        quarter_name(quarter_of(first)): escape(formats.money(number, currency))
        for first, number in numbers.items()
    }


def _reasons(rows: pl.DataFrame) -> list[str]:
    """Why which quarters of a view have no number."""
    untold: dict[str, list[str]] = {}
    for first, reason in rows.drop_nulls("reason").select("quarter_on", "reason").iter_rows():
        untold.setdefault(reason, []).append(quarter_name(quarter_of(first)))
    return [
        f"{reason}." if len(quarters) == len(rows) else f"{', '.join(quarters)}: {reason}."
        for reason, quarters in untold.items()
    ]


def offer_recording(found: Outlook) -> None:
    """A button that writes the forecast into the ledger; a planned volume is no forecast."""
    if found.volume is not None:
        st.caption("Only a forecast with the usual volume is recorded.")
        return
    if not st.button("Record this forecast", key="forecast_record", icon=":material/history_edu:"):
        return
    landed = found.landed
    if not found.learnt:
        landed = landed.widened(learn_widening(found.scope).factor)
    quarters = record_forecast(
        notebook(),
        landed,
        found.scope,
        definitions=definitions(),
        generation=current_warehouse().generation,
        said_at=datetime.now(UTC),
    )
    st.toast(f"Recorded for {quarters} quarters.", icon=":material/check:")


def without_totals(rows: pl.DataFrame) -> pl.DataFrame:
    """The sources alone."""
    return rows.filter(pl.col("source") != TOTAL)


SOURCE_COLUMNS = {
    "quarter": text("Quarter", pinned=True), "source": text("From"),
    "mean": short("Mean", meaning="Means of the sources add up to the mean of the total."),
    "p10": short("P10", meaning=defined("P10")), "p50": short("P50"),
    "p90": short("P90", meaning=defined("P90")),
    "deals_mean": score("Deals, mean"),
}  # fmt: skip

COURSE_COLUMNS = {
    "quarter_on": day("From"), "quarter_end_on": day("To"), "quarter": text("Quarter"),
    "won": short("Won"), "won_so_far": short("Won so far"), "p10": short("P10"),
    "p25": short("P25"), "p50": short("P50"), "p75": short("P75"), "p90": short("P90"),
    "plan": short("Locked plan"), "p_hit": percent("Chance of the plan"),
}  # fmt: skip

SAID_COLUMNS = {
    "quarter_on": day("Quarter from"), "quarter_end_on": day("to"),
    "said_at": moment("Said at (UTC)"), "as_of_on": day("On data until"),
    "provenance": text("Kind"), "currency": text("Currency"), "p10": short("P10"),
    "p50": short("P50"), "p90": short("P90"), "target": short("Plan then"),
    "p_hit": percent("Chance then"), "won": short("Won"), "generation": text("Data"),
    "definitions_digest": text("Definitions"),
}  # fmt: skip

SCORE_COLUMNS = {
    "forecaster": text("Forecaster", pinned=True), "quarters": number("Quarters"),
    "crps": short("CRPS", meaning=defined("CRPS")),
    "ours_crps": short("Ours, same quarters"), "pinball_p10": short("Pinball P10"),
    "pinball_p50": short("Pinball P50"), "pinball_p90": short("Pinball P90"),
    "covered": number("Within P10 to P90"), "coverage": percent("Share"),
    "coverage_low": percent("95% low"), "coverage_high": percent("95% high"),
    "mean_pit": score("Mean PIT", meaning=defined("Mean PIT")),
    "reason": None,
}  # fmt: skip

TEST_COLUMNS = {
    "quarter_on": day("Quarter from"), "quarter_end_on": day("to"),
    "forecaster": text("Forecaster"), "p10": short("P10"), "p50": short("P50"),
    "p90": short("P90"), "won": short("Won"), "crps": short("CRPS"),
    "pinball_p10": short("Pinball P10"), "pinball_p50": short("Pinball P50"),
    "pinball_p90": short("Pinball P90"), "pit": score("PIT"),
    "reason": text("Why there is no number"),
}  # fmt: skip
