"""Benchmark of identity: how many planted duplicates are found, and how many wrongly so.

The sample plants records of one person with and without e-mail, and companies written with and
without their legal form, in capitals, and in Chinese and English. Here a share of the leads'
company names is misspelt on top of that, and a share of those of Chinese companies is written in
pinyin and English without an e-mail that would give them away, so that there is something for the
linkage of close names to do.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bench.report import Line
from bench.stores import UNTIL, Size, run_module
from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.identities import true_identities
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.chunk import draw_chunks
from data.sample_company.write import SampleSize, write_sample
from data.sql import Query, Step
from data.storage.store import Store

LEADS = 5_000
MISSPELT = 0.05
"""Share of the leads whose company has a letter missing or lacks the place it begins with."""

IN_PINYIN = 0.05
"""Share of the leads of Chinese companies that name them in English letters, without an e-mail."""

_BOUNDS = {"person": (0.99, 0.95), "account": (0.98, 0.90)}


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of lead records: share of those made one that are, and of those that are made one."""

    unit: str
    precision: float
    recall: float

    @property
    def met(self) -> bool:
        """Whether both reach what is asked of this unit."""
        precision, recall = _BOUNDS[self.unit]
        return self.precision >= precision and self.recall >= recall


def measure_identity(size: Size) -> list[Line]:
    """Print precision and recall; the sample is always of the same size. No line of seconds."""
    with tempfile.TemporaryDirectory(prefix="backcast-") as folder:
        for found in measure(Path(folder), LEADS):
            verdict = "met" if found.met else "missed"
            print(
                f"{found.unit}: precision {found.precision:.4f}, recall {found.recall:.4f}"
                f" ({verdict}, {LEADS:,} leads, {size.label} asked)"
            )
    return []


def measure(
    folder: Path, leads: int, misspelt: float = MISSPELT, in_pinyin: float = IN_PINYIN
) -> list[Found]:
    """Write a sample with misspelt and transcribed companies, load it, compare with the truth."""
    size = SampleSize(leads=leads, until=_until())
    write_sample(folder / "sample", size)
    names = ("accounts", "contacts", "leads", "opportunities")
    files = [folder / "sample" / f"salesforce_{name}.csv" for name in names]
    files.append(folder / "sample" / "telemarketing_list.csv")
    misspell(files[2], misspelt)
    transcribe(files[2], in_pinyin, _in_english(size.programme(), leads))
    run_module("loaders", "load", *map(str, files), store=folder / "store")
    truth = true_identities(size.programme(), leads)
    with DuckDBWarehouse.open(Store(folder / "store").current().path) as warehouse:
        resolved = warehouse.query(
            Query(Step("found", "SELECT lead_id, person_id, account_id FROM lead_identity"))
        )
    both = truth.join(resolved, on="lead_id", validate="1:1")
    return [
        compare(both.select("lead_id", true="person", found="person_id"), "person"),
        compare(both.select("lead_id", true="account", found="account_id"), "account"),
    ]


def compare(records: pl.DataFrame, unit: str) -> Found:
    """Pairwise precision and recall of `found` against `true`; null is nobody else.

    >>> records = pl.DataFrame({"lead_id": ["a", "b", "c"], "true": [1, 1, 2], "found": [1, 1, 1]})
    >>> compare(records, "person")
    Found(unit='person', precision=0.3333333333333333, recall=1.0)
    """
    compared = records.with_columns(
        found=pl.coalesce(
            pl.col("found").cast(pl.String), pl.concat_str(pl.lit("nobody "), "lead_id")
        )
    )
    right = _pairs(compared, "true", "found")
    return Found(
        unit, right / max(_pairs(compared, "found"), 1), right / max(_pairs(compared, "true"), 1)
    )


def _pairs(records: pl.DataFrame, *by: str) -> int:
    groups = records.group_by(by).len().select(pl.col("len") * (pl.col("len") - 1) // 2)
    return int(groups.sum().item())


def misspell(path: Path, share: float) -> None:
    """Misspell the company in a share of the leads of an export, always the same ones."""
    chance = random.Random(7)

    def change(row: dict[str, str]) -> None:
        name = row["Company"].strip()
        if len(name) >= 9 and chance.random() < share:
            place = chance.randrange(3, 8)
            row["Company"] = name[2:] if not name.isascii() else name[:place] + name[place + 1 :]

    _rewrite(path, change)


def transcribe(path: Path, share: float, in_english: dict[str, str]) -> None:
    """Write Chinese companies in English letters, in a share of the leads, always the same ones.

    These leads lose their e-mail. Half of the names lack their last word, such as Technology.
    """
    chance = random.Random(11)

    def change(row: dict[str, str]) -> None:
        name = in_english.get(row["Company"].strip())
        if name and row["Phone"] and chance.random() < share:
            words = name.removesuffix(" Co., Ltd.").split()
            row["Company"] = " ".join(words[:-1] if chance.random() < 0.5 else words)
            row["Email"] = ""

    _rewrite(path, change)


def _in_english(programme: Programme, leads: int) -> dict[str, str]:
    """The English name of every Chinese company of the sample."""
    return {
        name: english
        for chunk in draw_chunks(programme, leads)
        for name, english in chunk.accounts.select("name", "short_name").iter_rows()
        if not name.isascii() and english.isascii()
    }


def _rewrite(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _until() -> date:
    return date.fromisoformat(UNTIL)
