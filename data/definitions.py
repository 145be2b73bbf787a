"""The business's own terms: currency, time zone, windows, channels, what counts as a touch."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies
from pydantic import AfterValidator, Field, PositiveInt, ValidationError, model_validator

from data.definition_files import SavedVersion, version_in_force
from data.errors import DefinitionError
from data.references import SYSTEM
from data.storage.store import Store
from data.terms.alerts import AlertTerms
from data.terms.attribution import AttributionTerms
from data.terms.base import Terms
from data.terms.content import ContentTerms, EffectiveRule, in_order
from data.terms.deals import DealTerms
from data.terms.follow_up import FollowUpTerms
from data.terms.pipeline import PipelineTerms
from data.terms.quality import QualityTerms
from data.terms.reach import ActivityTerms, ReachTerms, rise
from data.terms.segments import PersonaRule, SegmentRule, TagRule
from data.terms.touch import ChannelRule, TouchTerms
from data.toml import TimeZone, explain, parse

BUILT_IN = Path(__file__).with_name("definitions.toml")

VARIABLE = "BACKCAST_DEFINITIONS"

StageAfterLead = Literal["mql", "sql", "opportunity", "won"]


_TOP = re.compile(r"(?:\.(?:com?|net|org|gov|edu|ac|ltd|gmbh))?\.[a-z0-9-]+$")
"""What follows the name in a domain."""


def _known_currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError("must be an ISO 4217 code such as USD, EUR or CNY")
    return code


Currency = Annotated[str, AfterValidator(_known_currency)]


class Windows(Terms):
    """Days in which the step into each stage usually converts."""

    mql: PositiveInt
    sql: PositiveInt
    opportunity: PositiveInt
    won: PositiveInt


class IdentityTerms(Terms):
    """How sure a link between two companies must be: to be applied, to be proposed."""

    apply_from: Annotated[float, Field(gt=0, le=1)] = 0.9
    propose_from: Annotated[float, Field(gt=0, le=1)] = 0.3


class Definitions(Terms):
    """All terms, validated. `Definitions.load()` reads them.

    >>> Definitions.load().base_currency
    'USD'
    """

    base_currency: Currency
    time_zone: TimeZone
    rate_valid_days: PositiveInt
    gross_margin: Annotated[float, Field(gt=0, le=1)] | None = None
    windows: Windows
    identity: IdentityTerms = IdentityTerms()
    touch: TouchTerms
    attribution: AttributionTerms = AttributionTerms()
    content: ContentTerms = ContentTerms()
    effective: Annotated[tuple[EffectiveRule, ...], AfterValidator(in_order)] = ()
    reach: ReachTerms = ReachTerms()
    activity: ActivityTerms = ActivityTerms()
    pipeline: PipelineTerms = PipelineTerms()
    deals: DealTerms = DealTerms()
    quality: QualityTerms = QualityTerms()
    follow_up: FollowUpTerms = FollowUpTerms()
    route_costs: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    alerts: AlertTerms = AlertTerms()
    currency: dict[Annotated[str, Field(pattern=SYSTEM)], Currency] = Field(default_factory=dict)
    channel: tuple[ChannelRule, ...]
    persona: tuple[PersonaRule, ...] = ()
    segment: tuple[SegmentRule, ...] = ()
    tag: tuple[TagRule, ...] = ()

    @model_validator(mode="after")
    def _nobody_is_lost_before_dormant(self) -> Self:
        recent, dormant = self.activity.recent_days, self.content.dormant_days
        rise(
            {
                "activity.recent_days": recent,
                "content.dormant_days": dormant,
                "activity.lost_days": self.activity.lost_days,
            }
        )
        return self

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

        Alerts make no number, so that it is the same whatever they say.

        >>> Definitions.load().digest == Definitions.load(BUILT_IN).digest
        True
        """
        return hashlib.sha256(self.model_dump_json(exclude={"alerts"}).encode()).hexdigest()

    @classmethod
    def load(cls, path: Path | None = None, today: date | None = None) -> Definitions:
        """The definitions in `path`, else those in force (`in_force`).

        Raises DefinitionError naming file, line, key, what was found and what is allowed.
        """
        path = path or in_force(today).path
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            raise DefinitionError(f"{path}: cannot be read as UTF-8 text: {failure}") from failure
        return cls.of_text(text, path)

    @classmethod
    def of_text(cls, text: str, path: Path) -> Definitions:
        """The definitions in a text, which messages call by the name of a file.

        Raises DefinitionError as `load` does.

        >>> Definitions.of_text("mql = 60", Path("mine.toml"))
        Traceback (most recent call last):
        ...
        data.errors.DefinitionError: mine.toml line 1: base_currency is missing; ...
        """
        try:
            return cls.model_validate(parse(path, text, DefinitionError))
        except ValidationError as failure:
            raise DefinitionError(*explain(path, text, failure)) from failure


@dataclass(frozen=True, slots=True)
class InForce:
    """Which definitions hold: the file, and the saved version that it is, if it is one.

    `fixed_by` is the variable of the environment that names the file: while it is set, saved
    versions do not count.
    """

    path: Path
    version: SavedVersion | None = None
    fixed_by: str | None = None


def in_force(today: date | None = None) -> InForce:
    """Which definitions hold on a day, by default on the one that it is where Backcast runs?

    Those in $BACKCAST_DEFINITIONS, else the version saved in the store that is in force, else the
    built-in ones. Raises DefinitionError for a file among the saved ones that is no version.
    """
    if named := os.environ.get(VARIABLE):
        return InForce(Path(named), fixed_by=VARIABLE)
    version = version_in_force(Store.from_environment().path, today or date.today())
    return InForce(version.path, version) if version else InForce(BUILT_IN)
