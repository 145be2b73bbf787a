"""Journeys: what happened to one lead, person, account or deal, to a group, and at accounts."""

from dataclasses import replace

from metrics.scope import Comparison
from pages.controls.scope import chosen_scope
from pages.explore.timelines.accounts import show_accounts
from pages.explore.timelines.asked import ACCOUNTS, GROUP, ONE, choose_part, choose_subject
from pages.explore.timelines.group import show_group
from pages.explore.timelines.one import show_one

scope = replace(chosen_scope(), comparison=Comparison.NONE)
search = choose_subject(scope)
part = choose_part()
if part == ONE:
    show_one(scope, search)
elif part == GROUP:
    show_group(scope)
elif part == ACCOUNTS:
    show_accounts(scope)
