"""A plan as a workbook: the chain of its middle with live formulas, and the draws' quantiles."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import polars as pl

from data.formulas import inert
from metrics.period import in_words
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.target import TargetKind, plural


def to_plan_workbook(plan: BackwardPlan, required: pl.DataFrame, currency: str) -> bytes:
    """Four sheets: what is what, the P50 chain as formulas, and quantiles as values.

    Formulas carry their result, for programs that show a workbook without calculating it.
    """
    import xlsxwriter  # only who downloads a workbook waits for it

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        looks = {
            "bold": book.add_format({"bold": True}),
            "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
            "given": book.add_format({"bg_color": "#FFF4CC", "num_format": "#,##0.####"}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "share": book.add_format({"num_format": "0.0%"}),
        }
        about = book.add_worksheet("Read me")
        about.set_column(0, 0, 100)
        for line, text in enumerate(_about(plan, currency)):
            about.write_string(line, 0, text, looks["wrapped" if line else "bold"])
        _write_chain(book.add_worksheet("P50 chain"), plan, currency, looks)
        _write_quantiles(book.add_worksheet("Quantiles"), required, looks)
        _write_needed(book.add_worksheet("Needed"), plan, looks)
    return buffer.getvalue()


FIRST_MONTH = 12
"""The row of the chain's first month, counted as spreadsheets do."""


def _write_chain(sheet: Any, plan: BackwardPlan, currency: str, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 4, 16)
    revenue = plan.target.kind is TargetKind.REVENUE
    unit = currency if revenue else "deals"
    shares = plan.entries / plan.entries.sum() if plan.volume else plan.month_shares
    in_time = np.median(plan.win_chances.sum(axis=0), axis=0).astype(np.float64)
    brought = float(np.quantile(plan.brought.sum(axis=0), 0.5))
    size = plan.sums.expected if revenue else 1.0
    wins = math.ceil(max(0.0, plan.target.total - brought) / size)
    chance = float(shares @ in_time)
    needed = wins / chance if chance > 0 else 0.0
    last = FIRST_MONTH + len(plan.months) - 1
    sheet.write_row(0, 0, ["The middle of the plan, in formulas", "Value"], looks["bold"])
    for line, (label, value) in enumerate(
        (
            (f"Target ({unit})", plan.target.total),
            (f"Already coming, middle ({unit})", brought),
            (f"Mean deal size ({unit})", size),
        ),
        start=1,
    ):
        sheet.write_string(line, 0, label)
        sheet.write_number(line, 1, value, looks["given"])
    entered = plural(plan.entry)
    for line, (label, formula, look, value) in enumerate(
        (
            ("Wins still needed", "=ROUNDUP(MAX(0,B2-B3)/B4,0)", "whole", wins),
            (
                "Chance that an entry wins in time",
                f"=SUMPRODUCT(B{FIRST_MONTH}:B{last},C{FIRST_MONTH}:C{last})",
                "share",
                chance,
            ),
            (
                f"{entered[0].upper()}{entered[1:]} needed, middle",
                "=IF(B6>0,B5/B6,0)",
                "whole",
                needed,
            ),
        ),
        start=4,
    ):
        sheet.write_string(line, 0, label)
        sheet.write_formula(line, 1, formula, looks[look], value)
    heads = ["Month", "Share of entries", "Wins in time", "Entries", "Wins"]
    sheet.write_row(FIRST_MONTH - 2, 0, heads, looks["bold"])
    for place, month in enumerate(plan.months):
        row = FIRST_MONTH - 1 + place
        share, won = float(shares[place]), float(in_time[place])
        sheet.write_string(row, 0, month.describe())
        sheet.write_number(row, 1, share, looks["given"])
        sheet.write_number(row, 2, won, looks["given"])
        sheet.write_formula(row, 3, f"=$B$7*B{row + 1}", looks["whole"], needed * share)
        formula = f"=D{row + 1}*C{row + 1}"
        sheet.write_formula(row, 4, formula, looks["whole"], needed * share * won)


def _write_quantiles(sheet: Any, required: pl.DataFrame, looks: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    rows = inert(required.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d")))
    sheet.write_row(0, 0, rows.columns, looks["bold"])
    for line, values in enumerate(rows.iter_rows(), start=1):
        for column, value in enumerate(values):
            if value is not None:
                sheet.write(line, column, value)


def _write_needed(sheet: Any, plan: BackwardPlan, looks: dict[str, Any]) -> None:
    """The quantiles of the entries that each deadline's months need."""
    ends = [in_words(window.end) for window in plan.target.windows]
    sheet.write_row(0, 0, ["Confidence", *(f"Needed by {end}" for end in ends)], looks["bold"])
    for line, level in enumerate((0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95), start=1):
        sheet.write_number(line, 0, level, looks["share"])
        for column, needed in enumerate(plan.needed, start=1):
            value = float(np.quantile(needed, level, method="inverted_cdf"))
            if np.isfinite(value):
                sheet.write_number(line, column, value, looks["whole"])
            else:
                sheet.write_string(line, column, "not reachable")


def _about(plan: BackwardPlan, currency: str) -> list[str]:
    target = plan.target
    what = (
        f"{target.total:,.0f} {currency}"
        if target.kind is TargetKind.REVENUE
        else (f"{target.total:,.0f} deals")
    )
    return [
        f"Plan to win {what} from {in_words(target.windows[0].start)} to"
        f" {in_words(target.windows[-1].end)}",
        f"The answer at {target.confidence:.0%}: {plan.volume:,.0f} {plural(plan.entry)}.",
        "P50 chain: live formulas. Change a yellow cell and the sheet follows. It is the middle of"
        " the plan: about one in two futures with its volume misses the target. It is not the"
        f" answer at {target.confidence:.0%}.",
        "Quantiles: values from the draws, which no formula can give. low, middle and high are the"
        " 10%, 50% and 90% quantiles by month and stage. Quantiles do not add up.",
        "Needed: the entries that are enough with each confidence, as values from the draws.",
    ]
