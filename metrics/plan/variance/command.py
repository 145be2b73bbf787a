"""`python -m metrics plan_versus_actual …`: a kept plan against what came, from a shell."""

from __future__ import annotations

import argparse

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.notebook.notebook import Notebook
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import KeptPlan, find_plan, kept_plan
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.variance.gap import revenue_gap
from metrics.plan.working_days import Week, WorkingDays
from metrics.scope import Scope

LANDING = "plan_versus_actual"
"""What says where months land."""

NAMES = (LANDING, "revenue_gap", "early_warning")
"""What can be asked about a kept plan."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options beside those of a scope."""
    parser.add_argument("--plan", help="name or id of a kept plan; the newest without it")
    parser.add_argument(
        "--week",
        choices=[each.value for each in Week],
        default=Week.MONDAY_TO_FRIDAY.value,
        help="the working days by which a month's pace goes; default mon-fri",
    )
    parser.add_argument("--country", help="leave out its public holidays, such as DE")


def plan_asked(
    warehouse: Warehouse, scope: Scope, notebook: Notebook, options: argparse.Namespace
) -> KeptPlan:
    """The plan that is asked about. Raises MetricError without a kept plan of that name."""
    return kept_plan(warehouse, scope, find_plan(notebook, options.plan))


def answer(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    options: argparse.Namespace,
    widening: float,
) -> pl.DataFrame:
    """The frame that is asked for, with landings so many times as wide as drawn."""
    working = WorkingDays(Week(options.week), options.country)
    if options.name == LANDING:
        return plan_versus_actual(warehouse, scope, plan, working, widening=widening)
    if options.name == "revenue_gap":
        return revenue_gap(warehouse, scope, plan, Definitions.load(), working=working)
    return early_warning(warehouse, scope, plan, working)
