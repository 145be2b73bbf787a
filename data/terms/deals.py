"""How deals that name no lead find theirs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from data.terms.base import Terms, each_once

FoundBy = Literal["name", "account"]


class DealTerms(Terms):
    """By what leads are found of deals that name neither a lead nor a person by an id or contact.

    `name`: by the name of a person whom the deal's company has once. `account`: by the company,
    where one person alone of it could have led to the deal.

    >>> DealTerms().leads_by
    ('name', 'account')
    """

    leads_by: Annotated[tuple[FoundBy, ...], AfterValidator(each_once)] = ("name", "account")
