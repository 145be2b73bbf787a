"""The report as a workbook: its figures as numbers, one sheet for each part."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from data.formulas import inert
from metrics.report.content import Figure, ReportContent
from metrics.report.written import written


def to_workbook(content: ReportContent, address: str | None = None) -> bytes:
    """The report as XLSX, the same bytes for the same content.

    Amounts are in the base currency, shares of one; a cell that is empty is not known. Texts stay
    texts, whatever they begin with.
    """
    import xlsxwriter  # only this format needs it

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime.combine(content.seen_until, time())})
        bold = book.add_format({"bold": True})
        for name, frame in _sheets(content, address):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 0, 30)
            sheet.set_column(1, max(1, frame.width - 1), 16)
            sheet.write_row(0, 0, frame.columns, bold)
            for line, row in enumerate(inert(frame).iter_rows(), start=1):
                for place, value in enumerate(row):
                    if value is not None:
                        sheet.write(line, place, value)
    return buffer.getvalue()


def _sheets(content: ReportContent, address: str | None) -> Iterable[tuple[str, pl.DataFrame]]:
    said = written(content, address)
    about = [said.title, said.days, said.compared, f"Amounts are in {content.currency}."]
    lines = [*(each for each in about if each), *said.answer, *said.notes]
    yield "About", pl.DataFrame({"About this report": lines})
    yield "Figures", _figures((*content.figures, *content.stages))
    yield "Won by month", _rows(content.won_months, _WON)
    yield "Plan", _rows(content.plan.months if content.plan else (), _PLAN)
    yield "Landing", _landing(content)
    yield "Credit", _rows(content.credit.channels if content.credit else (), _CREDIT)
    yield (
        "Findings",
        pl.DataFrame(
            [
                (finding.sentence, finding.money_at_stake, told.page, told.address)
                for finding, told in zip(content.findings, said.findings, strict=True)
            ],
            schema={
                "Finding": pl.String,
                "At stake": pl.Float64,
                "Page": pl.String,
                "Address": pl.String,
            },
            orient="row",
        ),
    )


def _figures(figures: Iterable[Figure]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (each.label, _number(each.value), _number(each.before), each.verdict, each.meaning)
            for each in figures
        ],
        schema={
            "Figure": pl.String,
            "Now": pl.Float64,
            "Before": pl.Float64,
            "Change": pl.String,
            "Meaning": pl.String,
        },
        orient="row",
    )


_WON = {"month_on": "Month", "won": "Won revenue", "days_seen": "Days in the data", "days": "Days"}

_PLAN = {
    "month_on": "Month", "target": "Plan", "actual": "Won", "projected": "May end at",
    "projected_low": "10% low", "projected_high": "90% high", "hit_chance": "Chance to hit",
}  # fmt: skip

_CREDIT = {
    "channel": "Channel", "credit": "Credit", "share": "Share",
    "share_low": "Least of all models", "share_high": "Most of all models",
}  # fmt: skip


def _rows(values: Iterable[object], heads: dict[str, str]) -> pl.DataFrame:
    """The fields of frozen values as columns under their heads."""
    rows = [tuple(_number(getattr(each, name)) for name in heads) for each in values]
    return pl.DataFrame(rows, schema=list(heads.values()), orient="row")


def _landing(content: ReportContent) -> pl.DataFrame:
    found = content.landing
    if found is None:
        return pl.DataFrame({"Landing": ["It is not known; see About."]})
    unit = content.currency if found.is_money else "deals"
    rows = [
        ("Won so far", found.won_so_far),
        ("10% low", found.low),
        ("Middle", found.middle),
        ("90% high", found.high),
        ("Plan", found.target),
        ("Chance to reach the plan", found.hit_chance),
    ]
    return pl.DataFrame(rows, schema=[f"{found.quarter.name}, {unit}", "Value"], orient="row")


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
