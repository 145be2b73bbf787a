"""The mapping that an uploaded file is read under: the one that fits, or one that is chosen."""

from __future__ import annotations

import streamlit as st

from data.errors import SourceError
from loaders.language.library import read_mappings
from loaders.language.model import Mapping
from loaders.outcome import NOTHING_SAID, Preview, Said
from loaders.preview import preview
from pages.display.text import escape
from pages.sources.loading.preview import ROWS, show_remarks
from pages.sources.loading.upload import Upload

_KEY = "load_preview"


def choose_sheet(upload: Upload) -> Said:
    """The sheet to read where the file is a workbook with several, the first unless one is chosen.

    Raises SourceError where the chosen sheet holds no records.
    """
    first = previewed(upload, None)
    if first.sheet is None or not first.other_sheets:
        return NOTHING_SAID
    chosen = st.selectbox(
        "Sheet to read",
        [first.sheet, *first.other_sheets],
        key=f"load_sheet_{upload.file_id}",
        help="One sheet is read at a time. Load the file once for each that holds records.",
    )
    said = NOTHING_SAID if chosen == first.sheet else Said(sheet=chosen)
    shown = previewed(upload, None, said)
    if not shown.columns:
        raise SourceError(shown.message)
    return said


def choose_mapping(upload: Upload, said: Said = NOTHING_SAID) -> Preview:
    """The preview under the mapping that fits, or another that is chosen.

    Without a mapping, when none fits and none is chosen, it is the one with a proposal.
    """
    recognised = previewed(upload, None, said)
    names = list(known_mappings())
    if recognised.mapping is None:
        st.warning(
            escape(
                f"{upload.name} is new: no mapping fits it yet. Check below what each column is."
            ),
            icon=":material/help:",
        )
        with st.expander("Closest known kinds of file"):
            st.markdown(escape(recognised.message.partition(" `python")[0]))
        show_remarks(recognised.remarks)
    chosen = st.selectbox(
        "Read it as",
        names,
        index=names.index(recognised.mapping) if recognised.mapping in names else None,
        format_func=_titled,
        placeholder="Choose what kind of file this is",
        key=_choice(upload, said),
        help="Recognised by its columns. Choose another kind if it is wrong.",
    )
    if chosen in (None, recognised.mapping):
        return recognised
    return previewed(upload, chosen, said)


def to_correct(upload: Upload, shown: Preview, said: Said = NOTHING_SAID) -> Preview | None:
    """The mapping of the preview as a draft, where somebody wants to correct it; else None."""
    wanted = st.toggle(
        "Change how its columns are read",
        key=f"load_correct_{said.part_of(upload.file_id)}_{shown.mapping}",
        help="Say what each column is. It is saved as your own mapping, and used for such files "
        "from then on.",
    )
    return previewed(upload, shown.mapping, said, draft=True) if wanted else None


def read_as(upload: Upload, mapping: str, said: Said = NOTHING_SAID) -> None:
    """Look at the file anew, under a mapping that was just kept. Called before a page is drawn."""
    st.session_state.pop(_KEY, None)
    st.session_state[_choice(upload, said)] = mapping
    known_mappings.clear()


def _choice(upload: Upload, said: Said) -> str:
    return f"load_mapping_{said.part_of(upload.file_id)}"


def previewed(
    upload: Upload, mapping: str | None, said: Said = NOTHING_SAID, *, draft: bool = False
) -> Preview:
    """The preview, made once per file, mapping and answers. Raises SourceError, MappingError."""
    kept: dict[object, Preview] = st.session_state.setdefault(_KEY, {})
    if kept and st.session_state.get(f"{_KEY}_of") != upload.file_id:
        kept.clear()
    st.session_state[f"{_KEY}_of"] = upload.file_id
    which = (mapping, said, draft)
    if which not in kept:
        with st.spinner("Reading the first rows …"):
            kept[which] = preview(upload.path, mapping, rows=ROWS, said=said, draft=draft)
    return kept[which]


@st.cache_resource(max_entries=1, ttl="1m", show_spinner=False)
def known_mappings() -> dict[str, Mapping]:
    """All mappings there are by name, in the order of their titles."""
    mappings = read_mappings()
    return dict(sorted(mappings.items(), key=lambda each: each[1].title.casefold()))


def _titled(name: str) -> str:
    known = known_mappings()
    title = known[name].title if name in known else name
    same = [each for each in known.values() if each.title == title]
    return f"{title} ({name})" if len(same) > 1 else title
