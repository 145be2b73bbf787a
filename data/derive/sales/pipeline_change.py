"""SQL steps of `pipeline_change`: each deal's worth, due day and stage, change by change."""

from __future__ import annotations

from data.sql import Step, reporting_day

_FIELDS = {"amount": "amount", "expected_close_on": "due", "stage": "stage"}
"""Fields whose changes move the pipeline, and what their columns are called here."""


def pipeline_change_steps() -> tuple[Step, ...]:
    """Steps of `pipeline_change`, after the step `settings`; reads deal and opportunity.

    The life of a deal is: it is opened, changes, takes on what its record says now, and is closed.
    What a file dates comes before what only a comparison of snapshots shows at the same moment.
    """
    return (*_LIVES, *_INITIAL, *_ROWS, *_STATES)


_LIVES = (
    Step(
        "lives",
        """
        SELECT deal.opportunity_id, deal.outcome, deal.amount, opportunity.stage,
            opportunity.expected_close_on AS due_on, deal.closed_on,
            CASE WHEN deal.outcome <> 'open' THEN opportunity.closed_at END AS closed_at,
            CASE WHEN deal.outcome = 'open' THEN deal.opened_at
                ELSE least(coalesce(deal.opened_at, opportunity.closed_at), opportunity.closed_at)
                END AS opened_at,
            CASE WHEN deal.original_amount > 0
                    THEN CAST(deal.amount AS DOUBLE) / CAST(deal.original_amount AS DOUBLE)
                WHEN deal.currency = settings.base_currency THEN 1e0 END AS rate
        FROM deal
        JOIN opportunity ON opportunity.opportunity_id = deal.opportunity_id
        CROSS JOIN settings
        WHERE CASE WHEN deal.outcome = 'open' THEN deal.opened_at ELSE opportunity.closed_at END
            IS NOT NULL
        """,
    ),
    Step(
        "open_stages",
        """
        SELECT stage FROM lives WHERE outcome = 'open' AND stage IS NOT NULL GROUP BY stage
        """,
    ),
    Step(
        "told_values",
        """
        SELECT opportunity_id, field, changed_at, old, new, 1 AS source FROM opportunity_change
        WHERE field <> 'probability'
        UNION ALL
        SELECT opportunity_id, field, changed_at, old, new, 2 FROM opportunity_difference
        WHERE field <> 'probability'
        """,
    ),
    Step(
        "told",
        f"""
        SELECT lives.opportunity_id, lives.opened_at, lives.closed_at, lives.rate,
            told_values.field, told_values.changed_at, told_values.source,
            told_values.old, told_values.new,
            CASE WHEN told_values.changed_at <= lives.opened_at THEN TRUE
                WHEN told_values.old IS NULL AND {reporting_day("told_values.changed_at")}
                    = {reporting_day("lives.opened_at")} THEN TRUE
                ELSE FALSE END AS is_first,
            CASE WHEN told_values.field = 'stage' AND lives.outcome <> 'open'
                AND told_values.new = lives.stage AND open_stages.stage IS NULL
                THEN TRUE ELSE FALSE END AS is_of_closing
        FROM told_values
        JOIN lives ON lives.opportunity_id = told_values.opportunity_id
        LEFT JOIN open_stages ON open_stages.stage = lives.stage
        CROSS JOIN settings
        """,
    ),
)
"""Deals that were in the pipeline on some day, and what is told of their changes.

A value that is told on the day of opening, and replaces none, is what the deal was opened with. The
stage that a closed deal has now, and no open one, is the word for its closing and no stage of its
life: files date it before the closing as well as after it.
"""


def _first(field: str, name: str) -> str:
    """SQL: what a field was at the opening, and how many of its changes are told."""
    return (
        f"max(CASE WHEN field = '{field}' AND is_first AND place_back = 1"
        f" AND NOT is_of_closing THEN new END)"
        f" AS first_{name},"
        f" max(CASE WHEN field = '{field}' AND NOT is_first AND place = 1 THEN old END)"
        f" AS replaced_{name},"
        f" count(CASE WHEN field = '{field}' AND is_first THEN 1 END) AS first_{name}_rows,"
        f" count(CASE WHEN field = '{field}' THEN 1 END) AS {name}_rows"
    )


def _at_opening(name: str, cast: str, otherwise: str) -> str:
    """SQL: the value at the opening: told then, or replaced by the first later change, or else."""
    return (
        f"CASE WHEN first_{name}_rows > 0 THEN {cast.format(f'first_{name}')}"
        f" WHEN {name}_rows > 0 THEN {cast.format(f'replaced_{name}')}"
        f" ELSE {otherwise} END"
    )


_PRICED = "CAST(TRY_CAST({} AS DOUBLE) * rate AS DECIMAL(18, 2))"

_INITIAL = (
    Step(
        "told_in_order",
        """
        SELECT told.*,
            row_number() OVER (
                PARTITION BY opportunity_id, field, is_first ORDER BY changed_at, source
            ) AS place,
            row_number() OVER (
                PARTITION BY opportunity_id, field, is_first ORDER BY changed_at DESC, source DESC
            ) AS place_back
        FROM told
        """,
    ),
    Step(
        "first_values",
        f"""
        SELECT opportunity_id, max(changed_at) AS last_changed_at,
            {",".join(_first(field, name) for field, name in _FIELDS.items())}
        FROM told_in_order
        GROUP BY opportunity_id
        """,
    ),
    Step(
        "openings",
        f"""
        SELECT lives.*, first_values.last_changed_at,
            {_at_opening("amount", _PRICED, "lives.amount")} AS amount_then,
            {_at_opening("due", "TRY_CAST({} AS DATE)",
                         "CASE WHEN lives.outcome = 'open' OR lives.due_on <> lives.closed_on"
                         " THEN lives.due_on END")} AS due_then_on,
            {_at_opening("stage", "{}", "CASE WHEN lives.outcome = 'open' THEN lives.stage END")}
                AS stage_then,
            CASE WHEN lives.outcome = 'open' OR due_rows > 0 THEN FALSE
                WHEN lives.due_on <> lives.closed_on THEN FALSE ELSE TRUE END AS is_untold
        FROM lives
        LEFT JOIN first_values ON first_values.opportunity_id = lives.opportunity_id
        """,
    ),
)  # fmt: skip
"""What each deal was when it was opened."""

_ROWS = (
    Step(
        "rows_of_lives",
        f"""
        SELECT opportunity_id, opened_at AS changed_at, 0 AS phase, 0 AS source, 0 AS part,
            'opened' AS what, amount_then AS amount, due_then_on AS due_on, stage_then AS stage,
            FALSE AS is_untold
        FROM openings
        UNION ALL
        SELECT opportunity_id, changed_at, 1, source,
            CASE field WHEN 'amount' THEN 1 WHEN 'stage' THEN 3 ELSE 2 END,
            CASE field WHEN 'expected_close_on' THEN 'due' ELSE field END,
            CASE WHEN field = 'amount' THEN {_PRICED.format("new")} END,
            CASE WHEN field = 'expected_close_on' THEN TRY_CAST(new AS DATE) END,
            CASE WHEN field = 'stage' THEN new END,
            FALSE
        FROM told
        WHERE NOT is_first AND NOT is_of_closing AND (closed_at IS NULL OR changed_at < closed_at)
        UNION ALL
        SELECT openings.opportunity_id,
            coalesce(closed_at, greatest(last_changed_at, opened_at)),
            CASE WHEN closed_at IS NULL THEN 2 ELSE 3 END, 0, last_word.part, last_word.what,
            CASE WHEN last_word.part = 1 THEN amount END,
            CASE WHEN last_word.part = 2 THEN coalesce(closed_on, due_on) END,
            CASE WHEN last_word.part = 3 THEN stage END,
            CASE WHEN last_word.part = 2 THEN is_untold ELSE FALSE END
        FROM openings
        CROSS JOIN (
            SELECT 1 AS part, 'amount' AS what
            UNION ALL SELECT 2, 'due'
            UNION ALL SELECT 3, 'stage'
            UNION ALL SELECT 4, 'closed'
        ) AS last_word
        WHERE CASE last_word.part WHEN 4 THEN closed_at
            WHEN 3 THEN CASE WHEN closed_at IS NULL THEN last_changed_at END
            ELSE coalesce(closed_at, last_changed_at) END IS NOT NULL
        """,
    ),
)
"""One row per change that may be one; an open deal of which nothing is told has its opening."""

_ORDER = "PARTITION BY opportunity_id ORDER BY changed_at, phase, part, source"


def _number(what: str) -> str:
    """SQL: how many values of a field there were so far."""
    return f"count(CASE WHEN what IN ('opened', '{what}') THEN 1 END) OVER ({_ORDER})"


def _value(column: str, what: str) -> str:
    """SQL: the value of a field that holds after a row: all rows of one number have it."""
    return (
        f"max(CASE WHEN what IN ('opened', '{what}') THEN {column} END)"
        f" OVER (PARTITION BY opportunity_id, {what}_number)"
    )


_STATES = (
    Step(
        "numbered_rows",
        f"""
        SELECT opportunity_id, changed_at, phase, source, part, what, amount, due_on, stage,
            is_untold, {_number("amount")} AS amount_number, {_number("due")} AS due_number,
            {_number("stage")} AS stage_number
        FROM rows_of_lives
        """,
    ),
    Step(
        "states",
        f"""
        SELECT opportunity_id, changed_at, phase, source, part, what, is_untold,
            {_value("amount", "amount")} AS amount,
            {_value("due_on", "due")} AS due_on,
            {_value("stage", "stage")} AS stage
        FROM numbered_rows
        """,
    ),
    Step(
        "changes_of_states",
        f"""
        SELECT states.*,
            lag(amount) OVER ({_ORDER}) AS amount_before,
            lag(due_on) OVER ({_ORDER}) AS due_before_on,
            lag(stage) OVER ({_ORDER}) AS stage_before
        FROM states
        """,
    ),
    Step(
        "pipeline_changes",
        f"""
        SELECT changes_of_states.opportunity_id,
            CAST(row_number() OVER ({_ORDER}) AS BIGINT) AS place,
            changes_of_states.changed_at,
            {reporting_day("changes_of_states.changed_at")} AS changed_on,
            what, is_untold, amount_before, amount AS amount_after, due_before_on,
            due_on AS due_after_on, stage_before, stage AS stage_after
        FROM changes_of_states
        CROSS JOIN settings
        WHERE what IN ('opened', 'closed')
            OR (what = 'amount' AND amount_before IS DISTINCT FROM amount)
            OR (what = 'due' AND due_before_on IS DISTINCT FROM due_on)
            OR (what = 'stage' AND stage_before IS DISTINCT FROM stage)
        ORDER BY changed_on, changes_of_states.opportunity_id, place
        """,
    ),
)
