"""Budget: where the next amount would go, how sure that is, and what it rests on."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.budget.budget_allocation import budget_allocation, budget_outcome
from metrics.budget.plan import budget_plan
from metrics.budget.proposal import CHANGE
from metrics.budget.spend_response import spend_response
from metrics.budget.spend_terciles import spend_terciles
from metrics.channels.verdicts import channel_verdicts
from metrics.verdicts.verdict import Call
from metrics.wording import formats
from pages.charts.budget import response_curve, tercile_costs
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, short, text
from pages.controls.downloads import file_stem, to_csv
from pages.controls.measure import definitions, measure
from pages.controls.problems import explained
from pages.controls.tables import show_chart, show_table, show_table_or
from pages.display.text import bullets, escape
from pages.review.returns.asked import Asked
from pages.review.returns.saved import offer_saving, show_saved

CAUTIONS = {"Balanced": 0.5, "The most on average": 0.0, "Guard against the worst": 1.0}
"""λ in words."""

_BASES = {"experiment": "An experiment", "curve": "A curve", "unknown": "Nothing"}


def show_budget(asked: Asked) -> None:
    """The next amount, the sentence, today's spend beside the proposed one, and why."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        change = st.number_input(
            f"The next amount ({asked.currency})",
            value=CHANGE,
            step=50_000.0,
            format="%.0f",
            key="budget_change",
            bind="query-params",
            persist_state="session",
            width=220,
            help="What is added to the period's spend; below 0 what is taken from it. With 0 "
            "today's spend is shared anew.",
        )
        caution = choose_one(
            "Caution",
            CAUTIONS,
            key="budget_caution",
            width=240,
            meaning="How much the worst fifth of what may come counts beside the average.",
        )
    held, weight = _to_cut(asked), CAUTIONS[caution]
    outcome = measure(
        budget_outcome, asked.scope, definitions(), change=change, caution=weight, held=held
    )
    allocation = measure(budget_allocation, asked.scope, change=change, caution=weight, held=held)
    row = outcome.row(0, named=True)
    lead, _, rest = row["sentence"].partition(": ")
    st.markdown(f"**{escape(lead)}**: {escape(rest)}" if rest else escape(lead))
    if allocation.is_empty():
        with explained():
            show_saved()
        return
    if row["now"] is not None:
        now, then = (
            f"{formats.count(row[name])} ({formats.count(row[f'{name}_low'])} to "
            f"{formats.count(row[f'{name}_high'])})"
            for name in ("now", "then")
        )
        st.caption(
            f"The {row['known_channels']} channels whose response is known bring {now} MQLs with "
            f"today's budget, and {then} with the proposed one; bounds of 95%."
        )
    if held:
        st.caption(
            f"None of the next amount goes to {escape(formats.listed(held))}: the verdict is to "
            "cut."
        )
    if not row["is_distinguishable"]:
        _show_test(asked)
    _show_allocation(allocation, asked)
    _offer_plan(allocation, asked)
    with explained():
        offer_saving(allocation, row, asked, weight)
        show_saved()
    _show_basis(allocation, asked)


def _to_cut(asked: Asked) -> tuple[str, ...]:
    """Channels that get no more, for the page says to cut them."""
    return tuple(
        measure(channel_verdicts, asked.scope, definitions()).filter(call=Call.CUT.value)["channel"]
    )


def _show_test(asked: Asked) -> None:
    """What would change that: the test with most money at stake."""
    tests = measure(channel_verdicts, asked.scope, definitions()).drop_nulls("test")
    enough = tests.filter(pl.col("power") >= 0.8)
    if enough.is_empty():
        st.markdown(
            "What would change that: an experiment that leaves a channel out for some people or "
            "regions (files `experiment` and `experiment_arm`), or spend that differs between "
            "regions and weeks, on campaigns that name their region."
        )
        return
    row = enough.row(0, named=True)
    st.markdown(f"What would change that, for {escape(row['channel'])}: {escape(row['test'])}")


def _show_allocation(allocation: pl.DataFrame, asked: Asked) -> None:
    shown = allocation.with_columns(pl.col("basis").replace_strict(_BASES))
    columns = {
        "channel": text("Channel", pinned=True),
        "today_amount": short(f"Today, {asked.currency}"),
        "proposed_amount": short("Proposed"),
        "change_amount": short("Change"),
        "proposed_low": short(
            "95% low", meaning="What would be best lies between these, as far as it is known"
        ),
        "proposed_high": short("95% high"),
        "proposed_share": percent("Share proposed"),
        "basis": text("Response known by"),
        "least_amount": short("At least", meaning="0.7 times today's spend"),
        "most_amount": short(
            "At most",
            meaning="1.3 times today's spend, never beyond the largest seen; today's for a channel "
            "to cut",
        ),
        "largest_amount": short(
            "Largest seen", meaning="The largest spend of any four weeks running, at their pace"
        ),
    }
    if allocation["proposed_low"].null_count() == len(allocation):
        for bound in ("proposed_low", "proposed_high"):
            del columns[bound]
    st.caption(
        "Amounts are of as many days as the period has. Channels whose response nothing tells "
        "keep their shares of each other, as far as the bounds of each let them."
    )
    show_table(
        shown.select(list(columns)),
        alt="Today's spend and the proposed spend on each channel",
        stem=file_stem("budget_allocation", asked.scope.period),
        columns=columns,
        everything=lambda: allocation,
    )


def _offer_plan(allocation: pl.DataFrame, asked: Asked) -> None:
    stem = file_stem("budget_plan", asked.scope.period)
    st.download_button(
        "As a plan",
        lambda: to_csv(budget_plan(allocation, asked.scope)),
        f"{stem}.csv",
        "text/csv",
        key="budget_plan",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="Spend by month and channel, as a file that the Load page takes for a plan.",
    )


def _show_basis(allocation: pl.DataFrame, asked: Asked) -> None:
    """What more spend went with: a curve where one is shown, and what MQLs cost by spend."""
    parts = ["Cost by spend", "Response curves"]
    costs, curves = st.tabs(parts, key="budget_part", bind="query-params")
    if costs.open:
        with costs:
            _show_terciles(asked)
    if curves.open:
        with curves:
            _show_curves(allocation, asked)


def _show_terciles(asked: Asked) -> None:
    whole = measure(spend_terciles, asked.scope)
    found = whole.filter(pl.col("reason").is_null())
    if not found.is_empty():
        alt = "Cost per MQL of each channel in months of little, middling and much spend"
        show_chart(tercile_costs(found, asked.currency), key="budget_terciles", alt=alt)
    st.caption(
        "Whole months of up to three years, by what was spent on the channel in them; quarters for "
        "a channel paid a few times a year. Lines: 95% by how many MQLs came. It says what went "
        "together: spend may have followed demand."
    )
    columns = {
        "channel": text("Channel", pinned=True),
        "tercile": text("Spend"),
        "periods": number("Periods"),
        "period": text("Each a"),
        "spend_amount": short(f"Spend, {asked.currency}"),
        "mqls": number("MQLs"),
        "cost": short("Per MQL"),
        "cost_low": short("95% low"),
        "cost_high": short("95% high"),
    }
    show_table_or(
        "No channel has six whole months since its first spend: too few to compare.",
        found.select(list(columns)),
        alt="Cost per MQL by spend",
        stem=file_stem("spend_terciles", asked.scope.period),
        columns=columns,
    )
    if len(untold := whole.drop_nulls("reason")):
        rows = untold.rows(named=True)
        st.markdown(bullets(f"{row['channel']}: {row['reason']}" for row in rows))


def _show_curves(allocation: pl.DataFrame, asked: Asked) -> None:
    found = measure(spend_response, asked.scope)
    told = found.filter("has_curve")
    if not told.is_empty():
        channel = choose_one("Channel", told["channel"].unique().sort(), key="budget_curve")
        days = asked.scope.seen.days if asked.scope.seen else 0
        spent = allocation.filter(channel=channel)["today_amount"]
        today = float(spent.item()) * 7 / days if len(spent) and days else None
        show_chart(
            response_curve(told.filter(channel=channel), today, asked.currency),
            key="budget_response",
            alt=f"MQLs that go with spend on {channel}",
        )
        st.caption(
            f"Learnt from {escape(told['observed'][0])}. Dotted: today's spend. What went with "
            "spend as it varied by itself is not yet what it caused."
        )
    untold = found.filter(~pl.col("has_curve"))
    if untold.is_empty():
        if told.is_empty():
            st.info("Spend and leads do not overlap by a whole week: nothing can be learnt.")
        return
    st.markdown(f"No curve is shown, from {escape(untold['observed'][0])}, because:")
    st.markdown(bullets(f"{row['channel']}: {row['reason']}" for row in untold.rows(named=True)))
