"""The report as one HTML file: no scripts, nothing fetched, readable on a phone."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from metrics.report.chart import landing_chart, revenue_chart
from metrics.report.content import ReportContent
from metrics.report.written import written

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def to_html(content: ReportContent, address: str | None = None) -> bytes:
    """The report as HTML, the same bytes for the same content; links lead to `address`.

    Every text is escaped; only the pictures, whose texts `chart` escapes, are taken as they are.
    """
    landing = content.landing
    text = _TEMPLATES.get_template("report.html").render(
        said=written(content, address),
        revenue=revenue_chart(content),
        landing=landing_chart(landing, content.currency) if landing else None,
    )
    return text.encode()
