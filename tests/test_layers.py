"""Imports run one way, between layers and between rooms. Engines stay behind data."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LEAVES = {"data/errors", "data/sql", "data/toml", "data/formulas", "data/references"}
WAREHOUSE = {"data/engine", "data/schema", "data/spelling", "data/sql", "data/errors"}
FRONT = {
    "loaders/console",
    "loaders/history",
    "loaders/kinds",
    "loaders/load",
    "loaders/outcome",
    "loaders/preview",
    "loaders/progress",
    "loaders/protocol",
    "loaders/watching",
}
QUESTION = {
    "metrics/chance",
    "metrics/deal_records",
    "metrics/headline",
    "metrics/horizon",
    "metrics/period",
    "metrics/rates",
    "metrics/records",
    "metrics/scope",
    "metrics/sentences",
    "metrics/subjects",
    "metrics/funnel",
}
PAGE_PARTS = {
    "pages/controls",
    "pages/charts",
    "pages/charts/planning",
    "pages/display",
    "metrics/wording",
    "data/terms/glossary",
}

_WORK_OF_A_CHILD = {
    "loaders/process",
    "loaders/outcome",
    "loaders/protocol",
    "data/errors",
    "data/privacy",
    "data/storage",
}

ROOMS: dict[str, set[str]] = {
    # data: leaves, then what stands on them
    "data/errors": set(),
    "data/formulas": set(),
    "data/spelling": set(),
    "data/sql": set(),
    "data/toml": {"data/errors"},
    "data/references": set(),
    "data/named_tables": {"data/references", "data/spelling", "data/sql"},
    "data/public_holidays": {"data/errors"},
    "data/terms": {"data/public_holidays", "data/toml"},
    "data/definition_files": {"data/errors", "data/storage"},
    "data/definitions": {
        "data/definition_files",
        "data/errors",
        "data/references",
        "data/storage",
        "data/terms",
        "data/toml",
    },
    "data/alert_log": {"data/errors", "data/storage"},
    "data/schema": {"data/references", "data/sql"},
    "data/storage": {"data/errors", "data/sql"},
    "data/engine": {"data/sql", "data/errors", "data/schema", "data/storage"},
    "data/privacy": {"data/errors"},
    "data/standardise": {"data/privacy", "data/toml", "data/errors"},
    "data/standing": {"data/engine", "data/references", "data/schema", "data/sql"},
    "data/identity": {
        "data/engine",
        "data/sql",
        "data/references",
        "data/standardise",
        "data/definitions",
        "data/toml",
        "data/errors",
    },
    "data/derive/activity": {
        "data/definitions",
        "data/named_tables",
        "data/references",
        "data/schema",
        "data/spelling",
        "data/sql",
    },
    "data/derive/sales": {
        "data/definitions",
        "data/engine",
        "data/public_holidays",
        "data/schema",
        "data/spelling",
        "data/sql",
        "data/terms",
    },
    "data/derive/quality": {
        "data/definitions",
        "data/schema",
        "data/spelling",
        "data/sql",
        "data/terms",
    },
    "data/derive/words": {
        "data/definitions",
        "data/engine",
        "data/schema",
        "data/sql",
        "data/standardise",
    },
    "data/derive": {
        "data/derive/words",
        "data/derive/activity",
        "data/derive/quality",
        "data/derive/sales",
        "data/public_holidays",
        "data/terms",
        "data/identity",
        "data/standing",
        "data/restatements",
        "data/engine",
        "data/schema",
        "data/sql",
        "data/named_tables",
        "data/references",
        "data/spelling",
        "data/standardise",
        "data/definitions",
    },
    # from a table back to the files: what each is made of
    "data/lineage": {"data/definitions", "data/derive", "data/schema"},
    "data/restatements": {
        "data/engine",
        "data/schema",
        "data/sql",
        "data/named_tables",
        "data/references",
        "data/definitions",
    },
    "data/forget": LEAVES
    | {
        "data/definitions",
        "data/derive",
        "data/engine",
        "data/identity",
        "data/privacy",
        "data/restatements",
        "data/schema",
        "data/standardise",
        "data/standing",
        "data/storage",
    },
    "data/notebook": {"data/errors", "data/storage", "data/privacy"},
    "data/backup": {
        "data/definition_files",
        "data/errors",
        "data/notebook",
        "data/privacy",
        "data/storage",
    },
    "data/sample_company": {
        "data/errors",
        "data/sample_company/world",
        "data/sample_company/world/touches",
        "data/sample_company/world/customers",
        "data/sample_company/world/selling",
        "data/sample_company/exports",
        "data/sample_company/families",
    },
    "data/sample_company/world": set(),
    "data/sample_company/world/customers": {"data/sample_company/world"},
    "data/sample_company/world/selling": {"data/sample_company/world"},
    "data/sample_company/families": {"data/sample_company/world"},
    "data/sample_company/world/touches": {"data/sample_company/world"},
    "data/sample_company/exports": {
        "data/sample_company/world",
        "data/sample_company/world/touches",
        "data/sample_company/world/customers",
        "data/sample_company/world/selling",
    },
    "data/definition_changes": {
        "data/definition_files",
        "data/definitions",
        "data/derive",
        "data/engine",
        "data/errors",
        "data/privacy",
        "data/restatements",
        "data/sql",
        "data/storage",
        "data/terms",
    },
    "data/__main__": LEAVES
    | {
        "data/backup",
        "data/definition_changes",
        "data/forget",
        "data/notebook",
        "data/privacy",
        "data/sample_company",
        "data/sample_company/families",
        "data/storage",
    },
    # loaders: read, then map, then transform, then write, in a process of its own
    "loaders/reading": {"data/sql", "data/errors"},
    "loaders/language": {
        "loaders/dating",
        "loaders/reading",
        "data/references",
        "data/schema",
        "data/toml",
        "data/privacy",
        "data/storage",
        "data/engine",
        "data/errors",
    },
    "loaders/dating": {"data/privacy", "data/schema"},
    "loaders/transform": {
        "loaders/forms",
        "loaders/language",
        "loaders/reading",
        "data/sql",
        "data/schema",
        "data/engine",
        "data/references",
        "data/standardise",
        "data/privacy",
    },
    "loaders/forms": {"loaders/language"},
    "loaders/judging": {
        "loaders/forms",
        "loaders/language",
        "loaders/proposing",
        "loaders/reading",
        "loaders/transform",
        "loaders/outcome",
        "data/engine",
        "data/errors",
        "data/privacy",
        "data/schema",
        "data/sql",
        "data/standardise",
        "data/terms",
    },
    "loaders/proposing": {
        "loaders/forms",
        "loaders/language",
        "data/schema",
        "data/privacy",
        "data/errors",
    },
    "loaders/correcting": {
        "loaders/forms",
        "loaders/language",
        "loaders/proposing",
        "data/references",
        "data/schema",
        "data/terms",
    },
    "loaders/outcome": {"loaders/proposing"},
    "loaders/protocol": {"loaders/outcome"},
    "loaders/progress": {"loaders/protocol"},
    "loaders/writing": {
        "loaders/dating",
        "loaders/reading",
        "loaders/language",
        "loaders/transform",
        "loaders/correcting",
        "loaders/judging",
        "loaders/proposing",
        "loaders/outcome",
        "loaders/protocol",
        "loaders/progress",
        "data/engine",
        "data/errors",
        "data/privacy",
        "data/references",
        "data/sample_company",
        "data/schema",
        "data/sql",
        "data/standing",
    },
    "loaders/process": {
        "loaders/language",
        "loaders/judging",
        "loaders/writing",
        "loaders/protocol",
        "loaders/outcome",
        "data/engine",
        "data/derive",
        "data/restatements",
        "data/definitions",
        "data/errors",
        "data/privacy",
        "data/schema",
        "data/storage",
    },
    "loaders/history": {
        "data/engine",
        "data/errors",
        "data/formulas",
        "data/named_tables",
        "data/references",
        "data/sql",
        "data/storage",
    },
    "loaders/kinds": {"loaders/language", "data/terms"},
    "loaders/load": _WORK_OF_A_CHILD,
    "loaders/preview": _WORK_OF_A_CHILD,
    # alerts are checked by the command line of metrics, which loaders do not import
    "loaders/alerts": {"data/definitions", "data/errors", "data/storage"},
    "loaders/watching": {
        "loaders/load",
        "loaders/outcome",
        "loaders/reading/held_file",
        "data/errors",
        "data/privacy",
        "data/storage",
    },
    "loaders/console": {
        "loaders/language",
        "loaders/outcome",
        "loaders/progress",
        "loaders/protocol",
        "data/privacy",
    },
    "loaders/inspecting": {
        "loaders/console",
        "loaders/history",
        "loaders/language",
        "loaders/outcome",
        "loaders/preview",
        "data/storage",
    },
    "loaders/__main__": FRONT
    | {
        "loaders/alerts",
        "loaders/inspecting",
        "loaders/process",
        "data/errors",
        "data/privacy",
        "data/storage",
    },
    # metrics: what every family shares, then the families
    "metrics/period": {"data/errors"},
    "metrics/estimators": {"metrics/estimators/comparing"},
    "metrics/estimators/comparing": set(),
    "metrics/estimators/credit": set(),
    "metrics/estimators/forecasts": {"metrics/estimators/comparing"},
    "metrics/estimators/experiments": {"metrics/estimators/comparing"},
    "metrics/estimators/response": {"metrics/estimators/comparing"},
    "metrics/estimators/routing": {"metrics/estimators/comparing"},
    "metrics/estimators/scoring": {"metrics/estimators/comparing"},
    "metrics/money": {"data/errors", "metrics/period"},
    "metrics/answered": set(),
    "metrics/attribution": WAREHOUSE
    | {
        "data/definitions",
        "data/terms",
        "metrics/estimators",
        "metrics/estimators/credit",
        "metrics/money",
        "metrics/period",
        "metrics/scope",
    },
    "metrics/attribution/comparing": WAREHOUSE
    | {
        "data/definitions",
        "metrics/answered",
        "metrics/attribution",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/attribution/conversion_paths": WAREHOUSE
    | {"data/definitions", "metrics/attribution", "metrics/rates", "metrics/scope"},
    "metrics/attribution/loaded_paths": WAREHOUSE
    | {"data/definitions", "metrics/attribution", "metrics/scope"},
    # the paths of leads are counted as those of conversions are
    "metrics/journeys": WAREHOUSE
    | {
        "data/definitions",
        "data/standardise",
        "metrics/answered",
        "metrics/attribution",
        "metrics/attribution/conversion_paths",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/attribution/sourcing": WAREHOUSE
    | {
        "data/definitions",
        "metrics/chance",
        "metrics/estimators/comparing",
        "metrics/money",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/loaded": WAREHOUSE | {"data/definitions", "metrics/scope", "metrics/subjects"},
    "metrics/content": WAREHOUSE
    | {
        "data/definitions",
        "metrics/attribution",
        "metrics/chance",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/reach": WAREHOUSE
    | {
        "data/standardise",
        "data/definitions",
        "data/references",
        "metrics/chance",
        "metrics/estimators",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/dispatch": WAREHOUSE
    | {
        "data/definitions",
        "metrics/estimators",
        "metrics/estimators/routing",
        "metrics/rates",
        "metrics/scope",
        # sellers' hours are those of follow-up
        "metrics/follow_up",
    },
    # whom activity is about is asked as for reach
    "metrics/activity": WAREHOUSE
    | {"data/definitions", "metrics/estimators/comparing", "metrics/reach", "metrics/scope"},
    "metrics/accounts": WAREHOUSE
    | {
        "data/definitions",
        "data/references",
        "metrics/reach",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/funnel",
        "metrics/money",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/quality": WAREHOUSE
    | {
        "data/definitions",
        "data/terms",
        "metrics/chance",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/estimators/scoring",
        "metrics/funnel",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/experiments": WAREHOUSE
    | {"metrics/estimators/comparing", "metrics/estimators/experiments"},
    "metrics/budget": WAREHOUSE
    | {
        "data/definitions",
        "metrics/estimators/comparing",
        "metrics/estimators/response",
        "metrics/experiments",
        "metrics/money",
        "metrics/period",
        "metrics/returns",
        "metrics/scope",
        "metrics/wording",
    },
    "metrics/channels": WAREHOUSE
    | {
        "data/definitions",
        "metrics/attribution",
        "metrics/attribution/conversion_paths",
        "metrics/budget",
        "metrics/estimators/comparing",
        "metrics/experiments",
        "metrics/period",
        "metrics/returns",
        "metrics/scope",
        "metrics/verdicts",
        "metrics/wording",
    },
    "metrics/verdicts": {
        "metrics/estimators/comparing",
        "metrics/estimators/experiments",
        "metrics/period",
    },
    "metrics/rates": {"data/sql"},
    "metrics/chance": {"metrics/estimators", "metrics/estimators/comparing"},
    "metrics/scope": WAREHOUSE | {"data/definitions", "data/terms", "metrics/period"},
    "metrics/sentences": {"metrics/period", "metrics/scope"},
    "metrics/subjects": {"data/sql", "metrics/scope"},
    "metrics/horizon": WAREHOUSE
    | {
        "data/definitions",
        "data/standardise",
        "data/terms",
        "metrics/wording/order",
        "metrics/period",
        "metrics/scope",
    },
    "metrics/records": WAREHOUSE | {"metrics/scope", "metrics/subjects"},
    "metrics/deal_records": WAREHOUSE | {"metrics/records", "metrics/scope", "metrics/subjects"},
    "metrics/funnel": WAREHOUSE
    | {
        "data/definitions",
        "metrics/health",
        "metrics/chance",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/plan/backward": WAREHOUSE
    | {
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/funnel",
        "metrics/period",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/scope",
    },
    "metrics/plan/past": WAREHOUSE
    | {
        "metrics/estimators",
        "metrics/funnel",
        "metrics/period",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/follow_up": WAREHOUSE
    | {
        "metrics/chance",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/plan": WAREHOUSE
    | {
        "data/public_holidays",
        "metrics/plan/past",
        "data/definitions",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/funnel",
        "metrics/health",
        "metrics/period",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/plan/attainment": WAREHOUSE
    | {
        "data/notebook",
        "data/standardise/spelling",
        "metrics/estimators/forecasts",
        "metrics/horizon",
        "metrics/period",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/backward",
        "metrics/scope",
    },
    "metrics/plan/variance": WAREHOUSE
    | {
        "data/definitions",
        "data/notebook",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/funnel",
        "metrics/period",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/attainment",
        "metrics/plan/backward",
        "metrics/scope",
        "metrics/subjects",
        "metrics/wording",
    },
    "metrics/forecast": WAREHOUSE
    | {
        "data/definitions",
        "data/notebook",
        "metrics/estimators/forecasts",
        "metrics/period",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/backward",
        "metrics/rates",
        "metrics/scope",
    },
    "metrics/pipeline": WAREHOUSE
    | {
        "data/definitions",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/forecast",
        "metrics/funnel",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/velocity": WAREHOUSE
    | {
        "data/definitions",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/funnel",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/plan/events": WAREHOUSE
    | {
        "data/named_tables",
        "data/references",
        "metrics/answered",
        "metrics/estimators",
        "metrics/period",
        "metrics/scope",
    },
    # who counts at a step is what the planner of events counts
    "metrics/events": WAREHOUSE
    | {
        "data/references",
        "metrics/chance",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/period",
        "metrics/plan/events",
        "metrics/rates",
        "metrics/scope",
        "metrics/wording",
    },
    "metrics/provenance": WAREHOUSE | {"data/privacy"},
    "metrics/findings": WAREHOUSE
    | QUESTION
    | {
        "data/definitions",
        "data/notebook",
        "data/terms",
        "metrics/channels",
        "metrics/follow_up",
        "metrics/health",
        "metrics/pipeline",
        "metrics/plan",
        "metrics/plan/attainment",
        "metrics/plan/variance",
        "metrics/verdicts",
        "metrics/wording",
    },
    "metrics/report": WAREHOUSE
    | QUESTION
    | {
        "data/definitions",
        "data/formulas",
        "data/notebook",
        "metrics/attribution",
        "metrics/findings",
        "metrics/forecast",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/attainment",
        "metrics/plan/backward",
        "metrics/plan/variance",
        "metrics/returns",
        "metrics/wording",
    },
    # a rule may name any metric, and links and sends as the report does
    "metrics/alerts": WAREHOUSE
    | {
        "data/alert_log",
        "data/definitions",
        "data/notebook",
        "data/terms",
        "metrics/catalogue",
        "metrics/chance",
        "metrics/findings",
        "metrics/follow_up",
        "metrics/health",
        "metrics/horizon",
        "metrics/period",
        "metrics/plan/attainment",
        "metrics/plan/variance",
        "metrics/report",
        "metrics/scope",
        "metrics/wording",
    },
    "metrics/headline": WAREHOUSE
    | {"metrics/funnel", "metrics/money", "metrics/rates", "metrics/scope"},
    "metrics/returns": WAREHOUSE
    | {
        "data/definitions",
        "data/named_tables",
        "data/references",
        "data/terms",
        "metrics/attribution",
        "metrics/estimators",
        "metrics/estimators/comparing",
        "metrics/estimators/credit",
        "metrics/funnel",
        "metrics/money",
        "metrics/period",
        "metrics/rates",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/segments": WAREHOUSE
    | {
        "data/definitions",
        "metrics/chance",
        "metrics/deal_records",
        "metrics/estimators/comparing",
        "metrics/money",
        "metrics/period",
        "metrics/rates",
        "metrics/records",
        "metrics/returns",
        "metrics/scope",
        "metrics/subjects",
    },
    "metrics/health": WAREHOUSE
    | {"data/definitions", "data/named_tables", "data/references", "data/terms", "metrics/reach"},
    "metrics/wording": {"data/definitions", "data/schema", "metrics/health", "metrics/scope"},
    "metrics/__init__": set(),
    "metrics/catalogue": WAREHOUSE | {"metrics/__init__", "data/definitions", "metrics/scope"},
    "metrics/shell": WAREHOUSE
    | {
        "data/definitions",
        "data/formulas",
        "metrics/catalogue",
        "metrics/horizon",
        "metrics/period",
        "metrics/provenance",
        "metrics/scope",
    },
    "metrics/__main__": WAREHOUSE
    | QUESTION
    | {
        "metrics/answered",
        "metrics/alerts",
        "metrics/catalogue",
        "metrics/health",
        "metrics/shell",
        "metrics/loaded",
        "metrics/wording",
        "metrics/attribution/comparing",
        "metrics/forecast",
        "metrics/journeys",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/backward",
        "metrics/plan/events",
        "metrics/plan/variance",
        "metrics/provenance",
        "metrics/report",
        "data/definitions",
        "data/formulas",
        "data/notebook",
        "data/storage",
    },
    # pages: display, charts, controls, then the sections
    "pages/display": set(),
    "pages/charts": {"pages/display", "metrics/scope", "metrics/wording"},
    "pages/charts/planning": {
        "pages/charts",
        "pages/display",
        "metrics/scope",
        "metrics/wording",
    },
    "pages/charts/journeys": {"pages/charts", "pages/display", "metrics/wording"},
    "pages/charts/dispatching": {"pages/charts", "pages/display", "metrics/wording"},
    "pages/charts/content": {
        "pages/charts",
        "pages/display",
        "metrics/scope",
        "metrics/wording",
    },
    "pages/controls": LEAVES
    | QUESTION
    | {
        "pages/display",
        "pages/charts",
        "metrics/attribution/loaded_paths",
        "metrics/findings",
        "metrics/health",
        "metrics/loaded",
        "metrics/provenance",
        "metrics/returns",
        "metrics/wording",
        "data/definition_changes",
        "data/definitions",
        "data/engine",
        "data/notebook",
        "data/storage",
        "data/terms/glossary",
        "loaders/history",
    },
    "pages/every_page": {
        "pages/controls",
        "pages/display",
        "metrics/period",
        "metrics/provenance",
        "metrics/wording",
        "data/definition_changes",
        "data/errors",
        "data/lineage",
        "data/notebook",
        "data/storage",
        "data/terms",
        "loaders/kinds",
    },
    "pages/review/credit": PAGE_PARTS
    | {
        "data/definitions",
        "data/engine",
        "data/schema",
        "data/terms",
        "metrics/attribution",
        "metrics/attribution/comparing",
        "metrics/attribution/conversion_paths",
        "metrics/attribution/loaded_paths",
        "metrics/attribution/sourcing",
        "metrics/health",
        "metrics/scope",
    },
    "pages/review/returns": PAGE_PARTS
    | {
        "data/errors",
        "data/notebook",
        "metrics/attribution",
        "metrics/budget",
        "metrics/channels",
        "metrics/experiments",
        "metrics/period",
        "metrics/verdicts",
        "metrics/returns",
        "metrics/scope",
    },
    "pages/explore/dispatching": PAGE_PARTS
    | {"pages/charts/dispatching", "metrics/dispatch", "metrics/scope"},
    "pages/charts/quality": {"metrics/wording", "pages/charts", "pages/display"},
    "pages/explore/levels": PAGE_PARTS
    | {
        "data/definition_changes",
        "data/errors",
        "data/storage",
        "metrics/chance",
        "metrics/period",
        "metrics/quality",
        "metrics/reach",
        "metrics/scope",
        "pages/charts/quality",
        # a score is adopted as any term of the definitions is saved
        "pages/sources/terms",
    },
    "pages/explore/answering": PAGE_PARTS
    | {
        # a bar with its placebo, and a rate with its bounds
        "pages/charts/content",
        "pages/charts/quality",
        "pages/charts/dispatching",
        "pages/explore/dispatching",
        "pages/explore/velocity",
        "pages/segmenting",
        "data/errors",
        "data/schema",
        "metrics/chance",
        "metrics/follow_up",
        "metrics/period",
        "metrics/scope",
    },
    "pages/explore/audience": PAGE_PARTS
    | {
        "data/notebook",
        "metrics/activity",
        "metrics/horizon",
        "metrics/period",
        "metrics/reach",
        "metrics/returns",
        "metrics/scope",
    },
    "pages/review/front": PAGE_PARTS
    | QUESTION
    | {
        "data/errors",
        "data/notebook",
        "data/schema",
        "metrics/findings",
        "metrics/forecast",
        "metrics/pipeline",
        "metrics/report",
        "metrics/scope",
        "metrics/segments",
    },
    # what Funnel and Segments share: a question, two dimensions crossed, the records behind
    "pages/segmenting": PAGE_PARTS | QUESTION | {"metrics/segments"},
    "pages/review": PAGE_PARTS
    | QUESTION
    | {"pages/review/credit", "pages/review/front", "pages/review/returns", "pages/segmenting"}
    | {"metrics/loaded", "metrics/segments"}
    | {"metrics/forecast", "metrics/returns", "data/definitions", "data/errors", "data/schema"},
    "pages/plan/events": PAGE_PARTS | QUESTION | {"metrics/plan/events", "data/errors"},
    "pages/plan": PAGE_PARTS
    | QUESTION
    | {
        "pages/plan/backward",
        "pages/plan/events",
        "metrics/forecast",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/attainment",
        "metrics/plan/backward",
        "metrics/plan/events",
        "metrics/plan/variance",
        "metrics/returns",
        "data/definitions",
        "data/engine",
        "data/errors",
        "data/formulas",
        "data/notebook",
        "data/storage",
    },
    "pages/plan/backward": PAGE_PARTS
    | QUESTION
    | {
        "data/public_holidays",
        "metrics/plan",
        "metrics/plan/past",
        "metrics/plan/backward",
        "data/definitions",
        "data/errors",
        "data/formulas",
        "data/notebook",
    },
    "pages/explore/timelines": PAGE_PARTS
    | {
        "data/errors",
        "metrics/accounts",
        "metrics/attribution",
        "metrics/funnel",
        "metrics/journeys",
        "metrics/period",
        "metrics/scope",
        "pages/charts/journeys",
    },
    "pages/sources": PAGE_PARTS
    | {
        "pages/sources/health",
        "pages/sources/loading",
        "pages/sources/terms",
        "metrics/health",
        "data/definition_changes",
        "data/engine",
        "data/storage",
    },
    "pages/sources/terms": PAGE_PARTS
    | {
        "data/definition_changes",
        "data/definition_files",
        "data/definitions",
        "data/errors",
        "data/storage",
        "data/terms",
        "metrics/catalogue",
        "metrics/health",
        "metrics/period",
        "metrics/scope",
    },
    "pages/sources/health": PAGE_PARTS
    | {
        "data/alert_log",
        "data/terms",
        "metrics/alerts",
        "metrics/findings",
        "metrics/health",
        "metrics/period",
        "metrics/scope",
        "data/definitions",
        "data/engine",
        "data/errors",
        "data/schema",
        "data/storage",
        "loaders/kinds",
    },
    "pages/sources/loading": PAGE_PARTS
    | FRONT
    | {
        "loaders/correcting",
        "loaders/proposing",
        "loaders/language/column",
        "loaders/language/library",
        "loaders/language/model",
        "data/errors",
        "data/privacy",
        "data/schema",
        "data/storage",
        "data/terms",
    },
    "pages/explore": PAGE_PARTS
    | QUESTION
    | {
        "data/errors",
        "pages/explore/answering",
        "pages/explore/assets",
        "pages/explore/audience",
        "pages/explore/levels",
        "pages/explore/occasions",
        "pages/explore/slices",
        "pages/segmenting",
        "pages/explore/timelines",
        "pages/explore/deals_open",
        "metrics/events",
    },
    "pages/explore/slices": PAGE_PARTS
    | QUESTION
    | {
        "data/errors",
        "metrics/returns",
        "metrics/segments",
        "pages/review/reasons",
        "pages/segmenting",
    },
    "pages/explore/assets": PAGE_PARTS
    | {
        "pages/charts/content",
        "data/errors",
        "data/schema",
        "metrics/attribution",
        "metrics/content",
        "metrics/scope",
    },
    "pages/explore/occasions": PAGE_PARTS | QUESTION | {"metrics/events", "data/errors"},
    "pages/explore/deals_open": PAGE_PARTS
    | {
        "data/errors",
        "metrics/forecast",
        "metrics/period",
        "metrics/pipeline",
        "metrics/scope",
    },
    "pages/explore/velocity": PAGE_PARTS | {"metrics/period", "metrics/scope", "metrics/velocity"},
    "pages/frame": {"pages/controls", "pages/every_page"},
}
"""What each room may import besides itself: rooms, or single modules of one.

A module that lies directly in a layer is a room of its own.
"""

LAYERS = ("data", "loaders", "metrics", "pages")

ENGINES = {"duckdb", "sqlglot", "pyspark"}
SCREEN = {"streamlit", "plotly"}
OUTSIDE: dict[str, set[str]] = {
    "data/engine": ENGINES,
    "data/storage": {"duckdb"},
    "pages/charts": {"plotly"},
    "pages/charts/journeys": {"plotly"},
    "pages/charts/planning": {"plotly"},
    "pages/charts/content": {"plotly"},
    "pages/charts/dispatching": {"plotly"},
    "pages/charts/quality": {"plotly"},
    "pages/controls": SCREEN,
    "pages/every_page": {"streamlit"},
    "pages/explore": {"streamlit"},
    "pages/explore/answering": {"streamlit"},
    "pages/explore/assets": {"streamlit"},
    "pages/explore/occasions": {"streamlit"},
    "pages/explore/slices": {"streamlit"},
    "pages/explore/dispatching": {"streamlit"},
    "pages/frame": {"streamlit"},
    "pages/explore/timelines": {"streamlit"},
    "pages/explore/deals_open": {"streamlit"},
    "pages/explore/velocity": {"streamlit"},
    "pages/plan": SCREEN,
    "pages/plan/backward": SCREEN,
    "pages/plan/events": {"streamlit"},
    "pages/explore/audience": {"streamlit"},
    "pages/explore/levels": {"streamlit"},
    "pages/review": SCREEN,
    "pages/segmenting": {"streamlit"},
    "pages/review/credit": {"streamlit"},
    "pages/review/front": {"streamlit"},
    "pages/review/returns": {"streamlit"},
    "pages/sources": SCREEN,
    "pages/sources/health": SCREEN,
    "pages/sources/loading": SCREEN,
    "pages/sources/terms": {"streamlit"},
}
"""Which rooms may import an engine or the screen."""


def modules() -> list[Path]:
    """The product's modules, relative to the root."""
    return sorted(
        path.relative_to(ROOT)
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if path.name != "__init__.py" or path.parent == ROOT / "metrics"
    )


def room_of(path: Path) -> str:
    """The room that a module is in."""
    inside = path.parent.as_posix()
    return path.with_suffix("").as_posix() if inside in LAYERS else inside


def imported(path: Path) -> list[Path]:
    """The modules of the project that a module imports, anywhere in it; others by name."""
    found: list[Path] = []
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [module(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                whole = module(f"{node.module}.{alias.name}")
                found.append(whole if (ROOT / whole).exists() else module(node.module or ""))
    return found


def module(name: str) -> Path:
    """The file of a module, or of a package's beginning."""
    place = Path(*name.split("."))
    return place / "__init__.py" if (ROOT / place).is_dir() else place.with_suffix(".py")


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} is not listed: say what it may import"
    for target in imported(path):
        if target.parts[0] not in LAYERS:
            continue
        other = room_of(target)
        allowed = other == room or ROOMS[room] & {other, target.with_suffix("").as_posix()}
        assert allowed, f"{room} may not import {other}: {path} imports {target}"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_only_the_rooms_made_for_it_touch_an_engine_or_the_screen(path: Path) -> None:
    names = {target.parts[0].removesuffix(".py") for target in imported(path)}
    outside = names & (ENGINES | SCREEN)
    room = room_of(path)
    assert outside <= OUTSIDE.get(room, set()), f"{room} may not import {sorted(outside)}"
    assert "tests" not in names, "the product does not import its tests"
    assert "bench" not in names, "the product does not import its benchmarks"
    if "pyspark" in names:
        assert path == Path("data/engine/spark.py"), "Spark is an extra, behind one module"


def test_rooms_are_there_and_do_not_go_round_in_circles() -> None:
    rooms = {room_of(path) for path in modules()}
    assert ROOMS.keys() <= rooms, f"{ROOMS.keys() - rooms} is listed and not there"
    above: dict[str, set[str]] = {}
    for path in modules():
        others = {room_of(each) for each in imported(path) if each.parts[0] in LAYERS}
        above.setdefault(room_of(path), set()).update(others - {room_of(path)})
    while free := {room for room, below in above.items() if not below & above.keys()}:
        above = {room: below for room, below in above.items() if room not in free}
    assert not above, f"these import each other in a circle: {sorted(above)}"


def test_no_module_is_longer_than_it_can_be_read() -> None:
    for path in modules():
        lines = (ROOT / path).read_text("utf-8").count("\n")
        assert lines <= 300, f"{path} has {lines} lines: it is asking to be two"


def test_no_room_holds_more_modules_than_can_be_seen_at_once() -> None:
    flat: dict[str, int] = {}
    for path in modules():
        flat[path.parent.as_posix()] = flat.get(path.parent.as_posix(), 0) + 1
    assert {folder: count for folder, count in flat.items() if count > 15} == {}


PAGES_OF_EXPLORE = (
    "content",
    "events",
    "follow_up",
    "journeys",
    "pipeline",
    "quality",
    "reach",
    "segments",
)


def importable(room: str) -> list[str]:
    """The modules of a room that can be imported without running a command or a page."""
    scripts = {"pages/frame"}
    scripts |= {
        f"pages/review/{name}" for name in ("overview", "funnel", "channels", "attribution")
    }
    scripts |= {"pages/sources/load", "pages/sources/data_health", "pages/sources/definitions"}
    scripts |= {"pages/plan/backward_plan"}
    scripts |= {"pages/plan/plan_versus_actual"}
    scripts |= {"pages/plan/forecast"}
    scripts |= {"pages/plan/event_planner"}
    scripts |= {f"pages/explore/{name}" for name in PAGES_OF_EXPLORE}
    places = [path.with_suffix("").as_posix() for path in modules() if room_of(path) == room]
    return [each.replace("/", ".") for each in places if each not in scripts]


LIBRARIES = (
    "duckdb",
    "pandera.polars",
    "plotly.graph_objects",
    "polars",
    "pyarrow",
    "scipy.sparse",
    "scipy.stats",
    "streamlit",
)
"""What takes long to import, and knows nothing of the rooms."""

IMPORTS = """
import importlib, os, sys, traceback
for library in {libraries}:
    importlib.import_module(library)
for line in sys.stdin:
    room, *names = line.split()
    child = os.fork()
    if not child:
        try:
            for name in names:
                importlib.import_module(name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(room, os.waitstatus_to_exitcode(status), flush=True)
"""
"""Imports the libraries once, and each room in a process of its own that knows no other room."""


@pytest.fixture(scope="module")
def imports() -> tuple[dict[str, str], str]:
    """Of each room how its import ended, and what went wrong."""
    rooms = "".join(f"{room} {' '.join(importable(room))}\n" for room in sorted(ROOMS))
    command = [sys.executable, "-c", IMPORTS.format(libraries=LIBRARIES)]
    ended = subprocess.run(
        command, cwd=ROOT, input=rooms, capture_output=True, text=True, check=True
    )
    return dict(line.rsplit(" ", 1) for line in ended.stdout.splitlines()), ended.stderr


@pytest.mark.xdist_group("imports")
@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_can_be_imported_alone(imports: tuple[dict[str, str], str], room: str) -> None:
    ended, problems = imports
    assert ended[room] == "0", problems
