"""What a table of segments can show: counts, rates, money, and the quotients of the two."""

from __future__ import annotations

from enum import Enum, StrEnum

from metrics.scope import Stage, Unit


class Kind(Enum):
    """How a measure is made, and so how it is written."""

    COUNT = "count"
    RATE = "rate"
    DEALS = "deals"
    SPEND = "spend"
    COST = "cost"
    RETURN = "return"


class Measure(StrEnum):
    """A column that can be asked for. A rate is named by its stages: `lead_to_sql`."""

    LEAD = "lead"
    MQL = "mql"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    WON = "won"
    LEAD_TO_MQL = "lead_to_mql"
    MQL_TO_SQL = "mql_to_sql"
    SQL_TO_OPPORTUNITY = "sql_to_opportunity"
    OPPORTUNITY_TO_WON = "opportunity_to_won"
    LEAD_TO_SQL = "lead_to_sql"
    LEAD_TO_OPPORTUNITY = "lead_to_opportunity"
    LEAD_TO_WON = "lead_to_won"
    PIPELINE_AMOUNT = "pipeline_amount"
    WON_AMOUNT = "won_amount"
    AVERAGE_DEAL_AMOUNT = "average_deal_amount"
    SPEND_AMOUNT = "spend_amount"
    COST_PER_LEAD = "cost_per_lead"
    COST_PER_OPPORTUNITY = "cost_per_opportunity"
    ROMI = "romi"

    @property
    def kind(self) -> Kind:
        """How it is made.

        >>> Measure.LEAD_TO_SQL.kind, Measure.COST_PER_LEAD.kind
        (<Kind.RATE: 'rate'>, <Kind.COST: 'cost'>)
        """
        if self in _DEALS:
            return Kind.DEALS
        if self is Measure.SPEND_AMOUNT:
            return Kind.SPEND
        if self is Measure.ROMI:
            return Kind.RETURN
        if "cost" in self.value:
            return Kind.COST
        return Kind.RATE if "_to_" in self.value else Kind.COUNT

    @property
    def way(self) -> tuple[Stage, Stage]:
        """Of a rate: the stage that is divided by, and the one that is divided.

        >>> Measure.LEAD_TO_SQL.way
        (<Stage.LEAD: 'lead'>, <Stage.SQL: 'sql'>)
        """
        start, end = self.value.split("_to_")
        return Stage(start), Stage(end)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages whose counts it is made of; none of money.

        >>> Measure.COST_PER_OPPORTUNITY.stages
        (<Stage.OPPORTUNITY: 'opportunity'>,)
        """
        if self.kind is Kind.RATE:
            return self.way
        if self.kind is Kind.COST:
            return (Stage(self.value.removeprefix("cost_per_")),)
        return (Stage(self.value),) if self.kind is Kind.COUNT else ()

    @property
    def label(self) -> str:
        """The measure as a column is called.

        >>> [each.label for each in (Measure.SQL, Measure.LEAD_TO_SQL, Measure.ROMI)]
        ['SQLs', 'Lead to SQL', 'ROMI']
        """
        if self in _LABELS:
            return _LABELS[self]
        if self.kind is Kind.RATE:
            start, end = self.way
            return f"{start.label} to {end.word}"
        plural = Stage(self.value).plural
        return plural[:1].upper() + plural[1:]

    def is_of(self, unit: Unit) -> bool:
        """Whether the unit goes through the stages that it is made of.

        >>> Measure.SQL.is_of(Unit.DEAL), Measure.WON.is_of(Unit.DEAL)
        (False, True)
        """
        return all(stage in unit.stages for stage in self.stages)


_DEALS = {Measure.PIPELINE_AMOUNT, Measure.WON_AMOUNT, Measure.AVERAGE_DEAL_AMOUNT}

_LABELS = {
    Measure.PIPELINE_AMOUNT: "Pipeline opened",
    Measure.WON_AMOUNT: "Won revenue",
    Measure.AVERAGE_DEAL_AMOUNT: "Average deal",
    Measure.SPEND_AMOUNT: "Spend",
    Measure.COST_PER_LEAD: "Cost per lead",
    Measure.COST_PER_OPPORTUNITY: "Cost per opportunity",
    Measure.ROMI: "ROMI",
}


def measures_of(unit: Unit) -> tuple[Measure, ...]:
    """Every measure that the unit has.

    >>> [each.value for each in measures_of(Unit.DEAL)][:4]
    ['opportunity', 'won', 'opportunity_to_won', 'pipeline_amount']
    """
    return tuple(each for each in Measure if each.is_of(unit))
