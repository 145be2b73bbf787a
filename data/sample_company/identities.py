"""Who is really behind the lead records of a sample."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import lead_ids
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.chunk import draw_chunks


def true_identities(programme: Programme, leads: int) -> pl.DataFrame:
    """Which person and which company is behind each lead record of the sample.

    One row per lead record: `lead_id`, `person` and `account` (numbers), and `duplicate` (repeats
    another record). The same programme and size give the same leads as `write_sample`.
    """
    return pl.concat(
        pl.DataFrame(
            {
                "lead_id": lead_ids(chunk, np.arange(chunk.leads.height)),
                "person": chunk.people["person_number"].gather(chunk.leads["person"]),
                "account": chunk.accounts["account_number"].gather(chunk.leads["account"]),
                "duplicate": chunk.leads["duplicate_of"] >= 0,
            }
        )
        for chunk in draw_chunks(programme, leads)
    )
