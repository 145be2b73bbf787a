"""How experiments are recorded: what was tested when, and who was in which arm."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.experiments import Experiment, experiments

_ROLES = ("control", "test")


def arms_export(chunk: Chunk) -> pl.DataFrame:
    """`experiment_arms.csv`: one row per person and experiment, in the warehouse's column names."""
    schema = {"experiment_id": pl.String, "email": pl.String, "role": pl.String}
    frames = [pl.DataFrame(schema=schema)]
    for each in experiments(chunk.programme.calendar):
        members = chunk.people.filter(pl.col(each.experiment_id) >= 0)
        frames.append(
            members.select(
                experiment_id=pl.lit(each.experiment_id),
                email="email",
                role=pl.col(each.experiment_id).replace_strict(
                    dict(enumerate(_ROLES)), return_dtype=pl.String
                ),
            )
        )
    return pl.concat(frames)


def experiments_export(registered: Mapping[Experiment, int]) -> pl.DataFrame:
    """`experiments.csv`: one row per experiment; `registered` counts the people of its test arm."""
    return pl.DataFrame(
        {
            "experiment_id": [each.experiment_id for each in registered],
            "name": [each.name for each in registered],
            "channel": [each.channel for each in registered],
            "kind": ["persons"] * len(registered),
            "starts_on": [each.starts_on for each in registered],
            "ends_on": [each.ends_on for each in registered],
            "spend_amount": [f"{each.spend(test):.2f}" for each, test in registered.items()],
        }
    )
