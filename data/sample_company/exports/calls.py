"""How calls are exported: the telemarketing agency's list, and what sellers logged."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import campaign_ids, lead_ids
from data.sample_company.exports.events import channel_names, numbered
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import Integers
from data.sample_company.world.text import choose, drawn_words, times_text
from data.sample_company.world.words import AGENTS, COMPETITORS


def call_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """`telemarketing_list.csv`: one row per call, with what was learned about the need."""
    random = chunk.random(21)
    count = touches.height
    people = chunk.people[touches["person"].to_numpy()]
    connected = (touches["outcome"] == "Connected").to_numpy()
    spoke = connected & (random.random(count) < 0.8)
    budget = (np.round(random.lognormal(10.2, 0.8, count) / 500) * 500).astype(np.int64)
    duration = random.integers(2, 190, count)
    lead = np.where(touches["linked"].to_numpy(), touches["lead"].to_numpy(), -1)

    def learned(words: tuple[str, ...]) -> pl.Series:
        return choose(spoke, drawn_words(random, words, count), None)

    return pl.DataFrame(
        {
            "Call ID": numbered("CALL", chunk, count),
            "Company": chunk.accounts["name"].gather(people["account"]),
            "Contact": people["first_name"] + " " + people["last_name"],
            "Phone": people["phone"],
            "Email": choose(random.random(count) < 0.7, people["email"], None),
            "Call Date": times_text(touches["at"].to_numpy(), "%d.%m.%Y %H:%M"),
            "Duration (min)": _decimal_comma(duration, 10),
            "Outcome": touches["outcome"],
            "Agent": drawn_words(random, AGENTS, count),
            "Budget": choose(
                spoke & (random.random(count) < 0.6), _decimal_comma(budget * 100, 100), None
            ),
            "Authority": learned(("Yes", "No", "Influencer")),
            "Need": learned(("Concrete project", "Interested", "None")),
            "Timeline": learned(("6-12 months", "0-3 months", "3-6 months", "no plan")),
            "Competitor": learned(COMPETITORS),
            "Lead ID": lead_ids(chunk, lead),
            "Campaign ID": campaign_ids(chunk.programme, touches["campaign"].to_numpy()),
        }
    )  # fmt: skip


def sales_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """`sales_activities.csv`: what sellers logged, in the warehouse's own column names."""
    return pl.DataFrame(
        {
            "interaction_id": numbered("SA", chunk, touches.height),
            "email": chunk.people["email"].gather(touches["person"]),
            "occurred_at": times_text(touches["at"].to_numpy(), "%Y-%m-%dT%H:%M:%SZ"),
            "action": touches["action"],
            "channel": channel_names(touches),
            "source_system": pl.repeat("sales", touches.height, eager=True),
        }
    )


def _decimal_comma(numerators: Integers, divisor: int) -> pl.Series:
    digits = len(str(divisor)) - 1
    whole = pl.Series(numerators // divisor).cast(pl.String)
    return whole + "," + pl.Series(numerators % divisor).cast(pl.String).str.zfill(digits)
