"""What a page says when something goes wrong: what happened and what to do, never a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import streamlit as st

from data.errors import (
    BackcastError,
    EmptyStoreError,
    EngineError,
    MetricError,
    MissingRateError,
    StoreError,
)
from data.storage.store import Store
from pages.display.text import bullets, escape

logger = logging.getLogger("backcast.pages")


LOAD_PAGE = str(Path(__file__).parents[1] / "sources" / "load.py")


@contextmanager
def explained() -> Iterator[None]:
    """Show whatever the block raises in its place; the rest of the page goes on after the block.

    What Backcast raises itself says what to do. Anything else is a fault of the product: nobody
    who reads a page can do anything with a traceback, so it goes to the log, under a reference
    that the page names. How Streamlit ends or repeats a run is no Exception and passes through.
    """
    try:
        yield
    except EmptyStoreError:
        show_first_steps("Nothing is loaded yet")
    except EngineError as error:
        reference = secrets.token_hex(4)
        logger.exception("Problem %s", reference)
        reason = escape(error.reason.splitlines()[0])
        st.error(
            f"This could not be answered: {reason}. Try a shorter period or fewer filters; "
            f"details are in the log under {reference}.",
            icon=":material/error:",
        )
    except MetricError as error:
        show_unanswered(error)
    except BackcastError as error:
        several = len(error.problems) > 1
        shown = bullets(error.problems) if several else escape(error)
        st.error(shown, icon=":material/error:")
    except Exception:  # the boundary of a page: the one place where nothing may pass unexplained
        reference = secrets.token_hex(4)
        logger.exception("Problem %s", reference)
        st.error(
            "Something unexpected happened here. Reload the page; if it stays, look in the log "
            f"for {reference} and report it.",
            icon=":material/error:",
        )


def show_unanswered(reason: MetricError | MissingRateError) -> None:
    """The data does not answer this: why, and what to load. It is no fault of anybody's.

    The reason is written as a part of a sentence, as the command line shows it.
    """
    said = str(reason).rstrip(".")
    st.info(escape(f"{said[:1].upper()}{said[1:]}."), icon=":material/info:")


def show_fallback() -> None:
    """That the current generation is damaged and an older one is shown, until it is mended."""
    with suppress(StoreError):  # the page that needs the store says so itself
        if fallback := Store.from_environment().fallback():
            st.error(escape(fallback), icon=":material/warning:")


def show_first_steps(title: str) -> None:
    """An empty page: what is missing and the two ways to go on."""
    with st.container(border=True):
        st.header(title, anchor=False)
        st.markdown(
            "Load one of your own exports (CRM, campaigns, events), or look around with the sample "
            "company first. The page fills as soon as something is loaded."
        )
        if st.button("Load a file", type=emphasis(), icon=":material/upload_file:"):
            st.switch_page(LOAD_PAGE)
        st.markdown("For the sample company run, in the folder of Backcast:")
        st.code(
            "python -m data sample --out sample\n"
            "python -m loaders load sample/*.csv sample/*.xlsx sample/*.jsonl",
            language="bash",
        )


def emphasis() -> Literal["primary", "secondary"]:
    """The type of the main button: filled, but on a dark theme, where its white text were faint."""
    return "secondary" if st.context.theme.type == "dark" else "primary"
