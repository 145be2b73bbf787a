"""Steps and queries as metrics use them; the data layer owns the idea, because it derives too."""

from data.query import Query, Step

__all__ = ["Query", "Step"]
