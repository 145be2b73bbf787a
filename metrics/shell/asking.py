"""The options of one metric on the command line: its scope, its slices, and what is refused."""

from __future__ import annotations

import argparse
from enum import StrEnum

from data.errors import MetricError
from metrics.catalogue import Metric
from metrics.scope import Basis, Counting, Unit
from metrics.shell.options import add_where, day, member

_ABOUT = "Any metric as a table, CSV or JSON; without a name, the list."


def metric_parser() -> argparse.ArgumentParser:
    """The options that a metric is asked with, also those of its scope."""
    options = argparse.ArgumentParser(prog="python -m metrics", description=_ABOUT)
    options.add_argument("name", nargs="?", help="the metric; leave out to list them")
    options.add_argument("--by", help="slice by this dimension; follow-up also by team")
    options.add_argument("--from", dest="start", type=day, help="first day, YYYY-MM-DD")
    options.add_argument("--to", dest="end", type=day, help="last day, YYYY-MM-DD")
    options.add_argument("--basis", type=member(Basis), default=Basis.COHORT)
    options.add_argument("--unit", type=member(Unit), default=Unit.LEAD)
    options.add_argument("--counting", type=member(Counting), default=Counting.REACHED)
    options.add_argument(
        "--window", type=int, metavar="DAYS", help="count conversions within so many days only"
    )
    options.add_argument("--model", help="share credit by this model; default linear")
    options.add_argument(
        "--record",
        action="store_true",
        help="with forecast: write what is said of each quarter into the notebook's ledger",
    )
    add_where(options)
    return options


def sliced_by(metric: Metric, word: str) -> StrEnum:
    """What the option `--by` names; each metric has its own list.

    Raises MetricError when the metric cannot be sliced.
    """
    known = {each.value: each for each in metric.segments}
    if not known:
        raise MetricError(f"{metric.name} cannot be sliced: it has no {metric.name}_by")
    if word not in known:
        metric_parser().error(f"argument --by: {word!r} is not one of {', '.join(known)}")
    return known[word]


def refuse_scope(metric: Metric, options: argparse.Namespace) -> None:
    """Refuse options of a scope for a metric that has none: they would change nothing."""
    usual = metric_parser().parse_args([metric.name])
    asked = [name for name in SCOPE if getattr(options, name) != getattr(usual, name)]
    if asked and not metric.is_scoped:
        named = ", ".join(f"--{SCOPE[name]}" for name in asked)
        raise MetricError(f"{metric.name} is about all that is loaded: leave out {named}")


SCOPE = {
    "by": "by", "start": "from", "end": "to", "basis": "basis", "unit": "unit",
    "counting": "counting", "window": "window", "where": "where",
}  # fmt: skip
"""The options that make the scope: where they are kept, and what they are called."""
