"""A page that shows each hostile text in every place that interprets Markdown."""

import streamlit as st

from pages.display.text import escape
from tests.pages.hostile import TEXTS


def main() -> None:
    st.title("Escaped")
    for number, text in enumerate(TEXTS):
        shown = escape(text)
        with st.container(key=f"text_{number}"):
            st.markdown(f"before {shown} after")
            st.caption(shown)
            st.header(shown, anchor=False)
            st.metric(shown, shown, shown, delta_description=shown)
            st.error(shown)
            st.info(shown)
            st.expander(shown)
            st.button(shown, key=f"button_{number}")
            st.tabs([shown])
            st.pills("Pills", [shown], key=f"pills_{number}")
            st.segmented_control("Segments", [shown], key=f"segments_{number}")
            st.radio("Radio", [shown], key=f"radio_{number}")
            st.checkbox(shown, key=f"checkbox_{number}")
            st.status(shown, state="complete")
            st.progress(0.5, text=shown)
            st.popover(shown)


if __name__ == "__main__":
    main()
