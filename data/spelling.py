"""The SQL by which the values of a segment are shown in one spelling, however files spell them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelt:
    """A value as it is shown: what `shown_value` says of the text, else the text itself.

    `text` is SQL of a value of the segment. A SELECT that reads `shown` joins `join`, at most once
    per segment.

    >>> owner = Spelt("owner", "lead.owner")
    >>> owner.shown
    'coalesce(shown_owner.shown, lead.owner)'
    >>> print(owner.join)
    LEFT JOIN shown_value AS shown_owner
    ON shown_owner.segment = 'owner' AND shown_owner.written = lead.owner
    """

    segment: str
    text: str

    @property
    def shown(self) -> str:
        """SQL of the value to show."""
        return f"coalesce(shown_{self.segment}.shown, {self.text})"

    @property
    def join(self) -> str:
        """SQL of the join that `shown` needs."""
        name = f"shown_{self.segment}"
        return (
            f"LEFT JOIN shown_value AS {name}\n"
            f"ON {name}.segment = '{self.segment}' AND {name}.written = {self.text}"
        )
