"""The frame around every page: its title, the navigation, the scope, and what went wrong."""

from pathlib import Path

import streamlit as st

from pages.controls.address import undo_with_back
from pages.controls.measure import has_paths_alone, one_generation
from pages.controls.problems import explained, show_fallback
from pages.controls.scope import choose_scope
from pages.controls.terms_note import watch_definitions
from pages.controls.width import close_sidebar_once_on
from pages.every_page.chips import show_chips
from pages.every_page.finder import go_where_found, show_finder
from pages.every_page.kept import show_kept
from pages.every_page.saved_views import open_first_view
from pages.every_page.where_from import telling_where_from

HERE = Path(__file__).parent


_CLOSE_HEADS = "<style>[data-testid='stHeading'] h2 {padding-top: 0}</style>"
"""A card's head stands as close to its border as its other contents."""


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config("Backcast", str(HERE / "controls/icon.svg"), layout="wide")
    st.html(_CLOSE_HEADS)
    st.logo(str(HERE / "controls/logo.svg"), icon_image=str(HERE / "controls/icon.svg"))
    review = [
        st.Page(
            HERE / "review/overview.py",
            title="Overview",
            icon=":material/space_dashboard:",
            help="What marketing brought in, what it cost and what was won in the period.",
            default=True,
        ),
        st.Page(
            HERE / "review/funnel.py",
            title="Funnel",
            icon=":material/filter_alt:",
            help="Where the funnel leaks: conversion from stage to stage, by segment and month.",
        ),
        st.Page(
            HERE / "review/channels.py",
            title="Channels and ROI",
            icon=":material/payments:",
            help="What was spent, what came of it, and what to cut, keep or grow.",
        ),
        st.Page(
            HERE / "review/attribution.py",
            title="Attribution",
            icon=":material/hub:",
            help="Which touches earn the credit, by each model, and why models differ.",
        ),
    ]
    plan = [
        st.Page(
            HERE / "plan/backward_plan.py",
            title="Backward plan",
            icon=":material/flag:",
            help="What is needed, by when, to reach a target in revenue or deals.",
        ),
        st.Page(
            HERE / "plan/plan_versus_actual.py",
            title="Plan versus actual",
            icon=":material/rule:",
            help="Whether a kept plan is met, where each month lands, and why not.",
        ),
        st.Page(
            HERE / "plan/forecast.py",
            title="Forecast",
            icon=":material/trending_up:",
            help="Where this quarter and the next three land, and how good that was in the past.",
        ),
        st.Page(
            HERE / "plan/event_planner.py",
            title="Event planner",
            icon=":material/event:",
            help="How many invitations it takes for so many in the room, and what a list brings.",
        ),
    ]
    explore = [
        st.Page(
            HERE / "explore/segments.py",
            title="Segments",
            icon=":material/pivot_table_chart:",
            help="Which segment explains it: any measure by any dimensions, and the records.",
        ),
        st.Page(
            HERE / "explore/follow_up.py",
            title="Velocity and follow-up",
            icon=":material/phone_callback:",
            help="Whether sales responded to MQLs in time, to which not at all, and who has them.",
        ),
        st.Page(
            HERE / "explore/quality.py",
            title="Lead quality",
            icon=":material/grade:",
            help="Whether levels, grades and the score tell good leads from bad ones.",
        ),
        st.Page(
            HERE / "explore/pipeline.py",
            title="Pipeline",
            icon=":material/stacked_bar_chart:",
            help="What will close, whether it is enough, how it moved, and what slips.",
        ),
        st.Page(
            HERE / "explore/content.py",
            title="Content",
            icon=":material/article:",
            help="What to write next, and for whom: who met each asset and what came of it.",
        ),
        st.Page(
            HERE / "explore/events.py",
            title="Events",
            icon=":material/groups:",
            help="How far people of an event went, why others did not, and whom to call now.",
        ),
        st.Page(
            HERE / "explore/reach.py",
            title="Reach",
            icon=":material/contact_mail:",
            help="Whom we may contact, how contacts fare, and who is active or going quiet.",
        ),
        st.Page(
            HERE / "explore/journeys.py",
            title="Journeys",
            icon=":material/timeline:",
            help="What happened to one lead, person, account or deal, to a group, at accounts.",
        ),
    ]
    sources = [
        st.Page(
            HERE / "sources/load.py",
            title="Load",
            icon=":material/upload_file:",
            help="Load an export: preview, try, load, and undo.",
        ),
        st.Page(
            HERE / "sources/data_health.py",
            title="Data health",
            icon=":material/monitor_heart:",
            help="What is loaded, how fresh it is, and what was rejected and why.",
        ),
        st.Page(
            HERE / "sources/definitions.py",
            title="Definitions",
            icon=":material/menu_book:",
            help="What the words mean: the terms in force, every metric, and what changed when.",
        ),
    ]
    sections = {"Review": review, "Plan": plan, "Explore": explore, "Sources": sources}
    page = st.navigation(sections, position="hidden")
    every = [*review, *plan, *explore, *sources]
    go_where_found(every)
    open_first_view(page, [*review, *plan, *explore])
    _show_navigation(sections)
    has_scope = page not in sources
    show_finder(every, has_scope=has_scope)
    with st.sidebar:
        undo_with_back()
    close_sidebar_once_on(page.url_path)
    st.title(page.title, anchor=False)
    show_fallback()
    with explained():
        if not has_scope:
            _run(page)
        else:
            watch_definitions()
            with one_generation():
                if page.url_path != "attribution" or not has_paths_alone():
                    choose_scope()
                    show_chips()
                    show_kept(page, [*review, *plan, *explore])
                _run(page)


def _run(page: st.Page) -> None:
    """The page; what goes wrong in it; and below, where its numbers are from."""
    with telling_where_from(), explained():
        page.run()


def _show_navigation(sections: dict[str, list[st.Page]]) -> None:
    """Links to all pages: Streamlit's own list of them is not one to a screen reader."""
    with st.sidebar:
        for section, pages in sections.items():
            with st.container(gap="xxsmall"):
                st.caption(section)
                for page in pages:
                    st.page_link(page, width="stretch")


if __name__ == "__main__":
    main()
