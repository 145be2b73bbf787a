"""What became of each touch of a conversion, in plain Python."""

from __future__ import annotations

from itertools import pairwise

from metrics.attribution.question import Question, Sharing, Touched
from metrics.scope import Stage
from tests.metrics.attribution import oracle
from tests.metrics.attribution.oracle import Row


def standings(
    question: Question, conversion: Row, everyone: list[Row], touches: list[Row]
) -> dict[str, str]:
    """Of each touch of the account or the person, by its id: whether it counts, or why not."""
    counted = {
        each["interaction_id"] for each in oracle.path(question, conversion, everyone, touches)
    }
    moment, whose = conversion["moment"], oracle.who(question, conversion)
    earlier = [
        each["moment"]
        for each in everyone
        if whose and oracle.who(question, each) == whose and each["moment"] < moment
    ]
    found: dict[str, str] = {}
    in_time: dict[tuple[object, ...], str] = {}
    for row in sorted(touches, key=lambda each: (each["occurred_at"], each["interaction_id"])):
        mine = row["person_id"] is not None and row["person_id"] == conversion["person"]
        ours = row["account_id"] is not None and row["account_id"] == conversion["account"]
        if row["person_id"] is None or not (mine or ours):
            continue
        name = row["interaction_id"]
        at = row["occurred_on"] if question.event is Stage.WON else row["occurred_at"]
        days = (conversion["day"] - row["occurred_on"]).days
        if question.touched is Touched.PERSON and not mine:
            found[name] = "other_person"
        elif at > moment:
            found[name] = "after_event"
        elif question.sharing is Sharing.RESET and any(at <= each for each in earlier):
            found[name] = "used_up"
        elif question.lookback_days is not None and days > question.lookback_days:
            found[name] = "outside_lookback"
        else:
            key = (row["person_id"], row[question.by.value], row["occurred_on"])
            found[name] = "same_day" if key in in_time else "collapsed"
            in_time.setdefault(key, name)
        if name in counted:
            found[name] = "counted"
    return found


def milestones(conversion: Row, path: list[Row]) -> dict[str, str | None]:
    """The touch that each milestone fell on, by the milestone's column."""
    ids = [each["interaction_id"] for each in path]
    last_before: dict[str, str | None] = {"is_before_lead": None, "is_before_deal": None}
    for column, name in (("is_before_lead", "lead_at"), ("is_before_deal", "opened_at")):
        for each in path:
            if conversion[name] is not None and each["occurred_at"] <= conversion[name]:
                last_before[column] = each["interaction_id"]
    return {"is_first": ids[0], "is_last": ids[-1], **last_before} if ids else dict(last_before)


def collapsed(segments: list[str]) -> tuple[str, ...]:
    """Segments in order, of those that follow one another one.

    >>> collapsed(["Email", "Email", "Fair", "Email"])
    ('Email', 'Fair', 'Email')
    """
    return (*segments[:1], *(later for one, later in pairwise(segments) if one != later))
