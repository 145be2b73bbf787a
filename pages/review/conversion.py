"""The tables beside the funnel: the rates of its bars, and apart from them those of each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl
import streamlit as st

from metrics.chance import Part, Verdict, share_changes
from metrics.scope import Basis, Scope, Stage
from metrics.segments.segment_records import entered
from metrics.wording import formats
from pages.controls.width import show_lines
from pages.segmenting.records import choose_records, reached

Row = dict[str, Any]

_NOT_COMPARED = Part(0, 0)
"""What some reached on an unknown day: nobody knows how it stood at the end of another period."""

_LIKELY = "The likely range holds the true rate in 95 of 100 cases."

YOUNG = 0.9
"""Below this matured share a rate is announced as one that may still rise."""

_MEANING = {
    Basis.COHORT: "One cohort: each row counts, of those that entered in the period, the ones that "
    "reached the stage, and divides them by the row above.",
    Basis.FLOW: "Entries into the stage in the period, whoever made them. Their ratios are no "
    "shares: they divide other records and may exceed 100 per 100.",
}


def show_conversion(
    conversion: pl.DataFrame, before: pl.DataFrame | None, scope: Scope, titles: Mapping[str, str]
) -> None:
    """The biggest change in a sentence, then one line per stage: its count and the rate of it.

    `titles` says how stages are called. What the counts of the first stage give stands beside the
    bars.
    """
    rows = conversion.rows(named=True)
    earlier = before.rows(named=True) if before is not None else None
    if scope.basis is Basis.COHORT:
        if earlier is not None and (said := biggest_change(rows, earlier)):
            st.markdown(said)
        lines = _cohort_lines(rows, earlier, titles)
    else:
        lines = _flow_lines(rows, earlier, titles)
    show_lines(lines, "Conversion from stage to stage", "conversion")
    st.caption(f"{_MEANING[scope.basis]} {_LIKELY}")


def say_young(conversion: pl.DataFrame, scope: Scope) -> None:
    """Which shares may still rise, of every stage, also of those that share a row."""
    if young := _young(conversion.rows(named=True), scope):
        st.info(young, icon=":material/schedule:")


def biggest_change(rows: Sequence[Row], before: Sequence[Row]) -> str | None:
    """Which step changed most, of those that did by more than chance; else that none did.

    None where no step can be compared.
    """
    pairs = list(zip(_cohort_parts(rows), _cohort_parts(before), strict=True))
    verdicts = share_changes(pairs)
    changed = [
        (_points(here, there), place)
        for place, ((here, there), verdict) in enumerate(zip(pairs, verdicts, strict=True), start=1)
        if verdict is Verdict.MORE_THAN_CHANCE
    ]
    if not changed:
        is_compared = Verdict.MAY_BE_CHANCE in verdicts
        return "No step changed by more than chance." if is_compared else None
    points, place = max(changed, key=lambda each: abs(each[0]))
    above, stage = (Stage(rows[each]["stage"]) for each in (place - 1, place))
    here, there = rows[place]["rate_cohort"], before[place]["rate_cohort"]
    return (
        f"The biggest change: {above.plural} to {stage.word} "
        f"{'rose' if points > 0 else 'fell'} to **{formats.share(here)}** "
        f"(was {formats.share(there)})."
    )


def show_steps(
    conversion: pl.DataFrame, before: pl.DataFrame | None, scope: Scope, titles: Mapping[str, str]
) -> None:
    """One line per step, of a cohort of its own: all that reached its first stage in the period."""
    rows = conversion.rows(named=True)
    changes = [formats.NOTHING] * (len(rows) - 1)
    if before is not None:
        changes = _changes(
            [_step_part(row) for row in rows[1:]],
            [_step_part(row) for row in before.rows(named=True)[1:]],
        )
    lines = []
    for place, (first, row) in enumerate(pairwise(rows)):
        start = Stage(first["stage"])
        days = scope.window_days or getattr(scope.windows, row["stage"])
        line = {
            "Step": _unbroken(f"{titles[start]} → {titles[row['stage']]}"),
            "Reached the first": formats.count(row["previous_reached"]),
            "Went on": formats.count(row["previous_converted"]),
            "Share": _share(row["rate_previous"], start),
            "Likely range": _interval(row, "rate_previous", Basis.COHORT),
            "Matured": _maturity(row["matured_share"], days),
        }
        lines.append(line | ({"Change": changes[place]} if before is not None else {}))
    show_lines(lines, "Each step of those that reached its first stage in the period", "steps")
    st.caption(
        "A cohort per step: all that reached its first stage in the period, whenever they entered "
        "the funnel. So its counts are not those above, and its shares do not multiply."
    )
    starts = [Stage(row["stage"]) for row in rows[:-1]]
    choose_records(
        {
            f"Reached {stage.word} in the period": (
                entered(scope, stage),
                f"that {reached(stage)} in the period, whenever they entered",
            )
            for stage in starts
        },
        key="funnel_step_of",
    )


def _cohort_lines(
    rows: Sequence[Row], before: Sequence[Row] | None, titles: Mapping[str, str]
) -> list[dict[str, str]]:
    changes = [formats.NOTHING] * len(rows)
    if before is not None:
        changes[1:] = _changes(_cohort_parts(rows), _cohort_parts(before))
    lines = []
    for place, row in enumerate(rows):
        above = rows[place - 1] if place else None
        line = {
            "Stage": titles[row["stage"]],
            "Reached": _with_was(row, before[place] if before else None),
            "Conversion": _conversion(row, "rate_cohort", above, Basis.COHORT),
            "Likely range": _interval(row, "rate_cohort", Basis.COHORT),
        }
        lines.append(line | ({"Change": changes[place]} if before is not None else {}))
    return lines


def _flow_lines(
    rows: Sequence[Row], before: Sequence[Row] | None, titles: Mapping[str, str]
) -> list[dict[str, str]]:
    lines = []
    for place, row in enumerate(rows):
        above = rows[place - 1] if place else None
        line = {
            "Stage": titles[row["stage"]],
            "Entries": _with_was(row, before[place] if before else None),
            "To the stage before": _conversion(row, "rate_previous", above, Basis.FLOW),
            "Likely range": _interval(row, "rate_previous", Basis.FLOW),
        }
        if before is not None:
            was = before[place]["rate_previous"]
            line["Was"] = formats.per_hundred(was)
        lines.append(line)
    return lines


def _with_was(row: Row, before: Row | None) -> str:
    count = formats.count(row["reached"])
    was = "" if before is None else f" (was {formats.count(before['reached'])})"
    return _unbroken(f"{count}{was}")


def _conversion(row: Row, name: str, above: Row | None, basis: Basis) -> str:
    """A rate with the two counts that give it."""
    if above is None:
        return formats.NOTHING
    if row[name] is None:
        return _nobody(Stage(above["stage"]))
    counts = formats.count(row["reached"]), formats.count(above["reached"])
    if basis is Basis.COHORT:
        return _unbroken(f"{formats.share(row[name])} · {counts[0]} of {counts[1]}")
    return _unbroken(f"{formats.per_hundred(row[name])} · {counts[0]} to {counts[1]}")


def _cohort_parts(rows: Sequence[Row]) -> list[Part]:
    return [
        _NOT_COMPARED
        if row["undated"] or above["undated"]
        else Part(row["reached"], above["reached"])
        for above, row in pairwise(rows)
    ]


def _step_part(row: Row) -> Part:
    if row["undated"]:
        return _NOT_COMPARED
    return Part(row["previous_converted"], row["previous_reached"])


def _changes(now: Sequence[Part], before: Sequence[Part]) -> list[str]:
    """The changes in words: a badge only where one is more than chance."""
    pairs = list(zip(now, before, strict=True))
    found = []
    for (here, there), verdict in zip(pairs, share_changes(pairs), strict=True):
        if not (here.whole and there.whole):
            found.append(formats.NOTHING)
        elif verdict is Verdict.TOO_FEW:
            found.append(f":gray[{_unbroken(verdict.value)}]")
        else:
            points = _points(here, there)
            words = _unbroken(formats.points(points))
            if verdict is Verdict.MORE_THAN_CHANCE:
                colour, arrow = ("green", "upward") if points > 0 else ("red", "downward")
                found.append(f":{colour}-badge[:material/arrow_{arrow}: {words}]")
            else:
                found.append(f":gray[{words}, {_unbroken(verdict.value)}]")
    return found


def _points(here: Part, there: Part) -> float:
    """By how much a share changed; both have somebody to be a share of."""
    return (here.part or 0) / (here.whole or 1) - (there.part or 0) / (there.whole or 1)


def _share(share: float | None, of: Stage | None) -> str:
    """A share, or why there is none; a dash alone where none is asked for."""
    return formats.share(share) if share is not None else _nobody(of)


def _nobody(stage: Stage | None) -> str:
    if stage is None:
        return formats.NOTHING
    return _unbroken(f"{formats.NOTHING} nobody reached {stage.word}")


def _interval(row: Row, name: str, basis: Basis) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None or high is None:
        return formats.NOTHING
    written = formats.share if basis is Basis.COHORT else formats.per_hundred
    return _unbroken(f"{written(low)} to {written(high)}")


def _maturity(share: float | None, days: int) -> str:
    if share is None:
        return formats.NOTHING
    return "yes, final" if share == 1 else _unbroken(f"{formats.share(share)} had {days} days")


def _young(rows: Sequence[Row], scope: Scope) -> str | None:
    """A sentence on the stages that part of the cohort has not had the time to reach."""
    first = Stage(rows[0]["stage"])
    young = [
        row
        for row in rows
        if row["matured_share_first"] is not None and row["matured_share_first"] < YOUNG
    ]
    if not young:
        return None
    steps = ", ".join(
        f"{Stage(row['stage']).label} ({formats.share(row['matured_share_first'])} had the "
        f"{_days(Stage(row['stage']), first, scope)} days it usually takes)"
        for row in young
    )
    return f"Part of this cohort is still young, so these shares may rise: {steps}."


def _days(stage: Stage, first: Stage, scope: Scope) -> int:
    """How long the way from the first stage usually takes, or may take."""
    if scope.window_days is not None:
        return scope.window_days
    stages = list(Stage)
    steps = stages[stages.index(first) + 1 : stages.index(stage) + 1]
    return sum(int(getattr(scope.windows, each.value)) for each in steps)


def _unbroken(text: str) -> str:
    """Kept on one line, so that a narrow window scrolls the table instead of stacking words."""
    return text.replace(" ", "\u00a0")
