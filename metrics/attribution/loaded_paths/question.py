"""What is asked of loaded paths: of which system, worth what, and what earns credit."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import MetricError
from metrics.attribution.models import DATA_DRIVEN, RULES, Rule, needs_of_time
from metrics.attribution.question import CREDITED, PathKind, Worth
from metrics.scope import Dimension


@dataclass(frozen=True, slots=True)
class PathQuestion:
    """The paths that one system reports, what their credit is in, and what earns it.

    Paths of several systems may be of the same conversions, so they are never added up. All touches
    of a path count unless `path` says otherwise. Paths have no day, so there is no period.

    Raises MetricError for a dimension by which touches are not recorded.

    >>> PathQuestion("web").models
    ('first', 'last', 'last_non_direct', 'linear', 'u_shaped', 'first_and_last', 'j_shaped', \
'inverse_j', 'unique_linear', 'markov_1', 'markov_2', 'markov_3', 'shapley')
    """

    source_system: str
    worth: Worth = Worth.COUNT
    by: Dimension = Dimension.CHANNEL
    path: PathKind = PathKind.EVERY
    own_rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        if self.by not in CREDITED:
            names = ", ".join(each.label for each in CREDITED)
            raise MetricError(f"touches are not recorded by {self.by.label}: use one of {names}")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that need no times, the business's own among them."""
        return tuple(rule for rule in self._all_rules if needs_of_time(rule) is None)

    @property
    def models(self) -> tuple[str, ...]:
        """The names of all models that answer, in their order."""
        return (*(rule.name for rule in self.rules), *DATA_DRIVEN)

    @property
    def not_answered(self) -> dict[str, str]:
        """The labels of the rules that paths without times cannot answer, and what each needs.

        >>> list(PathQuestion("web").not_answered)
        ['W-shaped 30/30/30/10', 'Full path 22.5 × 4/10', 'Time decay']
        """
        needs = {rule.label: needs_of_time(rule) for rule in self._all_rules}
        return {label: need for label, need in needs.items() if need is not None}

    @property
    def _all_rules(self) -> tuple[Rule, ...]:
        return (*RULES, *self.own_rules)
