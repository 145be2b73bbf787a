"""Steps that an engine computes once and holds, where it would plan them at each mention.

Spark writes a step into every step that mentions it, and plans all of it. Steps that mention each
other twice, ten deep, become a thousand: the plan takes minutes, or more memory than there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from data.sql import Query

LARGEST_PLAN = 120
"""So many mentions of tables and steps, with each step written in, are planned in seconds."""

_HELD = 2
"""The size of a step that is held: itself, and what it is read from."""

Mentions = Mapping[str, Counter[str]]
"""By step, what it reads and how often: tables and other steps."""


def mentions(tree: exp.Expr) -> dict[str, Counter[str]]:
    """What each step of a parsed query reads, in the order of the steps."""
    return {
        each.alias: Counter(table.name for table in each.this.find_all(exp.Table))
        for each in tree.args["with_"].expressions
    }


def steps_to_hold(reads: Mentions, largest: int = LARGEST_PLAN) -> list[str]:
    """Which steps are to be held, in their order, so that no plan is larger than `largest`?

    The one that saves the most first. A query whose plans stay larger has none left that helps.

    >>> reads = {"a": Counter(touch=1), "b": Counter(a=2), "c": Counter(b=2), "d": Counter(c=2)}
    >>> steps_to_hold(reads, largest=25)
    []
    >>> steps_to_hold(reads, largest=20)
    ['b']
    """
    held: set[str] = set()
    last = list(reads)[-1]
    while True:
        sizes = _sizes(reads, held)
        asked = [name for name in (*held, last) if sizes[name] > largest]
        if not asked:
            break
        saved = Counter[str]()
        for name in asked:
            times = _times(reads, held, name)
            for each, often in times.items():
                if each in reads and each != name and each not in held:
                    saved[each] += (often - 1) * (sizes[each] - 1)
        best, most = max(saved.items(), key=lambda item: item[1], default=("", 0))
        if most <= 0:
            break
        held.add(best)
    return [name for name in reads if name in held]


def reading_held(query: Query, reads: Mentions, held: Mapping[str, str]) -> Query:
    """The query with each held step read from where it is held, without steps it does not need."""
    steps = query.reading(held).steps
    needed: set[str] = set()
    for step in reversed(steps):
        if step is steps[-1] or step.name in needed:
            needed.add(step.name)
            needed |= set() if step.name in held else set(reads[step.name])
    return Query(*(step for step in steps if step.name in needed))


def _sizes(reads: Mentions, held: set[str]) -> dict[str, int]:
    """Of each step, the size of the plan that computes it."""
    sizes: dict[str, int] = {}
    for name, read in reads.items():
        sizes[name] = 1 + sum(
            often * (_HELD if each in held else sizes.get(each, 1)) for each, often in read.items()
        )
    return sizes


def _times(reads: Mentions, held: set[str], name: str) -> Counter[str]:
    """How often each step stands in the plan that computes a step."""
    times = Counter({name: 1})
    for each in reversed(list(reads)):
        if times[each] and (each == name or each not in held):
            for other, often in reads[each].items():
                times[other] += often * times[each]
    return times
