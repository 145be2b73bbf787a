"""The report as a PDF: one page A4, typeset by Typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typst

from metrics.report.chart import landing_chart, revenue_chart
from metrics.report.content import ReportContent
from metrics.report.written import written

TEMPLATE = Path(__file__).with_name("report.typ")


def to_pdf(content: ReportContent, address: str | None = None) -> bytes:
    """The report as a PDF, the same bytes for the same content; links lead to `address`.

    The template takes every text as data and none as markup. Its font is part of Typst; a text in
    another script is set in a font of the machine, where it has one.
    """
    return typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"report": json.dumps(_given(content, address))},
    )


def _given(content: ReportContent, address: str | None) -> dict[str, object]:
    landing = content.landing
    return {
        "said": asdict(written(content, address)),
        "revenue": revenue_chart(content),
        "landing": landing_chart(landing, content.currency) if landing else None,
    }
