"""Overview: are we on track, and what needs me?"""

from dataclasses import replace

import streamlit as st

from metrics.funnel.trend import stage_trend
from metrics.returns.spread_spend import Grain
from metrics.scope import Basis
from metrics.sentences import compared_days_named
from metrics.wording.gaps import gaps
from pages.controls.captions import note_spread, show_nothing, show_scope
from pages.controls.measure import definitions, measure
from pages.controls.sample_note import show_sample_note
from pages.controls.scope import chosen_scope
from pages.controls.tiles import show_strip, show_tiles
from pages.display.text import escape
from pages.review.answers import explain_overview, show_events, unknown_stages
from pages.review.deals import deal_gaps, show_unlinked, told
from pages.review.front.answer import money_of, money_tiles, show_money_answer
from pages.review.front.channels import show_channels
from pages.review.front.headline import stage_tiles, summary
from pages.review.front.needs import show_needs
from pages.review.months import show_moved

scope = replace(chosen_scope(), basis=Basis.FLOW, window_days=None)
compared = scope.compared()
compared_with, currency = compared_days_named(scope), definitions().base_currency

trend = measure(stage_trend, scope)
now, before = summary(scope), summary(compared)
reached = told({stage.value: now[stage.value] for stage in scope.unit.stages}, scope)
is_empty = not trend["reached"].sum()
money = money_of(scope, now)
if now["won_amount"] is not None:
    show_money_answer(money, before, scope, unknown_stages(reached))
else:
    show_events(reached, scope)
with st.container(horizontal=True, vertical_alignment="center"):
    show_scope(scope, "journey", "spend")
    show_sample_note()
if not show_unlinked(scope) and is_empty:
    show_nothing(scope)
was = money_of(compared, before) if compared else None
show_tiles(money_tiles(money, was, scope), currency, compared_with)
with st.container(border=True):
    show_strip(stage_tiles(now | reached, before, scope), currency, compared_with)
    explain_overview()

channels, needs = st.columns([3, 2])
with channels.container(border=True, height="stretch"):
    st.header("Channels", anchor=False)
    show_channels(scope)
with needs.container(border=True, height="stretch"):
    st.header("Needs you", anchor=False)
    waiting = st.skeleton(height=180)

for gap in (*gaps(now, scope), *deal_gaps(scope)):
    st.caption(f":material/info: {escape(gap)}")
note_spread(scope, Grain.PERIOD)
if not is_empty:
    with st.container(border=True):
        st.header("Stages by month", anchor=False)
        show_moved(trend, scope)
with waiting.container():
    show_needs(scope)
