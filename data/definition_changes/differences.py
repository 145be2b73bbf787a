"""Definitions in words, and what differs between two of them, key by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from data.definitions import Definitions
from data.terms.alerts import AlertRule
from data.terms.attribution import CreditModel
from data.terms.base import Terms
from data.terms.content import EffectiveRule
from data.terms.meanings import MEANINGS
from data.terms.quality import GradeRule, ScoringModel, ScoringWeight

UNSET = "not set"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: the key, with the name of the item in a list, before and after.

    `before` is None for an item that is new, `after` for one that was taken out.

    >>> print(Change("windows.mql", "60 days", "45 days"))
    windows.mql: 60 days → 45 days
    >>> print(Change("touch.actions", None, "reply"))
    touch.actions: added reply
    """

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.key}: added {self.after}"
        if self.after is None:
            return f"{self.key}: took out {self.before}"
        return f"{self.key}: {self.before} → {self.after}"

    @property
    def term(self) -> str:
        """The key of the term that it is a change of."""
        return max((each for each in MEANINGS if self.key.startswith(each)), key=len)


def differences(before: Definitions, after: Definitions) -> tuple[Change, ...]:
    """What does one say other than the other? Key by key, in the order in which people read terms.

    A list is compared by its items, whatever their order, and then by their order where it counts.

    >>> old = Definitions.load()
    >>> windows = old.windows.model_copy(update={"mql": 45})
    >>> [str(each) for each in differences(old, old.model_copy(update={"windows": windows}))]
    ['windows.mql: 60 days → 45 days']
    """
    return tuple(change for key in MEANINGS for change in _of_key(key, before, after))


def follow_in_tables(changes: Iterable[Change]) -> bool:
    """Whether derived tables follow one of the changes; else metrics alone do.

    >>> follow_in_tables([Change("windows.mql", "60 days", "45 days")])
    False
    """
    return any(not MEANINGS[change.term].only_metrics for change in changes)


def value_of(key: str, definitions: Definitions) -> Any:
    """The value of a term by its key in the file."""
    value: Any = definitions
    for name in key.split("."):
        value = getattr(value, name)
    return value


def in_words(key: str, definitions: Definitions) -> str:
    """A term's value as people read it.

    >>> in_words("windows.won", Definitions.load())
    '180 days'
    >>> in_words("effective", Definitions.load())
    'from the start: grade A, B'
    """
    value = value_of(key, definitions)
    items = _items(value)
    if items is None:
        return _scalar(key, value)
    said = [each if name == each else f"{name}: {each}" for name, each in items.items()]
    return (", " if said == list(items) else "; ").join(said) or UNSET


def rules_in_words(key: str, definitions: Definitions) -> list[str]:
    """Each rule of a term that is a list of rules, in their order; none of another term.

    >>> rules_in_words("channel", Definitions.load())[-1]
    'Direct: source (direct), direct'
    """
    value = value_of(key, definitions)
    if not isinstance(value, tuple) or not all(isinstance(each, Terms) for each in value):
        return []
    return [f"{name}: {said}" for name, said in map(_item, value)]


def _of_key(key: str, before: Definitions, after: Definitions) -> list[Change]:
    old, new = value_of(key, before), value_of(key, after)
    if old == new:
        return []
    old_items, new_items = _items(old), _items(new)
    if old_items is None or new_items is None:
        return [Change(key, _scalar(key, old), _scalar(key, new))]
    changes = [
        _of_item(key, name, old_items.get(name), new_items.get(name))
        for name in dict.fromkeys((*old_items, *new_items))
        if old_items.get(name) != new_items.get(name)
    ]
    if not changes and isinstance(old, tuple) and not isinstance(old[0], str):
        changes.append(Change(f"{key} order", ", ".join(old_items), ", ".join(new_items)))
    return changes


def _of_item(key: str, name: str, before: str | None, after: str | None) -> Change:
    is_word = name in (before, after)
    return Change(key if is_word else f"{key} {name}", before, after)


def _scalar(key: str, value: object) -> str:
    """A number or a word with its unit; a list of numbers as one value."""
    if value in (None, ()):
        return UNSET
    said = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{said} {MEANINGS[key].unit}".strip()


def _items(value: Any) -> dict[str, str] | None:
    """The items of a list or table by name, in words; None for what is one value."""
    if isinstance(value, Mapping):
        return {name: str(each) for name, each in value.items()}
    if not isinstance(value, tuple) or any(isinstance(each, int) for each in value):
        return None
    items: dict[str, str] = {}
    for each in value:
        name, said = _item(each)
        items[name] = f"{items[name]}; or {said}" if name in items else said
    return items


def _item(item: object) -> tuple[str, str]:
    match item:
        case EffectiveRule():
            asked = {"tier": item.tier, "grade": item.grade, "persona": item.persona}
            return f"from {item.since or 'the start'}", _lists(asked)
        case CreditModel():
            shares = item.model_dump(exclude={"name", "label"})
            said = ", ".join(f"{name} {share:g}%" for name, share in shares.items() if share)
            return item.name, f"{item.label}: {said}"
        case ScoringModel():
            weights = [f"base {item.base:g}", *map(_weight, item.weight)]
            return f"from {item.since or 'the start'}", ", ".join(weights)
        case GradeRule():
            return item.grade, _lists(item.model_dump(exclude={"grade"}))
        case AlertRule():
            return item.name, item.in_words
        case Terms():
            named = item.model_dump(exclude_none=True)
            return named.pop("name"), _lists(named) or "whatever comes"
        case _:
            return str(item), str(item)


def _weight(weight: ScoringWeight) -> str:
    held = "/".join(weight.values) if weight.values else f"from {weight.at_least}"
    return f"{weight.feature} {held} {weight.points:+g}"


def _lists(values: Mapping[str, Any]) -> str:
    """Each value with its name: lists as words, what is empty left out."""
    said = {
        name: ", ".join(value) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value
    }
    return "; ".join(f"{name} {words}" for name, words in said.items())
