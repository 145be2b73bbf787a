"""A written sample, read back as text the way a stranger would."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl

UNTIL = date(2026, 11, 20)

LEADS = 2_000

HEADER_LINE = {"google_ads_campaigns.csv": 2, "linkedin_ads_campaigns.csv": 5}


class Sample:
    """A written sample, read back as text the way a stranger would."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.truth: Any = json.loads((directory / "truth.json").read_text(encoding="utf-8"))
        self.realised = self.truth["realised"]

    def text(self, name: str) -> str:
        encodings = {"linkedin_ads_campaigns.csv": "utf-16", "baidu_promotion.csv": "gb18030"}
        path = self.directory / name
        return path.read_text(encoding=encodings.get(name, "utf-8"))

    def table(self, name: str) -> pl.DataFrame:
        if name.endswith(".xlsx"):
            return pl.read_excel(self.directory / name, infer_schema_length=0)
        separators = {"telemarketing_list.csv": ";", "linkedin_ads_campaigns.csv": "\t"}
        lines = self.text(name).splitlines()[HEADER_LINE.get(name, 0) :]
        kept = [line for line in lines if not line.startswith("Total:")]
        return pl.read_csv(
            "\n".join(kept).encode(), separator=separators.get(name, ","), infer_schema=False
        )

    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.text("web_events.jsonl").splitlines()]


def usd_per_unit(sample: Sample) -> dict[str, list[tuple[date, Decimal]]]:
    rates: dict[str, list[tuple[date, Decimal]]] = {"USD": [(date.min, Decimal(1))]}
    for currency, on, rate in sample.table("exchange_rates.csv").iter_rows():
        rates.setdefault(currency, []).append((date.fromisoformat(on), Decimal(rate)))
    return rates


def in_usd(
    rates: dict[str, list[tuple[date, Decimal]]], amount: str, currency: str, on: date
) -> Decimal:
    rate = max(each for each in rates[currency] if each[0] <= on)[1]
    return (Decimal(amount.replace(",", "")) * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)
