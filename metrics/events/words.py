"""What events say, in sentences for the page and the shell."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from metrics.chance import Verdict
from metrics.events.steps import FunnelStep
from metrics.wording import formats

_DID = {
    FunnelStep.LISTED: "were on the list",
    FunnelStep.VALID_CONTACT: "had a valid contact",
    FunnelStep.REACHED: "were reached",
    FunnelStep.REGISTERED: "registered",
    FunnelStep.ATTENDED: "came",
    FunnelStep.HIGH_VALUE: "did something of high value",
    FunnelStep.OPPORTUNITY: "got an opportunity",
    FunnelStep.WON: "won a deal",
}


def did(step: str) -> str:
    """What people of a step did, after their number.

    >>> did("attended"), did("high_value")
    ('came', 'did something of high value')
    """
    return _DID[FunnelStep(step)]


def funnel_words(funnel: pl.DataFrame, losses: pl.DataFrame) -> str:
    """How far people of one event went, and where and why most were lost.

    `funnel` and `losses` are the event's rows of `event_funnel` and `event_losses`.
    """
    known = funnel.filter(pl.col("people").is_not_null())
    if known.is_empty():
        return "Nothing is known of the steps of this event."
    told = []
    for step, people in known.select("step", "people").iter_rows():
        told.append(f"{formats.count(people) if people else 'nobody'} {did(step)}")
        if not people:
            break
    said = [f"{formats.listed(told)}."]
    said[0] = said[0][:1].upper() + said[0][1:]
    lost = funnel.filter(pl.col("lost") > 0).sort("lost", descending=True, maintain_order=True)
    if not lost.is_empty():
        row = lost.row(0, named=True)
        reason = losses.filter(step=row["step"]).row(0, named=True)
        before = FunnelStep(row["step"]).label.lower()
        known_for = f"{reason['reason']} ({formats.count(reason['people'])})"
        said.append(
            f"Most are lost before {before}: {formats.count(row['lost'])}, mainly: {known_for}."
        )
    if waiting := max(each or 0 for each in funnel["open"]):
        still = "may still go on, and are" if waiting != 1 else "may still go on, and is"
        said.append(f"{formats.count(waiting)} {still} not counted as lost.")
    return " ".join(said)


def start_words(funnel: pl.DataFrame) -> str:
    """That the funnel of one event does not start with its list; empty where it does."""
    first = funnel.filter(pl.col("people").is_not_null())
    if first.is_empty() or first["step"][0] == FunnelStep.LISTED.value:
        return ""
    reason = funnel.filter(step=FunnelStep.LISTED.value)["because"].item()
    start = FunnelStep(first["step"][0]).label.lower()
    return (
        f"The funnel starts at {start}, because the event has no list: {reason}. Load the e-mails"
        " or calls that invited people, with the event as their campaign, to see it from the list."
    )


def coming_words(funnel: pl.DataFrame, observed: date) -> str:
    """That one event has not taken place, or is not over; empty where it is."""
    row = funnel.row(0, named=True)
    if not row["is_running"]:
        return ""
    if row["starts_on"] > observed:
        days = (row["starts_on"] - observed).days
        return (
            f"It begins in {formats.counted(days, 'day')}: nobody can have come yet, and only who"
            " cannot be contacted is lost."
        )
    return f"It is not over: it ends on {row['ends_on']}, and people may still come."


def compared_words(row: dict[str, Any]) -> str:
    """Whether a step went alike at two events, in one sentence, of a row of `events_compared`."""
    step = str(row["step"])
    verdict = Verdict(str(row["verdict"]))
    if row["difference"] is None:
        label = FunnelStep(step).label
        return f"{label} cannot be compared, because of the {row['because'] or 'counts'}."
    names = {side: str(row[side]) for side in ("first", "second")}
    told = [
        f"at {names[side]} {formats.count(row[f'{side}_taken'])} of"
        f" {formats.count(row[f'{side}_tried'])}"
        f" ({formats.share(row[f'{side}_rate'])})"
        for side in names
    ]
    difference, low, high = (
        float(row[name]) for name in ("difference", "difference_low", "difference_high")
    )
    begins = {
        Verdict.MORE_THAN_CHANCE: "Not the same, by more than chance",
        Verdict.MAY_BE_CHANCE: "It may be the same, and the difference chance",
        Verdict.TOO_FEW: "There are too few to say whether it is the same",
        Verdict.UNTESTED: "It cannot be told whether it is the same",
    }[verdict]
    return (
        f"{begins}: {told[0]} {did(step)}, {told[1]}, a difference of {formats.points(difference)}"
        f" (95% interval {formats.points(low)} to {formats.points(high)})."
    )


def outlook_words(row: dict[str, Any]) -> str:
    """How registrations of an event to come stand, of a row of `registration_outlook`."""
    registered = formats.counted(int(row["registered"]), "person has", "people have")
    days = formats.counted(int(row["days_to_go"]), "day")
    said = f"{registered} registered for {row['campaign']}, {days} before it."
    if not row["like_events"]:
        return f"{said} No similar event has taken place that it could be held against."
    like = formats.counted(int(row["like_events"]), "similar event")
    said += (
        f" At the same distance {like} had {formats.count(row['like_low'])} to"
        f" {formats.count(row['like_high'])}: this is {row['course']}."
    )
    if row["expected"] is not None:
        said += (
            f" If the rest come as they did there, there will be"
            f" {formats.count(row['expected'])}"
            f" ({formats.count(row['expected_low'])} to {formats.count(row['expected_high'])})."
        )
    return said
