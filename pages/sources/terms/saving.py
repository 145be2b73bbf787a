"""Saving a text as a version of the definitions, deriving where that is due, and saying so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from data.definition_changes.differences import differences, follow_in_tables
from data.definition_changes.history import Standing, history
from data.definition_changes.saving import save
from data.definitions import Definitions, in_force
from data.storage.store import Store
from pages.controls.measure import definitions
from pages.display.text import escape
from pages.sources.terms.work import start_deriving

NAME = Path("definitions.toml")
"""What messages call a text that is no file yet."""


def show_fixed() -> bool:
    """Say that the environment names the definitions in force, where it does: nothing is saved."""
    fixed_by = in_force().fixed_by
    if fixed_by:
        named = escape(in_force().path)
        st.info(
            f"{escape(fixed_by)} names the file that is in force, {named}: change "
            f"it there and run `python -m data derive`. Unset {escape(fixed_by)} to save here.",
            icon=":material/lock:",
        )
    return bool(fixed_by)


def save_version(text: str, since: date, based_on: int) -> tuple[int, str]:
    """Save, derive where that is due: the number of the version, and what happened in words.

    Raises what saving raises: DefinitionError, DefinitionConflict, StoreError.
    """
    store = Store.from_environment()
    before = definitions()
    saved = save(store.path, text, NAME, since=since, saved_at=datetime.now(UTC), based_on=based_on)
    said = [f"Saved as {saved.version}."]
    said += [f"It replaces {each}, which will never be in force." for each in saved.replaced]
    newest = history(store.path, date.today())[-1]
    if newest.standing is not Standing.IN_FORCE:
        said.append("On its day derive here, or load a file: the tables follow it from then on.")
    elif not follow_in_tables(differences(before, Definitions.of_text(text, NAME))):
        said.append("Every page shows the new numbers from now on.")
    elif store.generations():
        start_deriving()
        said.append("The tables are being derived under it.")
    return saved.version.number, " ".join(said)
