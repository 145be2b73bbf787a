"""The business's own terms: currency, time zone, windows, channels, what counts as a touch."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    model_validator,
)

from data.errors import DefinitionError
from data.toml import TimeZone, explain, parse

BUILT_IN = Path(__file__).with_name("definitions.toml")

StageAfterLead = Literal["mql", "sql", "opportunity", "won"]
Terms = Annotated[tuple[str, ...], Field(min_length=1)]


_TOP = re.compile(r"(?:\.(?:com?|net|org|gov|edu|ac|ltd|gmbh))?\.[a-z0-9-]+$")
"""What follows the name in a domain."""


def _known_currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError("must be an ISO 4217 code such as USD, EUR or CNY")
    return code


def _names_of_ours(words: tuple[str, ...]) -> tuple[str, ...]:
    folded = [word.strip().casefold() for word in words]
    for word in folded:
        if len(word) < 2:
            raise ValueError(f"{word!r} is too short to be told from other words: give 2 letters")
        if folded.count(word) > 1:
            raise ValueError(f"must name each once, whatever its case, and {word!r} is there twice")
    return tuple(folded)


def _each_once(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not word.strip() or words.count(word) > 1:
            raise ValueError(f"must name each action once, and {word!r} is empty or there twice")
    return words


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Windows(_Terms):
    """Days in which the step into each stage usually converts."""

    mql: PositiveInt
    sql: PositiveInt
    opportunity: PositiveInt
    won: PositiveInt


class TouchTerms(_Terms):
    """Which actions can earn credit, which of them are of high value, and whose work they are.

    `outbound` are those by which a person was contacted, whether or not they can earn credit.
    People with a mailbox at one of `own_domains`, or of a company with one, are our own. More than
    `most_a_day` touches of one visitor or person on one day are those of a machine.
    """

    actions: Terms
    high_value: tuple[str, ...]
    outbound: Annotated[Terms, AfterValidator(_each_once)]
    sales_channels: tuple[str, ...]
    own_domains: tuple[Annotated[str, Field(pattern=r"^[^\s@/]+\.[^\s@/]+$")], ...] = ()
    most_a_day: PositiveInt = 200

    @model_validator(mode="after")
    def _what_was_done_to_a_person_is_not_of_high_value(self) -> Self:
        if both := sorted(set(self.outbound) & set(self.high_value)):
            raise ValueError(
                f"{', '.join(both)} is in outbound and in high_value: what was done to a person "
                "is not what the person did"
            )
        return self


class ChannelRule(_Terms):
    """A channel and the visits that belong to it: every list given must hold the visit's value."""

    name: Annotated[str, Field(min_length=1)]
    source: Terms | None = None
    medium: Terms | None = None


Share = Annotated[float, Field(ge=0, le=100)]


class CreditModel(_Terms):
    """A model of the business's own: percent of a conversion's worth by the place of a touch.

    `first` and `last` of the path, the last before the `lead` was created and the `deal` was
    opened; `rest` is shared equally among the other touches, `non_direct` goes to the last touch
    that did not come directly, `decay` is shared by age, `unique` equally among the channels.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Annotated[str, Field(min_length=1)]
    first: Share = 0
    lead: Share = 0
    deal: Share = 0
    last: Share = 0
    rest: Share = 0
    non_direct: Share = 0
    decay: Share = 0
    unique: Share = 0

    @model_validator(mode="after")
    def _shares_are_all_of_it(self) -> Self:
        shares = self.model_dump(exclude={"name", "label"})
        if abs(sum(shares.values()) - 100) > 1e-9:
            raise ValueError(
                f"must share out 100 percent, and its shares add up to {sum(shares.values()):g}"
            )
        return self


class AttributionTerms(_Terms):
    """How far back touches count and how fast they fade, where it is fixed; models of one's own.

    What is not fixed is read from the data: the days before a conversion that are usual in it.
    `self_reported` maps what people answer, whatever its case, to a channel. `own_brand` are the
    company's own names: spend on who searches for these mostly meets demand that is there.
    """

    lookback_days: PositiveInt | None = None
    half_life_days: Annotated[float, Field(gt=0)] | None = None
    model: tuple[CreditModel, ...] = ()
    self_reported: dict[str, Annotated[str, Field(min_length=1)]] = {}
    own_brand: Annotated[tuple[str, ...], AfterValidator(_names_of_ours)] = ()

    @model_validator(mode="after")
    def _models_have_names_of_their_own(self) -> Self:
        names = [model.name for model in self.model]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"must name each model once, and {name!r} is there twice")
        return self


class IdentityTerms(_Terms):
    """How sure a link between two companies must be: to be applied, to be proposed."""

    apply_from: Annotated[float, Field(gt=0, le=1)] = 0.9
    propose_from: Annotated[float, Field(gt=0, le=1)] = 0.3


class Definitions(_Terms):
    """All terms, validated. `Definitions.load()` reads them.

    >>> Definitions.load().base_currency
    'USD'
    """

    base_currency: Annotated[str, AfterValidator(_known_currency)]
    time_zone: TimeZone
    rate_valid_days: PositiveInt
    gross_margin: Annotated[float, Field(gt=0, le=1)] | None = None
    windows: Windows
    identity: IdentityTerms = IdentityTerms()
    touch: TouchTerms
    attribution: AttributionTerms = AttributionTerms()
    route_costs: dict[str, Annotated[float, Field(ge=0)]] = {}
    channel: tuple[ChannelRule, ...]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The reporting time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The company's own names in lower case: `own_brand`, and what names it in its domains.

        >>> touch = Definitions.load().touch.model_copy(update={"own_domains": ("www.Acme.co.uk",)})
        >>> Definitions.load().model_copy(update={"touch": touch}).own_names
        ('aldera', 'acme')
        """
        of_domains = (_TOP.sub("", each.lower()).split(".")[-1] for each in self.touch.own_domains)
        named = (*self.attribution.own_brand, *(each for each in of_domains if len(each) > 1))
        return tuple(dict.fromkeys(named))

    @cached_property
    def digest(self) -> str:
        """The same for the same terms, wherever they were read: what a kept number was made with.

        >>> Definitions.load().digest == Definitions.load(BUILT_IN).digest
        True
        """
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @classmethod
    def load(cls, path: Path | None = None) -> Definitions:
        """The definitions in `path`, else in $BACKCAST_DEFINITIONS, else the built-in ones.

        Raises DefinitionError naming file, line, key, what was found and what is allowed.
        """
        override = os.environ.get("BACKCAST_DEFINITIONS")
        path = path or (Path(override) if override else BUILT_IN)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            raise DefinitionError(f"{path}: cannot be read as UTF-8 text: {failure}") from failure
        try:
            return cls.model_validate(parse(path, text, DefinitionError))
        except ValidationError as failure:
            raise DefinitionError(*explain(path, text, failure)) from failure
