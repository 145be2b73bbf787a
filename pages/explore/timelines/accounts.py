"""Accounts: target lists, buying roles, installed base, groups, conflicts and potential."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from data.errors import MetricError
from metrics.accounts.target_accounts import Missing, target_account_list, target_accounts
from metrics.period import in_words
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import day, number, percent, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.problems import show_unanswered
from pages.controls.questions import needing
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.explore.timelines.at_accounts import (
    show_conflicts,
    show_groups,
    show_installed,
    show_potential,
    show_roles,
)
from pages.explore.timelines.rows import show_rows


def show_accounts(scope: Scope) -> None:
    """A tab per question; only the open one is asked."""
    st.caption(escape(_described(scope)))
    tabs = st.tabs(list(PARTS), key="journeys_accounts", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        if tab.open:
            with tab:
                try:
                    show(scope)
                except MetricError as reason:
                    show_unanswered(reason)


def _described(scope: Scope) -> str:
    """The period, how far it is seen, and which accounts pass."""
    filters = [each.describe() for each in scope.filters]
    asked = f" Accounts of {', '.join(filters)}, by their earliest lead." if filters else ""
    seen = (
        ""
        if scope.observed_until >= scope.period.end
        else (f", seen until {in_words(scope.observed_until)}")
    )
    return f"{scope.period.describe()}{seen}.{asked}"


def _show_targets(scope: Scope) -> None:
    lists = measure(target_accounts, scope)
    if lists.is_empty():
        st.info("No account of a target list is in this selection.", icon=":material/checklist:")
        return
    each = measure(target_account_list, scope)
    st.markdown(_in_short(each))
    columns = {
        "list_name": text("List", pinned=True), "tier": text("Tier"),
        "accounts": number("Accounts"),
        "known_rate": percent("Known"), "reached_rate": percent("Reached"),
        "engaged_rate": percent("Engaged"), "in_pipeline_rate": percent("In pipeline"),
        "won_rate": percent("Won"), "people": number("People known"),
        "people_reached": number("Reached of them"),
        "open_amount": short(f"Open, {definitions().base_currency}"),
    }  # fmt: skip
    show_table(
        lists.select(list(columns)),
        alt="How far each list of target accounts has come, by tier",
        stem=file_stem("target_accounts", scope.period),
        columns=columns,
        everything=lambda: lists,
    )
    st.caption(
        "Shares of the accounts; the downloads have the counts and bounds of 95%. Engaged and won "
        "are of the period, in pipeline is its last day."
    )
    st.subheader("What each account lacks", anchor=False)
    of_each = {
        "account": text("Account", pinned=True), "list_name": text("List"), "tier": text("Tier"),
        "missing": text("Lacks"), "owner": text("Owner"), "people": number("People"),
        "people_reached": number("Reached"), "leads": number("Leads"),
        "last_touch_on": day("Last touch"), "open_deals": number("Open deals"),
        "open_amount": short("Open"), "won_deals": number("Won"),
    }  # fmt: skip
    show_rows(
        each, of_each, alt="Target accounts and what each still lacks",
        stem=file_stem("target_account_list", scope.period),
    )  # fmt: skip


def _in_short(each: pl.DataFrame) -> str:
    once = each.unique("account_id", keep="first", maintain_order=True)
    lacking = dict(once.group_by("missing").len().iter_rows())
    order = [one.value for one in Missing if one is not Missing.NOTHING and one.value in lacking]
    parts = [f"{one} at {formats.count(lacking[one])}" for one in order]
    rest = f": {escape(formats.listed(parts))}" if parts else ""
    lists = formats.counted(each["list_name"].n_unique(), "list")
    accounts = formats.counted(len(once), "target account")
    return f"**{accounts}** on {lists}{rest}."


_ACCOUNTS = "accounts"

PARTS: dict[str, Callable[[Scope], None]] = {
    "Target lists": needing("target_accounts", _ACCOUNTS, _show_targets),
    "Buying roles": needing("buying_roles", _ACCOUNTS, show_roles),
    "Installed base": needing("installed_base", _ACCOUNTS, show_installed),
    "Groups": needing("account_roll_up", _ACCOUNTS, show_groups),
    "Promotion conflicts": needing("promotion_conflicts", _ACCOUNTS, show_conflicts),
    "Potential": needing("half_year_potential", _ACCOUNTS, show_potential),
}
