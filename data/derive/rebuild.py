"""From canonical tables to the ones that metrics read: journey, deal, spend and touch.

Each table is one query of named steps. All are rebuilt whole after every load, so that the order in
which files arrived leaves no trace in them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import polars as pl

from data.definitions import Definitions
from data.derive.activity.contact import contact_steps, terms_of_contact
from data.derive.activity.content import content_asset_steps, content_use_steps
from data.derive.activity.content_terms import terms_of_content
from data.derive.activity.path_step import path_step_steps
from data.derive.activity.spend import (
    SUPERSEDING,
    spend_report_steps,
    spend_steps,
    superseded_steps,
)
from data.derive.activity.touch import touch_left_out_steps, touch_steps
from data.derive.converted import convert_amounts
from data.derive.deal import deal_steps
from data.derive.deal_lead import deal_lead_steps
from data.derive.dispatch import dispatch_steps
from data.derive.follow_up import follow_up_steps
from data.derive.journey import journey_steps
from data.derive.lead_notice import notice_steps
from data.derive.lead_stage_entry import lead_stage_entry_steps
from data.derive.load_tie import TIED_LOADS, load_tie_steps
from data.derive.quality.lead_move import lead_move_steps
from data.derive.quality.lead_quality import lead_quality_steps
from data.derive.sales.pipeline_change import pipeline_change_steps
from data.derive.sales.planned_action import planned_action_steps
from data.derive.sales.work_calendar import (
    attach_working_days,
    terms_of_follow_up,
    working_day_steps,
)
from data.derive.segments import lead_people_steps, reference_steps, role_steps, segment_steps
from data.derive.stage_entries import opportunity_difference_steps, stage_difference_steps
from data.derive.words.shown_values import show_in_one_spelling
from data.derive.words.standard_words import standardise
from data.engine.draft import Draft
from data.identity.resolve import resolve
from data.named_tables import CONTENTS, named_steps
from data.restatements.log import rederiving, restating
from data.schema.contract import create_table
from data.schema.tables import DERIVED
from data.sql import Query, Step
from data.standing.now import keep_what_stands

_IDENTITY = 0.4
"""Part of the work that identity usually takes."""


def _silent(table: str, share: float) -> None:
    """Report the progress to nobody."""


class RebuildCause(Enum):
    """Why derived tables are rebuilt, which decides what the restatement log enters."""

    LOADS = "loads"
    """Files were loaded or taken out: each change stands under the load that explains it."""
    DEFINITIONS = "definitions"
    """No file was loaded: each change stands under the definitions."""
    ERASURE = "erasure"
    """A person was erased: nothing is entered, because a log would name what was erased."""


def rebuild(
    draft: Draft,
    definitions: Definitions,
    cause: RebuildCause = RebuildCause.LOADS,
    on_share: Callable[[str, float], None] = _silent,
) -> None:
    """Rebuild every derived table of a draft, and log what that changes in closed months.

    First amounts are converted into the base currency and it is found out who is who, then the
    tables are built in the order of `derived_tables`, each reading those before. An amount without
    a valid exchange rate stays null; the metrics that need it say so. `on_share` receives what is
    at work, who is who or a table, and which part of all is done, 0 to 1.

    Raises EngineError with the failing step, and StoreError when the disk fails.
    """
    match cause:
        case RebuildCause.LOADS:
            with restating(draft, definitions):
                _derive(draft, definitions, on_share)
        case RebuildCause.DEFINITIONS:
            with rederiving(draft, definitions):
                _derive(draft, definitions, on_share)
        case RebuildCause.ERASURE:
            _derive(draft, definitions, on_share)


def _derive(draft: Draft, definitions: Definitions, on_share: Callable[[str, float], None]) -> None:
    prepare(draft, definitions, lambda what, share: on_share(what, _IDENTITY * share))
    tables = derived_tables(definitions)
    for number, (table, query) in enumerate(tables.items()):

        def report(share: float, table: str = table, before: int = number) -> None:
            on_share(table, _IDENTITY + (1 - _IDENTITY) * (before + share) / len(tables))

        report(0.0)
        with draft.following(report):
            derive(draft, definitions, table, query)


def prepare(
    draft: Draft, definitions: Definitions, on_share: Callable[[str, float], None] = _silent
) -> None:
    """Make ready what derived tables read: what stands, amounts, terms, who is who, and words."""
    keep_what_stands(draft)
    convert_amounts(draft, definitions)
    _attach_terms(draft, definitions)
    resolve(draft, definitions, on_share)
    standardise(draft)
    show_in_one_spelling(draft, definitions)


def derive(draft: Draft, definitions: Definitions, table: str, query: Query) -> None:
    """Build one derived table of a draft that is prepared, after those that its query reads."""
    draft.execute(f'DROP TABLE IF EXISTS "{table}"')
    draft.execute(create_table(table, DERIVED[table]))
    if draft.has_any(*ROWS_COME_FROM[table]):
        if table == "working_day":
            attach_working_days(draft, definitions)
        draft.insert(table, query)


ROWS_COME_FROM = {
    "touch_left_out": ("interaction",),
    "touch": ("interaction",),
    "contact": ("interaction WHERE person_id IS NOT NULL",),
    "path_step": ("path_touch",),
    "deal_lead": ("opportunity", "opportunity_lead"),
    "stage_difference": ("lead_version", "opportunity_version"),
    "opportunity_difference": ("opportunity_version",),
    "lead_stage_entry": ("stage_change", "lead", "opportunity"),
    "journey": ("lead",),
    "deal": ("opportunity",),
    "pipeline_change": ("opportunity",),
    "lead_notice": ("lead",),
    "lead_quality": ("lead",),
    "lead_move": ("lead_version",),
    "working_day": ("journey WHERE mql_on IS NOT NULL", "assignment"),
    "dispatch": ("assignment",),
    "follow_up": ("journey WHERE mql_on IS NOT NULL",),
    "planned_action": ("action",),
    "content_use": ("interaction WHERE content_id IS NOT NULL",),
    "content_asset": ("content", "content_use"),
    "spend_report": ("campaign_spend",),
    "superseded_spend": (SUPERSEDING,),
    "spend": ("campaign_spend",),
    "load_tie": (TIED_LOADS,),
}
"""Where nothing is in any of these, the table is empty, and its query need not be planned."""


def derived_tables(definitions: Definitions) -> dict[str, Query]:
    """The query of each derived table, in the order in which they read each other."""
    settings = Step(
        "settings",
        "SELECT CAST(? AS VARCHAR) AS time_zone, CAST(? AS INTEGER) AS most_a_day,"
        " CAST(? AS INTEGER) AS dormant_days, CAST(? AS VARCHAR) AS base_currency,"
        " CAST(? AS INTEGER) AS deadline_days",
        (
            definitions.time_zone,
            definitions.touch.most_a_day,
            definitions.content.dormant_days,
            definitions.base_currency,
            definitions.follow_up.deadline_days,
        ),
    )
    return {
        "touch_left_out": Query(settings, *reference_steps(), *touch_left_out_steps()),
        "touch": Query(settings, *reference_steps(), *touch_steps()),
        "contact": Query(*reference_steps(), *contact_steps()),
        "path_step": Query(*path_step_steps()),
        "deal_lead": Query(*lead_people_steps(), *deal_lead_steps(definitions)),
        "stage_difference": Query(*stage_difference_steps()),
        "opportunity_difference": Query(*opportunity_difference_steps()),
        "lead_stage_entry": Query(settings, *lead_stage_entry_steps()),
        "journey": Query(settings, *segment_steps(definitions), *journey_steps()),
        "deal": Query(settings, *segment_steps(definitions), *deal_steps(definitions)),
        "pipeline_change": Query(settings, *pipeline_change_steps()),
        "lead_notice": Query(settings, *reference_steps(), *notice_steps()),
        "lead_quality": Query(settings, *reference_steps(), *lead_quality_steps(definitions)),
        "lead_move": Query(settings, *lead_move_steps(definitions)),
        "working_day": Query(*working_day_steps()),
        "dispatch": Query(settings, *dispatch_steps(definitions.follow_up)),
        "follow_up": Query(settings, *lead_people_steps(), *follow_up_steps(definitions.follow_up)),
        "planned_action": Query(settings, *planned_action_steps()),
        "content_use": Query(
            settings, *reference_steps(), *role_steps(definitions), *content_use_steps()
        ),
        "content_asset": Query(*named_steps(CONTENTS), *content_asset_steps()),
        "spend_report": Query(*spend_report_steps()),
        "superseded_spend": Query(*superseded_steps()),
        "spend": Query(*spend_steps()),
        "load_tie": Query(*load_tie_steps()),
    }


def _attach_terms(draft: Draft, definitions: Definitions) -> None:
    """The definitions as small tables that the steps join."""
    rules = [
        (rank, rule.name, source and source.lower(), medium and medium.lower())
        for rank, rule in enumerate(definitions.channel)
        for source in rule.source or (None,)
        for medium in rule.medium or (None,)
    ]
    draft.attach(
        "channel_rule",
        pl.DataFrame(
            rules,
            schema={"rank": pl.Int64, "name": pl.String, "source": pl.String, "medium": pl.String},
            orient="row",
        ),
    )
    draft.attach(
        "touch_action",
        pl.DataFrame(
            {
                "action": definitions.touch.actions,
                "value_tier": [
                    "high" if action in definitions.touch.high_value else "low"
                    for action in definitions.touch.actions
                ],
            }
        ),
    )
    draft.attach(
        "own_domain",
        pl.DataFrame(
            {"domain": [domain.lower() for domain in definitions.touch.own_domains]},
            schema={"domain": pl.String},
        ),
    )
    draft.attach(
        "sales_channel",
        pl.DataFrame({"channel": definitions.touch.sales_channels}, schema={"channel": pl.String}),
    )
    tables = (
        terms_of_content(definitions)
        | terms_of_contact(definitions)
        | terms_of_follow_up(definitions)
    )
    for name, terms in tables.items():
        draft.attach(name, terms)
