"""Reasons: why somebody who took a step of an event did not take the next one."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from metrics.events.steps import FunnelStep


class Reason(StrEnum):
    """Why a person went no further, in words. Others are recorded ones, of leads and deals."""

    BOUNCED = "e-mail bounced"
    WRONG_NUMBER = "wrong number"
    UNSUBSCRIBED = "unsubscribed"
    DO_NOT_CONTACT = "must not be contacted"
    INVALID = "invalid address"
    NOT_DELIVERED = "not delivered"
    VOICEMAIL = "voicemail only"
    NO_ANSWER = "no answer to calls"
    NOT_OPENED = "did not open the e-mail"
    TALKED = "talked to us, went no further"
    REPLIED = "replied, went no further"
    CLICKED = "clicked, went no further"
    OPENED = "opened, went no further"
    NO_SHOW = "registered, did not come"
    LOW_VALUE = "did only things of low value"
    NOTHING = "did nothing more"
    NO_LEAD = "no lead exists"
    UNKNOWN = "unknown"


FINAL = (
    Reason.BOUNCED,
    Reason.WRONG_NUMBER,
    Reason.UNSUBSCRIBED,
    Reason.DO_NOT_CONTACT,
    Reason.INVALID,
)
"""Reasons that hold while an event is still running; by any other a person may still come."""

LEAD_LEFT, DEAL_LOST = "lead left: ", "deal lost: "
"""What stands before a recorded reason of a lead or a deal."""


def reason_of() -> pl.Expr:
    """The reason of who took the step before and not `step`, of rows with flags and signals.

    The furthest thing that is known of the person says it: how the contact failed, else how far it
    went. UNKNOWN is who shows no sign at all.
    """
    place = pl.col("step").replace_strict(
        {each.value: each.place for each in FunnelStep}, return_dtype=pl.Int64
    )
    attended, value = FunnelStep.ATTENDED.place, FunnelStep.HIGH_VALUE.place
    is_of_inviting = (
        (place < attended)
        | ((place == attended) & ~pl.col("is_registered"))
        | ((place == value) & ~pl.col("is_reached") & ~pl.col("is_registered"))
    )
    return (
        pl.when(is_of_inviting)
        .then(pl.when(~pl.col("is_valid")).then(_failed()).otherwise(_went()))
        .when(place == attended)
        .then(pl.lit(Reason.NO_SHOW.value))
        .when(place == value)
        .then(_first(("has_low", Reason.LOW_VALUE), otherwise=Reason.NOTHING))
        .when(place == FunnelStep.OPPORTUNITY.place)
        .then(
            pl.when(pl.col("has_lead") == 0)
            .then(pl.lit(Reason.NO_LEAD.value))
            .otherwise(_recorded(LEAD_LEFT, "exit_reason"))
        )
        .otherwise(_recorded(DEAL_LOST, "lost_reason"))
    )


def _failed() -> pl.Expr:
    """Of whom no contact was valid."""
    return _first(
        ("bounced", Reason.BOUNCED),
        ("wrong_number", Reason.WRONG_NUMBER),
        ("withdrawn", Reason.UNSUBSCRIBED),
        ("do_not_contact", Reason.DO_NOT_CONTACT),
        ("invalid", Reason.INVALID),
        ("is_mailed", Reason.NOT_DELIVERED),
        otherwise=Reason.UNKNOWN,
    )


def _went() -> pl.Expr:
    """Of whom a contact was valid: a refusal, else the most that they did."""
    return _first(
        ("withdrawn", Reason.UNSUBSCRIBED),
        ("do_not_contact", Reason.DO_NOT_CONTACT),
        ("talked", Reason.TALKED),
        ("replied", Reason.REPLIED),
        ("clicked", Reason.CLICKED),
        ("opened", Reason.OPENED),
        ("voicemail", Reason.VOICEMAIL),
        ("no_answer", Reason.NO_ANSWER),
        ("is_unopened", Reason.NOT_OPENED),
        otherwise=Reason.UNKNOWN,
    )


def _first(*known: tuple[str, Reason], otherwise: Reason) -> pl.Expr:
    by_mail = pl.col("method").is_in(["email", "both"])
    made = {"is_mailed": by_mail, "is_unopened": by_mail & pl.col("knows_opens")}
    return pl.coalesce(
        *(
            pl.when(made[name] if name in made else pl.col(name) == 1).then(pl.lit(reason.value))
            for name, reason in known
        ),
        pl.lit(otherwise.value),
    )


def _recorded(before: str, name: str) -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(before) + pl.col(name)),
        pl.lit(Reason.UNKNOWN.value),
    )
