"""A plan as a workbook: the chain of its middle with live formulas, and the draws' quantiles."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.formulas import inert
from metrics.period import in_words
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.target import TargetKind, plural


def to_plan_workbook(plan: BackwardPlan, required: pl.DataFrame, currency: str) -> bytes:
    """Three sheets: what is what, the P50 chain as formulas, and the quantiles as values."""
    import xlsxwriter  # only who downloads a workbook waits for it

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        given = book.add_format({"bg_color": "#FFF4CC", "num_format": "#,##0.####"})
        whole = book.add_format({"num_format": "#,##0"})
        share = book.add_format({"num_format": "0.0%"})
        about = book.add_worksheet("Read me")
        about.set_column(0, 0, 100, wrap)
        for line, text in enumerate(_about(plan, currency)):
            about.write_string(line, 0, text, bold if line == 0 else wrap)
        chain = book.add_worksheet("P50 chain")
        chain.set_column(0, 0, 44)
        chain.set_column(1, 4, 16)
        revenue = plan.target.kind is TargetKind.REVENUE
        brought = float(np.quantile(plan.brought.sum(axis=0), 0.5))
        size = float(plan.sizes.amounts.mean()) if revenue else 1.0
        weights = plan.entries / plan.entries.sum() if plan.volume else _days(plan)
        by_month = np.median(plan.win_chances.sum(axis=0), axis=0)
        unit = currency if revenue else "deals"
        values = [
            (f"Target ({unit})", plan.target.total, given),
            (f"Already coming, middle ({unit})", brought, given),
            (f"Mean deal size ({unit})", size, given),
        ]
        chain.write_row(0, 0, ["The middle of the plan, in formulas", "Value"], bold)
        for line, (label, value, look) in enumerate(values, start=1):
            chain.write_string(line, 0, label)
            chain.write_number(line, 1, value, look)
        first, last = 12, 12 + len(plan.months) - 1
        formulas = [
            ("Wins still needed", "=ROUNDUP(MAX(0,B2-B3)/B4,0)", whole),
            (
                "Chance that an entry wins in time",
                f"=SUMPRODUCT(B{first}:B{last},C{first}:C{last})",
                share,
            ),
            (f"{plural(plan.entry).capitalize()} needed, middle", "=IF(B6>0,B5/B6,0)", whole),
        ]
        for line, (label, formula, look) in enumerate(formulas, start=4):
            chain.write_string(line, 0, label)
            chain.write_formula(line, 1, formula, look)
        chain.write_row(
            10, 0, ["Month", "Share of entries", "Wins in time", "Entries", "Wins"], bold
        )
        for place, month in enumerate(plan.months):
            row = first - 1 + place
            chain.write_string(row, 0, month.describe())
            chain.write_number(row, 1, float(weights[place]), given)
            chain.write_number(row, 2, float(by_month[place]), given)
            chain.write_formula(row, 3, f"=$B$7*B{row + 1}", whole)
            chain.write_formula(row, 4, f"=D{row + 1}*C{row + 1}", whole)
        sheet = book.add_worksheet("Quantiles")
        sheet.freeze_panes(1, 0)
        rows = inert(required.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d")))
        sheet.write_row(0, 0, rows.columns, bold)
        for line, row_values in enumerate(rows.iter_rows(), start=1):
            for column, cell in enumerate(row_values):
                if cell is not None:
                    sheet.write(line, column, cell)
        answers = book.add_worksheet("Needed")
        answers.write_row(0, 0, ["Confidence", "Entries needed"], bold)
        total = plan.needed.sum(axis=0) if len(plan.needed) == 1 else plan.needed.max(axis=0)
        for line, level in enumerate((0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95), start=1):
            value = float(np.quantile(total, level, method="inverted_cdf"))
            answers.write_number(line, 0, level, share)
            if np.isfinite(value):
                answers.write_number(line, 1, value, whole)
            else:
                answers.write_string(line, 1, "not reachable")
    return buffer.getvalue()


def _days(plan: BackwardPlan) -> NDArray[np.float64]:
    days = np.array([month.days for month in plan.months], dtype=np.float64)
    shares: NDArray[np.float64] = days / days.sum()
    return shares


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
        " 10 %, 50 % and 90 % quantiles by month and stage. Quantiles do not add up.",
        "Needed: the entries that are enough with each confidence, as values from the draws.",
    ]
