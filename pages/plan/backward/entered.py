"""What the entries of a plan are, in words: leads, or deals where no deal is linked to a lead."""

from __future__ import annotations

from dataclasses import replace

from metrics.funnel.deal_links import deal_links
from metrics.plan.past.history import History
from metrics.plan.target import plural
from metrics.scope import Scope, Stage, Unit
from metrics.sentences import describe
from metrics.wording import formats
from pages.controls.measure import measure


def about(scope: Scope, history: History) -> str:
    """What a page of plans is learned from, in a sentence: leads, or deals where these enter."""
    starts_from_deals = history.entry is Stage.OPPORTUNITY
    counted = replace(scope, unit=Unit.DEAL) if starts_from_deals else scope
    return f"Learned from all that is loaded. {describe(counted)}"


def learned_from(history: History) -> str:
    """How many wins the plan learns from, and whose they are."""
    wins = history.wins
    if wins < 20:
        return f"Only {formats.counted(wins, 'win')} to learn from: ranges are wide."
    if history.entry is Stage.OPPORTUNITY:
        return f"Learned from {formats.counted(wins, 'won deal')}."
    return f"Learned from {formats.counted(wins, 'won deal')} that name their lead."


def entries_note(history: History, scope: Scope, asked: Unit) -> str | None:
    """Why the plan's entries are what they are, where a reader would expect others.

    `asked` is the sidebar's unit, which plans do not follow.
    """
    if history.entry is Stage.OPPORTUNITY:
        leads = measure(deal_links, scope).row(0, named=True)["leads"]
        why = (
            f"No deal is linked to one of the {formats.counted(leads, 'lead')} loaded"
            if leads
            else "No lead is loaded"
        )
        return (
            f"{why}, so the plan starts from deals, all segments together:"
            " each is an entry when it is opened."
        )
    if asked is Unit.ACCOUNT:
        return (
            f"Planned in {plural(history.entry)}, not in accounts: a plan gives each entry one win,"
            " and an account wins deal after deal, of earlier leads and of later ones."
        )
    if asked is Unit.DEAL:
        return (
            f"Planned in {plural(history.entry)}, not in deals: there are leads, and what marketing"
            " can create more of is a lead."
        )
    return None
