"""By what people are contacted, how often they may be, and when they count as active."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from data.terms.base import Terms, each_once

Actions = Annotated[tuple[str, ...], AfterValidator(each_once)]


OTHER_WAY = "Other"
"""The way of outbound actions that the definitions give none."""


class ContactWay(Terms):
    """A way of contact, in the words of consent, and the outbound actions that are one by it.

    `address` is what it needs to be known of a person: a mailbox, a phone or a WeChat account.
    """

    name: Annotated[str, Field(min_length=1)]
    address: Literal["email", "phone", "wechat"]
    actions: Actions = ()


_WAYS = (
    ContactWay(
        name="Email", address="email", actions=("email_sent", "email_delivered", "email_bounce")
    ),
    ContactWay(
        name="Phone",
        address="phone",
        actions=("call_connected", "call_no_answer", "call_voicemail"),
    ),
    ContactWay(name="WeChat", address="wechat"),
)


class MailTerms(Terms):
    """Actions by the step of a mailing that they tell of; a click is an opening as well."""

    sent: Actions = ("email_sent",)
    delivered: Actions = ("email_delivered",)
    bounced: Actions = ("email_bounce",)
    opened: Actions = ("email_open",)
    clicked: Actions = ("email_click",)


class ReachTerms(Terms):
    """How people are contacted, what is an answer to it, and how much of it is too much.

    Outbound actions of no `way` are contacts by a way called Other. An action of `responses` within
    `response_days` after a contact answers it. More than `contact_cap` contacts within 30 days are
    too many. Two campaigns at one person within `collision_days` collide. Who withdraws consent to
    one of `promotion_purposes` has withdrawn it from every promotion: a contact of a campaign
    through no channel of sales. `bad_email` are the
    states of a mailbox that nobody reads. After an action of `wrong_number` a phone is known to be
    bad, after one of `right_number` to be good.
    """

    way: tuple[ContactWay, ...] = _WAYS
    responses: Actions = ()
    response_days: PositiveInt = 7
    contact_cap: Annotated[int, Field(ge=1, lt=20)] = 8
    collision_days: PositiveInt = 7
    promotion_purposes: Actions = ("marketing",)
    bad_email: Actions = ("invalid", "bounced", "disposable")
    wrong_number: Actions = ("call_wrong_number",)
    right_number: Actions = ("call_connected",)
    mail: MailTerms = MailTerms()

    def way_of(self, action: str) -> str:
        """The way of contact that an outbound action is; Other where none is given.

        >>> ReachTerms().way_of("email_bounce"), ReachTerms().way_of("gift_sent")
        ('Email', 'Other')
        """
        return next((way.name for way in self.way if action in way.actions), OTHER_WAY)

    @model_validator(mode="after")
    def _an_action_is_of_one_way(self) -> Self:
        each_once(tuple(way.name for way in self.way))
        actions = [action for way in self.way for action in way.actions]
        if twice := sorted({action for action in actions if actions.count(action) > 1}):
            raise ValueError(f"{', '.join(twice)} is in the actions of two ways: it is of one")
        return self


class ActivityTerms(Terms):
    """Windows of activity, in days up to the day of the question.

    What somebody did in the last `recent_days` is compared with the `usual_days` before. Who did
    nothing for `lost_days` is lost, and not only dormant as `content.dormant_days` says. Fewer
    than `fewest_actions` recent ones are no surge, fewer usual ones no habit that can end.
    """

    recent_days: PositiveInt = 30
    usual_days: PositiveInt = 180
    lost_days: PositiveInt = 365
    fewest_actions: PositiveInt = 5


def rise(days: dict[str, int]) -> None:
    """ValueError unless each of the named numbers of days is more than the one before."""
    for (name, less), (other, more) in pairwise(days.items()):
        if less >= more:
            raise ValueError(f"{other} must be more than {name}: they are {more} and {less}")
