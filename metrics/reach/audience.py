"""Audiences: a saved filter over people and accounts, held against what is loaded now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data.errors import MetricError, did_you_mean
from data.schema.contract import UNASSIGNED
from data.standardise.spelling import spelling_key
from metrics.scope import Dimension, Filter


def audience_filters(
    name: str,
    asked: Iterable[tuple[str, tuple[str, ...]]],
    loaded: Mapping[Dimension, Iterable[str]],
) -> tuple[Filter, ...]:
    """The filters of an audience: each dimension with its values, as they were saved.

    `loaded` are the values that each dimension has in the data now; a saved one may be spelt in
    another way. Raises MetricError where the
    audience asks for a dimension that is not known or no longer loaded, or of which none of the
    values is: an audience that silently grew to everybody would be contacted.

    >>> audience_filters("Pumps", [("product", ("Pump",))], {Dimension.PRODUCT: ["Pump", "Valve"]})
    (Filter(dimension=<Dimension.PRODUCT: 'product'>, values=('Pump',)),)
    """
    found = []
    for dimension, values in asked:
        if dimension not in {each.value for each in Dimension}:
            hint = did_you_mean(dimension, [each.value for each in Dimension])
            raise MetricError(
                f'the audience "{name}" asks for {dimension}, which is nothing that people are told'
                f" apart by.{hint} Save it anew"
            )
        known = {spelling_key(value): value for value in loaded.get(Dimension(dimension), ())}
        if not set(known.values()) - {UNASSIGNED}:
            raise MetricError(
                f'the audience "{name}" asks for {Dimension(dimension).label}'
                f" {' or '.join(values)}, and no {Dimension(dimension).label} is loaded any more."
                " Load the file that tells it, or save the audience anew without it"
            )
        if gone := [value for value in values if spelling_key(value) not in known]:
            raise MetricError(
                f'the audience "{name}" asks for {Dimension(dimension).label}'
                f" {' or '.join(gone)}, which is not in the data any more. Load the file that tells"
                " it, or save the audience anew"
            )
        meant = dict.fromkeys(known[spelling_key(value)] for value in values)
        found.append(Filter(Dimension(dimension), tuple(meant)))
    return tuple(found)
