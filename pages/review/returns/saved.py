"""Budgets that are kept: saved under a name, listed, opened, renamed, deleted."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import polars as pl
import streamlit as st

from data.notebook.budgets import Budget, BudgetLine, budgets
from data.notebook.shelf import Kept
from data.notebook.version import Kind
from metrics.budget.plan import budget_plan
from metrics.period import Period, in_words
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import short, text
from pages.controls.downloads import file_stem, to_csv
from pages.controls.kept import address, named, notebook, offer_deletion, offer_undo
from pages.controls.measure import current_warehouse, definitions
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.review.returns.asked import Asked

_PAGE = str(Path(__file__).parents[1] / "channels.py")


def offer_saving(
    allocation: pl.DataFrame, outcome: dict[str, Any], asked: Asked, caution: float
) -> None:
    """A name and a button: the proposed budget is kept with all that it was made of."""
    with (
        st.form("budget_save", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(
            "Save as",
            max_chars=60,
            placeholder="Budget 2027",
            width=260,
            help="If a budget has this name, it gets a new version. Do not name people here.",
        )
        pressed = st.form_submit_button("Save budget", icon=":material/save:")
    if not pressed:
        return
    if not name.strip():
        st.warning("Give the budget a name first.", icon=":material/edit:")
        return
    known = _named(name)
    kept = budgets(notebook()).save(
        known.version.id if known else f"budget-{secrets.token_hex(8)}",
        _written(name.strip(), allocation, outcome, asked, caution),
        based_on=known.version.number if known else 0,
        written_at=datetime.now(UTC),
    )
    again = f" as version {kept.version.number}" if known else ""
    st.toast(f"{escape(name.strip())} is saved{again}.", icon=":material/check:")


def _named(name: str) -> Kept[Budget] | None:
    """The kept budget of a name; None where there is none."""
    same = [each for each in budgets(notebook()).all() if each.value.name == name.strip()]
    return same[0] if same else None


def _written(
    name: str, allocation: pl.DataFrame, outcome: dict[str, Any], asked: Asked, caution: float
) -> Budget:
    terms, period = definitions(), asked.scope.seen or asked.scope.period
    lines = allocation.select("channel", "basis", "today_amount", "proposed_amount")
    return Budget(
        name=name,
        scope=address(),
        currency=terms.base_currency,
        period_from=period.start,
        period_to=period.end,
        change=float(outcome["asked_amount"]),
        caution=caution,
        lines=tuple(
            BudgetLine(channel, basis, float(today), float(proposed))
            for channel, basis, today, proposed in lines.iter_rows()
        ),
        sentence=outcome["sentence"],
        is_distinguishable=outcome["is_distinguishable"],
        definitions_digest=terms.digest,
        generation=current_warehouse().generation,
    )


def show_saved() -> None:
    """The kept budgets, and of the chosen one its lines and what can be done with it."""
    offer_undo(Kind.BUDGET)
    known = {kept.version.id: kept for kept in budgets(notebook()).all()}
    if not known:
        return
    with st.expander(f"Saved budgets ({len(known)})", icon=":material/savings:"):
        chosen = st.selectbox(
            "Budget",
            list(known),
            format_func=lambda entry: known[entry].value.name,
            key="budget_kept",
            bind="query-params",
            width=360,
        )
        kept = known[chosen]
        _show_lines(kept)
        _show_actions(kept)


def _show_lines(kept: Kept[Budget]) -> None:
    budget, version = kept.value, kept.version
    history = budgets(notebook()).history(version.id)
    st.markdown(escape(budget.sentence))
    period = f"{in_words(budget.period_from)} to {in_words(budget.period_to)}"
    added = formats.money(budget.change, budget.currency)
    st.caption(
        escape(
            f"Beside the spend of {period}, with {added} more or less. Version {version.number} of "
            f"{len(history)}, written {in_words(version.written_at.date())}. All versions stay "
            f"readable, with python -m data notebook show {version.id} --version N."
        )
    )
    columns = {
        "channel": text("Channel", pinned=True),
        "today_amount": short(f"Then, {budget.currency}"),
        "proposed_amount": short("Proposed"),
        "change_amount": short("Change"),
        "basis": text("Response known by"),
    }
    show_table(
        _table(budget).select(list(columns)),
        alt=f"The saved budget {budget.name}",
        stem=file_stem(f"budget_{version.id}"),
        columns=columns,
    )


def _table(budget: Budget) -> pl.DataFrame:
    names = ("channel", "basis", "today_amount", "proposed_amount")
    rows = [tuple(getattr(line, name) for name in names) for line in budget.lines]
    schema = {"channel": pl.String, "basis": pl.String, names[2]: pl.Float64, names[3]: pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        change_amount=pl.col("proposed_amount") - pl.col("today_amount")
    )


def _show_actions(kept: Kept[Budget]) -> None:
    """What can be done with a kept budget: open, take away as a plan, rename, delete."""
    version, budget = kept.version, kept.value
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.page_link(
            _PAGE,
            label="Open with its numbers",
            icon=":material/open_in_new:",
            query_params=dict(parse_qsl(budget.scope)),
        )
        st.download_button(
            "As a plan file",
            lambda: to_csv(_as_plan(budget)),
            f"{file_stem(f'budget_{version.id}')}.csv",
            "text/csv",
            key="budget_kept_plan",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
        name = st.text_input(
            "Name", budget.name, max_chars=60, key=f"budget_name_{version.id}", width=260
        )
        if st.button("Rename", icon=":material/edit:", disabled=name.strip() == budget.name):
            _rename(kept, name)
        offer_deletion(version, f"the budget {named(budget.name)}", "Delete budget")


def _as_plan(budget: Budget) -> pl.DataFrame:
    """Spend by month and channel, from the month after the period on."""
    cents = pl.Decimal(18, 2)
    amounts = _table(budget).with_columns(pl.col("proposed_amount").round(2).cast(cents))
    period = Period(budget.period_from, budget.period_to)
    return budget_plan(amounts, Scope(period, budget.period_to), budget.name)


def _rename(kept: Kept[Budget], name: str) -> None:
    if not name.strip() or _named(name):
        st.warning("Give it a name that no other budget has.", icon=":material/edit:")
        return
    budgets(notebook()).save(
        kept.version.id,
        msgspec.structs.replace(kept.value, name=name.strip()),
        based_on=kept.version.number,
        written_at=datetime.now(UTC),
    )
    st.rerun()
