"""A file that no mapping fits: what its columns are, corrected, tried, kept and loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from data.errors import BackcastError
from data.privacy.contacts import without_contacts
from data.schema.tables import CANONICAL
from loaders.correcting.correction import (
    Correction,
    as_mapped,
    as_proposed,
    corrected_text,
    questions,
    undecided,
)
from loaders.correcting.problems import problems
from loaders.correcting.target_names import ROWS
from loaders.language.library import Kept, check_mapping, keep_mapping
from loaders.outcome import NOTHING_SAID, Preview, Said
from loaders.proposing.roles import NOT_PROPOSED
from loaders.proposing.toml_head import Label
from pages.controls.measure import definitions
from pages.controls.problems import emphasis
from pages.display.text import bullets, escape
from pages.sources.loading.job import is_busy, start_load
from pages.sources.loading.mapping import known_mappings, read_as
from pages.sources.loading.preview import show_trial
from pages.sources.loading.proposal_answers import ask
from pages.sources.loading.proposal_columns import correct_columns, show_notes
from pages.sources.loading.upload import Upload, choose_export_day, declare_full_export

_TABLE, _TEXT = "Column by column", "As text (TOML)"

_FAILED = "load_proposal_failed"


@dataclass(frozen=True, slots=True)
class _Result:
    """The mapping as text, and what is wrong with it: one sentence for each thing."""

    text: str
    wrong: tuple[str, ...]
    kept: Kept | None = None


def correct_proposal(upload: Upload, recognised: Preview, said: Said = NOTHING_SAID) -> None:
    """Say what the file is, see the mapping that follows, try it, and keep it."""
    st.header("Say what this file is", anchor=False)
    st.caption(
        "This is what its columns seem to be, by their names and values. Change what is "
        "wrong. Your choices are remembered, and the next file with these columns is "
        "recognised."
    )
    if recognised.reasons:
        broken = bullets(each.sentence(recognised.file_name) for each in recognised.reasons)
        st.warning(
            f"Some lines cannot be read, whatever the columns are. They are rejected:\n{broken}",
            icon=":material/broken_image:",
        )
    if recognised.draft_of:
        _say_what_it_begins_with(recognised)
    place = f"load_proposal_{said.part_of(upload.file_id)}"
    way = st.segmented_control(
        "How to correct it",
        [_TABLE, _TEXT],
        default=_TABLE,
        required=True,
        key=f"{place}_way",
        help="As text you can use the whole mapping language, starting from your choices here. If "
        "you switch back to the columns, changes to the text are not kept.",
    )
    if way == _TEXT:
        result = _edited(upload, recognised, place)
    else:
        result = _corrected(upload, recognised, place)
    _show_wrong(result)
    _offer_trial_and_keeping(upload, result, said, place)


def _say_what_it_begins_with(recognised: Preview) -> None:
    """That the columns are as the mapping that fits reads them, and what they cannot show of it."""
    name = recognised.draft_of
    if not recognised.mapped:
        columns = "Its rows are of a kind that columns cannot show: correct it as text."
    elif recognised.begun_anew:
        besides = "; ".join(recognised.begun_anew)
        columns = f"The columns are as it reads them, and begin anew: {besides}."
    else:
        columns = "The columns are as it reads them."
    st.caption(escape(f"As text it is a copy of the mapping {name}. {columns}"))


def _corrected(upload: Upload, recognised: Preview, place: str) -> _Result:
    table, label = _choose_what(upload, recognised, place)
    begun = as_proposed(recognised.evidence, table, upload.path)
    if recognised.mapped and table == recognised.table:
        begun = as_mapped(begun, recognised.mapped, table)
    proposed = {choice.header: choice for choice in begun}
    choices = correct_columns(recognised, table, proposed, place)
    correction = Correction(label, table, choices)
    if wrong := problems(correction, recognised.evidence):
        return _Result("", tuple(wrong))
    channels = tuple(dict.fromkeys(rule.name for rule in definitions().channel))
    asked = questions(correction, recognised.evidence, channels)
    answers = ask(recognised, asked, f"{place}_{table}")
    correction = replace(correction, answers=answers)
    text = corrected_text(correction, recognised.evidence, upload.path)
    if not recognised.draft_of:
        st.session_state[f"{place}_begun"] = text
    if open_yet := undecided(correction, recognised.evidence):
        return _Result(text, tuple(open_yet))
    show_notes(text)
    with st.expander("The resulting mapping", icon=":material/draft:"):
        st.code(text, language="toml", line_numbers=True)
    return _checked(text, upload, recognised)


def _choose_what(upload: Upload, recognised: Preview, place: str) -> tuple[str, Label]:
    suggested = Label.of(upload.path)
    if not recognised.draft_of:  # another kind of file, whatever it is called
        suggested = suggested.unlike(known_mappings())
    tables = [table for table in CANONICAL if table not in NOT_PROPOSED]
    with st.grid(4, min_column_width=210):
        table = st.selectbox(
            "Each row of the file is",
            tables,
            index=tables.index(recognised.table),
            format_func=ROWS.__getitem__,
            key=f"{place}_table",
            help="What one row stands for: one lead, one deal, one day of a campaign's costs.",
        )
        name = st.text_input(
            "Name of the mapping",
            suggested.name,
            key=f"{place}_name",
            help="Small letters, digits and _. It is also the name of the file.",
        )
        title = st.text_input("Title", suggested.title, key=f"{place}_title")
        system = st.text_input(
            "System that wrote the file",
            suggested.source_system,
            key=f"{place}_system",
            help="Exports of one system share their record ids: give them the same name here, so "
            "that a deal finds its account.",
        )
    return table, Label(name.strip(), title, system.strip())


def _edited(upload: Upload, recognised: Preview, place: str) -> _Result:
    text = st.text_area(
        "The mapping",
        st.session_state.get(f"{place}_begun", recognised.proposed_toml),
        height=420,
        key=f"{place}_text",
        help="The language is described in loaders/mappings/README.md.",
    )
    return _checked(text or "", upload, recognised)


def _checked(text: str, upload: Upload, recognised: Preview) -> _Result:
    columns = tuple(use.header for use in recognised.columns)
    try:
        return _Result(text, (), check_mapping(text, columns, without_contacts(upload.path.name)))
    except BackcastError as error:
        return _Result(text, error.problems)


def _show_wrong(result: _Result) -> None:
    if result.wrong:
        many = "This needs" if len(result.wrong) == 1 else "These need"
        st.error(
            f"{many} to be put right first:\n\n{bullets(result.wrong)}", icon=":material/error:"
        )
    else:
        st.success("The mapping is valid and fits this file.", icon=":material/check_circle:")


def _offer_trial_and_keeping(upload: Upload, result: _Result, said: Said, place: str) -> None:
    replace = _ask_to_replace(result.kept, place)
    exported = choose_export_day(f"{place}_as_of")
    full_export = declare_full_export(f"{place}_full_export")
    with st.container(horizontal=True):
        tried = st.button(
            "Try it on the file",
            icon=":material/science:",
            disabled=result.kept is None,
            key=f"{place}_try",
        )
        st.button(
            "Save and load",
            type=emphasis(),
            icon=":material/save:",
            disabled=result.kept is None or is_busy() or not replace,
            on_click=_keep_and_load,
            args=(upload, result.kept, exported, full_export, said),
            key=f"{place}_save",
            help="Saves the mapping in your mappings folder and loads the file with it.",
        )
    if failed := st.session_state.pop(_FAILED, None):
        st.error(escape(failed), icon=":material/error:")
    if result.kept:
        show_trial(upload, result.kept, said, place, now=tried)


def _ask_to_replace(kept: Kept | None, place: str) -> bool:
    """Whether the mapping may be written: there is none of its name, or it may be replaced."""
    if kept is None or kept.replaces is None:
        return True
    name = escape(kept.mapping.name)
    whose = "built in; yours would be used instead" if kept.hides_built_in else "yours"
    return st.checkbox(
        f"Replace the mapping {name} that is there already ({whose})",
        key=f"{place}_replace_{kept.mapping.name}",
    )


def _keep_and_load(
    upload: Upload, kept: Kept, exported: datetime | None, full_export: bool, said: Said
) -> None:
    """Runs when the button is pressed, before the page is drawn again."""
    try:
        keep_mapping(kept, replace=True)
    except BackcastError as error:
        st.session_state[_FAILED] = str(error)
        return
    read_as(upload, kept.mapping.name, said)
    start_load(
        upload,
        kept.mapping.name,
        dry_run=False,
        as_of=exported,
        said=said,
        full_export=full_export,
    )
