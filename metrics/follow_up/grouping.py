"""By what follow-up is sliced beside the dimensions that everything has."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from metrics.scope import Dimension


class Doer(StrEnum):
    """Who has a lead or is to do something. The value is the column's name."""

    RESPONSIBLE = "responsible"
    TEAM = "team"

    @property
    def label(self) -> str:
        """The word for it.

        >>> Doer.TEAM.label
        'team'
        """
        return self.value


class Matter(StrEnum):
    """What is to be done, or why it is."""

    KIND = "kind"
    REASON = "reason"

    @property
    def label(self) -> str:
        """The word for it."""
        return self.value


GroupBy: TypeAlias = Dimension | Doer
"""What MQLs are sliced by."""

ActionsBy: TypeAlias = Dimension | Doer | Matter
"""What next actions and recycles are sliced by."""
