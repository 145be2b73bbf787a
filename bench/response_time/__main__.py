"""What is said of early responses whose effect is known: `python -m bench.response_time`."""

from __future__ import annotations

import argparse

import numpy as np

from bench.response_time.company import World, company, within_a_day
from metrics.estimators.comparing.speed import SpeedEffect, speed_effect
from metrics.follow_up.effect import Speed, verdicts

_WORLDS = {
    "good leads are called first; it adds nothing": World(),
    "called first by what no score shows, too; it adds nothing": World(unseen=0.5),
    "+0.5 logits": World(adds=0.5),
    "+0.5 logits, 1,000 MQLs": World(adds=0.5, leads=1_000),
    "+1 logit": World(adds=1.0),
}


def main() -> None:
    """Make so many companies of each world, and print what is said of a response in a day."""
    parser = argparse.ArgumentParser(prog="python -m bench.response_time", description=__doc__)
    parser.add_argument("--companies", type=int, default=300, help="of each world")
    options = parser.parse_args()
    for name, world in _WORLDS.items():
        found, true = [], []
        for seed in range(options.companies):
            records, added = company(world, np.random.default_rng(seed))
            found.append(speed_effect(records, within_a_day(records)))
            true.append(added)
        print(name, _told(found, np.array(true)), flush=True)


def _told(effects: list[SpeedEffect], true: np.ndarray) -> dict[str, str]:
    said = [verdicts([each])[1][0][0] for each in effects]
    bounds = np.array([[each.adds.low, each.adds.high] for each in effects])
    return {
        "early": f"{np.mean([each.early for each in effects]):.0f}",
        "matched": f"{np.mean([each.adds.treated for each in effects]):.0f}",
        "raw difference": f"{np.mean([each.raw for each in effects]):.1%}",
        "difference": f"{np.mean([each.adds.value for each in effects]):.1%}",
        "true": f"{true.mean():.1%}",
        "width": f"{np.mean(bounds[:, 1] - bounds[:, 0]):.1%}",
        "95% interval holds": f"{np.mean((bounds[:, 0] <= true) & (true <= bounds[:, 1])):.1%}",
        "matched alone": f"{np.mean(bounds[:, 0] > 0):.1%}",
        **{each.value: f"{np.mean([one == each.value for one in said]):.1%}" for each in Speed},
        "placebo": f"{np.mean([each.placebo.value for each in effects]):.1%}",
    }


if __name__ == "__main__":
    main()
