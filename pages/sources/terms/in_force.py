"""The terms in force, by subject and in words, with the day since when each holds."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby

import polars as pl
import streamlit as st

from data.definition_changes.differences import differences, in_words, rules_in_words
from data.definition_changes.history import Told, since_when
from data.definitions import BUILT_IN, Definitions, in_force
from data.errors import EmptyStoreError, NotDerivedError
from data.terms.meanings import MEANINGS, TITLES
from metrics.health.rules import rule_matches
from metrics.wording import formats
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import definitions, measure_all
from pages.controls.tables import show_table
from pages.controls.terms_note import tables_follow
from pages.display.text import escape
from pages.sources.terms.work import start_deriving

_OF_ACTIONS = {
    "touch.actions", "touch.high_value", "touch.outbound", "touch.ignored", "content.read",
    "content.downloaded", "reach.responses", "reach.wrong_number", "reach.right_number",
    "reach.mail.sent", "reach.mail.delivered", "reach.mail.bounced", "reach.mail.opened",
    "reach.mail.clicked", "follow_up.responses",
}  # fmt: skip
"""Terms whose values are names of actions, which people read without underscores."""


def show_in_force(told: tuple[Told, ...]) -> None:
    """Which definitions hold, and each term in words; the whole as text and as a table."""
    source, terms = in_force(), definitions()
    st.markdown(escape(_sentence(terms)))
    if source.fixed_by:
        st.info(
            f"{escape(source.fixed_by)} names the file that is in force, {escape(source.path)}. "
            "It is changed where it lies: here it is shown, and nothing can be saved.",
            icon=":material/lock:",
        )
    note_other_tables(terms)
    st.download_button(
        "Download the file",
        source.path.read_bytes,
        "definitions.toml",
        "application/toml",
        key="terms_file",
        on_click="ignore",
        icon=":material/download:",
        help="The definitions in force as they were written, with their comments.",
    )
    since = {} if source.fixed_by else {key: since_when(told, key) for key in MEANINGS}
    for subject, keys in groupby(MEANINGS, key=lambda key: MEANINGS[key].subject):
        with st.container(border=True, gap="small"):
            st.header(subject, anchor=False)
            for key in keys:
                _show_term(key, terms, f", since {since[key]}" if since.get(key) else "")
    _show_found(terms)
    rows = [
        (meaning.subject, key, in_words(key, terms), meaning.words, since.get(key))
        for key, meaning in MEANINGS.items()
    ]
    names = ["subject", "term", "value", "meaning", "since"]
    offer_downloads(
        lambda: pl.DataFrame(rows, schema=names, schema_overrides={"since": pl.Date}, orient="row"),
        file_stem("definitions"),
    )


def _show_found(terms: Definitions) -> None:
    """How many leads have each name that a rule gives, and which names tell nobody apart."""
    if not (terms.persona or terms.segment or terms.tag):
        return
    with suppress(EmptyStoreError, NotDerivedError), st.container(border=True):
        found = measure_all(rule_matches, terms)
        st.header("Whom the names find", anchor=False)
        for row in found.filter(pl.col("remark").is_not_null()).iter_rows(named=True):
            st.warning(escape(f"{row['kind'].capitalize()} {row['name']}: {row['remark']}"))
        show_table(
            found.drop("all_leads"),
            alt="Leads that have each name",
            stem=file_stem("names"),
            columns={
                "kind": text("Kind", pinned=True),
                "name": text("Name"),
                "leads": number("Leads"),
                "share": percent("Of all leads"),
                "remark": text("Remark", wide="large"),
            },
        )


def note_other_tables(terms: Definitions) -> None:
    """That the tables were derived under other definitions or by another version, where so."""
    try:
        if tables_follow(terms):
            return
        said = (
            "The tables were derived under other definitions than these: until they are derived "
            "anew, numbers follow the old ones."
        )
    except EmptyStoreError:
        return
    except NotDerivedError as error:
        said = escape(error)
    st.warning(said, icon=":material/sync_problem:")
    st.button("Derive now", on_click=start_deriving, key="terms_derive")


def _sentence(terms: Definitions) -> str:
    """Which definitions hold, and in how many things they differ from the built-in ones."""
    source = in_force()
    if source.version:
        holds = f"Version {source.version.number} is in force since {source.version.since}"
    elif source.fixed_by:
        holds = f"The file {source.path.name} is in force"
    else:
        return "The built-in definitions are in force: nobody has saved others yet."
    changes = differences(Definitions.load(BUILT_IN), terms)
    if not changes:
        return f"{holds}; it says what the built-in definitions say."
    counted = formats.counted(len({change.term for change in changes}), "term")
    return f"{holds}; it differs from the built-in definitions in {counted}."


def _show_term(key: str, terms: Definitions, since: str) -> None:
    """Title and value on one line, a list of rules below it, and what the term means."""
    rules = rules_in_words(key, terms)
    shown = formats.counted(len(rules), "rule") if rules else in_words(key, terms)
    if key in _OF_ACTIONS:
        shown = shown.replace("_", " ")
    said = f"{escape(TITLES[key])}: **{escape(shown)}**{escape(since)}"
    st.markdown(said, help=f"In the file it is called `{key}`.")
    if rules:
        st.markdown("\n".join(f"1. {escape(each)}" for each in rules))
    st.caption(escape(MEANINGS[key].words))
