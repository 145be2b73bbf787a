"""What accounts have and lack: roles, what they own, their groups, conflicts and potential."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from metrics.accounts.account_roll_up import account_group_members, account_roll_up
from metrics.accounts.buying_roles import ROLES, account_roles, buying_roles
from metrics.accounts.half_year_potential import GROUPED_BY, half_year_potential
from metrics.accounts.installed_base import Due, installed_base
from metrics.accounts.promotion_conflicts import promotion_conflicts
from metrics.scope import Dimension, Scope
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import day, number, percent, score, short, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_table
from pages.display.text import bullets, escape
from pages.explore.timelines.rows import show_rows

_ROLES = {each.label.capitalize(): each for each in ROLES}
_GROUPS = {each.label.capitalize(): each for each in GROUPED_BY}


def show_roles(scope: Scope) -> None:
    """Which roles are reached at accounts that are in play, and the gaps account by account."""
    by = _ROLES[choose_one("Role by", _ROLES, key="journeys_role", width=180)]
    roles = measure(buying_roles, scope, by)
    if roles.is_empty():
        st.info(
            "Nobody is known at a target account, or at one with an open deal, in this selection.",
            icon=":material/groups:",
        )
        return
    known = roles.filter(pl.col("role") != "Unassigned").sort("gaps", "role", descending=True)
    accounts = formats.counted(roles.item(0, "accounts"), "account is", "accounts are")
    gap = ""
    if not known.is_empty() and known.item(0, "gaps"):
        row = known.row(0, named=True)
        gap = (
            f" The widest gap is **{escape(row['role'])}**: nobody of them is reached at "
            f"{formats.counted(row['gaps'], 'account')} with an open deal."
        )
    st.markdown(f"**{accounts}** in play.{gap}")
    columns = {
        "role": text(by.label.capitalize(), pinned=True), "known": number("Accounts with them"),
        "reached": number("Reached at"), "reached_rate": percent("Of all"),
        "reached_rate_low": percent("95% low"), "reached_rate_high": percent("95% high"),
        "engaged": number("Engaged at"), "people": number("People"),
        "gaps": number("Gaps at open deals"),
    }  # fmt: skip
    show_table(
        roles.select(list(columns)),
        alt="Buying roles by how many accounts they are reached at",
        stem=file_stem("buying_roles", scope.period),
        columns=columns,
        everything=lambda: roles,
    )
    st.subheader("Gaps, account by account", anchor=False)
    each = measure(account_roles, scope, by)
    gaps = each.filter((pl.col("reached") == 0) & (pl.col("role") != "Unassigned"))
    of_each = {
        "account": text("Account", pinned=True), "role": text("Nobody reached of"),
        "people": number("Known of them"), "open_deals": number("Open deals"),
    }  # fmt: skip
    show_rows(
        gaps, of_each, alt="Accounts and the roles that nobody is reached of",
        stem=file_stem("account_roles", scope.period),
    )  # fmt: skip


def show_installed(scope: Scope) -> None:
    """What accounts own, what is due first."""
    found = measure(installed_base, scope)
    if found.is_empty():
        st.info("No account in this selection has ordered.", icon=":material/inventory_2:")
        return
    due = found.filter(pl.col("due") != Due.NO.value)
    parts = [
        f"{formats.count(len(due.filter(due=each.value)))} where {each.value}"
        for each in (Due.OVER, Due.ENDS)
        if len(due.filter(due=each.value))
    ]
    old = len(due.filter(due=Due.OLD.value))
    parts += [f"{formats.count(old)} {Due.OLD.value}"] if old else []
    said = f": {escape(formats.listed(parts))}" if parts else ""
    st.markdown(
        f"**{formats.count(len(due))} of {formats.counted(len(found), 'product')}** at "
        f"{formats.counted(found['account_id'].n_unique(), 'account')} are due{said}."
    )
    columns = {
        "account": text("Account", pinned=True), "product": text("Product"), "due": text("Due"),
        "age_years": score("Years since the last order"), "quantity": number("Quantity"),
        "maintained_until": day("Maintained until"), "last_ordered_on": day("Last order"),
        "owner": text("Owner"), "orders": number("Orders"),
        "amount": short(f"Ordered for, {definitions().base_currency}"),
    }  # fmt: skip
    show_rows(
        found, columns, alt="Products that accounts own, those that are due first",
        stem=file_stem("installed_base", scope.period),
    )  # fmt: skip


def show_groups(scope: Scope) -> None:
    """Parents with all that belongs to them, and which records name each other as parents."""
    found = measure(account_roll_up, scope)
    if found.is_empty():
        st.info("No company in this selection has a parent.", icon=":material/account_tree:")
        return
    circles = found.drop_nulls("circle").unique("circle", maintain_order=True)["circle"].to_list()
    if circles:
        st.warning(
            "These companies are each other's parents, or their own, so that each stands for "
            f"itself. Correct the parent in the file of accounts:\n{bullets(circles[:10])}"
            + (f"\n- and {len(circles) - 10} more, in the table" if len(circles) > 10 else ""),
            icon=":material/sync_problem:",
        )
    columns = {
        "account": text("Group", pinned=True), "companies": number("Companies"),
        "leads": number("Leads"), "open_deals": number("Open deals"),
        "open_amount": short(f"Open, {definitions().base_currency}"),
        "won_deals": number("Won"), "won_amount": short("Won for"),
        "orders": number("Orders"), "products": number("Products"),
        "circle": text("In a circle with"),
    }  # fmt: skip
    show_rows(
        found, columns, alt="Groups of companies, the largest open pipeline first",
        stem=file_stem("account_roll_up", scope.period),
    )  # fmt: skip
    with st.expander("Company by company", icon=":material/table:"):
        members = measure(account_group_members, scope)
        of_each = {
            "top": text("Group", pinned=True), "account": text("Company"),
            "parent": text("Parent"), "leads": number("Leads"),
            "open_deals": number("Open deals"), "won_deals": number("Won"),
            "orders": number("Orders"),
        }  # fmt: skip
        show_rows(
            members, of_each, alt="Companies of each group",
            stem=file_stem("account_group_members", scope.period),
        )  # fmt: skip


def show_conflicts(scope: Scope) -> None:
    """Campaigns that met an open deal, and who should know."""
    found = measure(promotion_conflicts, scope, definitions())
    if found.is_empty():
        st.markdown(":material/check: No campaign contacted an account with an open deal.")
        return
    owners = found["owner"].drop_nulls().n_unique()
    deals = formats.counted(found["opportunity_id"].n_unique(), "deal", "deals")
    campaigns = formats.counted(found["campaign"].n_unique(), "campaign")
    st.markdown(
        f"**{deals}** met a promotion while open, by {campaigns}: "
        f"{formats.counted(owners, 'owner')} to tell."
    )
    columns = {
        "account": text("Account", pinned=True), "campaign": text("Campaign"),
        "owner": text("Tell"), "opportunity_id": text("Deal"),
        "amount": short(f"Amount, {definitions().base_currency}"),
        "contacts": number("Contacts"), "people": number("People"), "last_on": day("Last"),
        "is_open": tick("Still open", meaning="Open on the last day of the period observed"),
    }  # fmt: skip
    show_rows(
        found, columns, alt="Campaigns that contacted accounts with an open deal",
        stem=file_stem("promotion_conflicts", scope.period),
    )  # fmt: skip


def show_potential(scope: Scope) -> None:
    """What each group of accounts is likely to bring in half a year."""
    by, then = _choose_groups()
    found = measure(half_year_potential, scope, by, then)
    if found.is_empty():
        st.info("No account in this selection has a lead.", icon=":material/hourglass_empty:")
        return
    currency = definitions().base_currency
    whole = found.row(0, named=True)
    told = found.filter(~pl.col("is_total")).drop_nulls("amount")
    if told.is_empty():
        st.info(
            "Nobody was followed for half a year yet, no amount is known, or too many were won on "
            "days that nobody recorded: nothing is expected.",
            icon=":material/hourglass_empty:",
        )
    else:
        row = told.row(0, named=True)
        name = " · ".join(each for each in (row["segment"], row["second"]) if each)
        most = "" if len(told) < 2 else f" The most from **{escape(name)}**: {_likely(row)}."
        whole_said = (
            "For some groups nothing can be expected yet, so the total is not known."
            if whole["amount"] is None
            else f"All are likely to bring {_likely(whole)}."
        )
        st.markdown(whole_said + most)
    shown = found.with_columns(
        pl.when("is_total").then(pl.lit("All accounts")).otherwise("segment").alias("segment")
    )
    second = {"second": text(then.label.capitalize())} if then else {}
    columns = {
        "segment": text(by.label.capitalize(), pinned=True), **second,
        "accounts": number("Accounts"),
        "open_accounts": number("Open"), "opportunity_rate": percent("To a deal in half a year"),
        "won_rate": percent("Won in half a year"), "wins": score("Wins to come"),
        "amount": short(f"Likely, {currency}"), "amount_low": short("80% low"),
        "amount_high": short("80% high"), "usual_amount": short("Usual deal"),
        "is_own": tick("Its own", meaning="Its own accounts tell it; else those of all groups do"),
    }  # fmt: skip
    show_table(
        shown.select(list(columns)),
        alt=f"What accounts are likely to bring in half a year, by {by.label}",
        stem=file_stem("half_year_potential", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "The total is the sum of the groups; its bounds are of their sums, draw by draw, and so "
        "narrower than those of the groups added up. First wins only, of all accounts that came in "
        "until the period's last day; repeat purchases are the installed base's to say."
    )


_ONE = "Nothing else"


def _choose_groups() -> tuple[Dimension, Dimension | None]:
    with st.container(horizontal=True, gap="medium"):
        by = _GROUPS[choose_one("Accounts by", _GROUPS, key="journeys_potential", width=180)]
        others = {_ONE: None, **{name: each for name, each in _GROUPS.items() if each is not by}}
        then = others[choose_one("And by", others, key="journeys_potential_and", width=180)]
    return by, then


def _likely(row: dict[str, Any]) -> str:
    """What a group is likely to bring, its bounds and the accounts that it comes from."""
    currency = definitions().base_currency
    amount, low, high = (
        f"{escape(formats.money(row[name], currency))}"
        for name in ("amount", "amount_low", "amount_high")
    )
    return (
        f"{amount}, between {low} and {high} at 80%, from "
        f"{formats.counted(row['open_accounts'], 'open account')}"
    )
