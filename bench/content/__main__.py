"""What is said of an asset whose effect is known: `python -m bench.content`."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from bench.content.readers import World, company
from metrics.content.effect import Adds, verdicts
from metrics.content.matching import Effect
from metrics.estimators.comparing.difference import p_value

_KEEN = World(people=4_000, spread=1.0, share=0.009)
_WORLDS = {
    "keen people act more, the asset adds nothing": _KEEN,
    "keen people choose it more, too; it adds nothing": replace(_KEEN, share=0.0045, chosen=1.0),
    "+30%, base of some 20%": replace(_KEEN, lift=1.3),
    "+30%, base of some 40%": World(people=7_000, spread=0.5, share=0.011, base=0.5, lift=1.3),
}


def main() -> None:
    """Make so many companies of each world, and print what is said of the asset in them."""
    parser = argparse.ArgumentParser(prog="python -m bench.content", description=__doc__)
    parser.add_argument("--companies", type=int, default=300, help="of each world")
    parser.add_argument("--world", type=int, choices=range(len(_WORLDS)), help="only this one")
    options = parser.parse_args()
    for number, (name, world) in enumerate(_WORLDS.items()):
        if options.world not in (None, number):
            continue
        seen = [_seen(world, seed) for seed in range(options.companies)]
        print(name, _told(seen), flush=True)


def _seen(world: World, seed: int) -> Effect:
    study, first = company(world, np.random.default_rng(seed))
    return study.effect(first)


def _told(effects: list[Effect]) -> dict[str, str]:
    said = [verdicts([each])[1][0][0] for each in effects]
    raw = [_raw(each) for each in effects]
    matched = [each.adds.low > 0 for each in effects]
    return {
        "readers": f"{np.mean([each.readers for each in effects]):.0f}",
        "rate": f"{np.mean([each.converted / each.readers for each in effects]):.1%}",
        "raw lift": f"{np.mean(raw):.1%}",
        "matched alone": f"{np.mean(matched):.1%}",
        **{each.value: f"{np.mean([one == each.value for one in said]):.1%}" for each in Adds},
        "difference": f"{np.mean([each.adds.value for each in effects]):.1%}",
        "placebo": f"{np.mean([each.placebo.value for each in effects]):.1%}",
    }


def _raw(effect: Effect) -> bool:
    """Whether the plain comparison with all who never read it says that it adds."""
    others = 2_000.0
    share = effect.converted / effect.readers - effect.raw
    counts = (effect.converted, effect.readers, share * others, others)
    chance = p_value(*(np.array([float(each)]) for each in counts)).item()
    return effect.raw > 0 and chance <= 0.05


if __name__ == "__main__":
    main()
