"""What values alone say: the shape of a table's rows, and the columns that it cannot do without."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import TypeAlias

from loaders.language.spellings import currency_among
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.roles import HEADER_WORDS, RECORD, words

NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "account": (("company",),),
    "person": (("email", "phone", "job_title"),),
    "lead": (("created_at",),),
    "opportunity": ((RECORD,), ("created_at", "closed_at"), ("outcome", "stage", "is_won")),
    "campaign": (("name",),),
    "campaign_spend": (
        ("campaign_name", "campaign_record", "channel"),
        ("spend_on",),
        ("original_cost_amount",),
    ),
    "content": (("title",), ("kind", "topic", "published_on")),
    "interaction": (("occurred_at",), ("action", "email", "person_record", "visitor_id")),
    "stage_change": (("subject_id",), ("stage",), ("entered_at",)),
    "opportunity_lead": (("opportunity_id",), ("lead_id",)),
    "opportunity_change": (("opportunity_id",), ("changed_at",), ("field",), ("new",)),
    "exchange_rate": (("currency",), ("rate",), ("rate_on",)),
    "plan": (("metric",), ("target",), ("month_on",)),
    "path": (("touches",), ("conversions",)),
    "path_touch": (("path_id",), ("position",), ("channel",)),
}  # fmt: skip
"""What a file must have to be of a table: of each group one."""

_Wanted: TypeAlias = Callable[[str, Evidence], bool]


def _is_day(header: str, evidence: Evidence) -> bool:
    return evidence.look is Look.DATE


def _is_money(header: str, evidence: Evidence) -> bool:
    return evidence.look is Look.AMOUNT


def may_be_money(role: str, evidence: Evidence) -> bool:
    """Whether whole numbers may be the amounts that a table needs: nothing in them says so.

    >>> from loaders.proposing.evidence import evidence
    >>> may_be_money("original_amount", evidence(["12000", "800"]))
    True
    """
    large = any(len(text) >= _LARGE for text in evidence.distinct)
    return role in AMOUNTS and evidence.look is Look.NUMBER and large and evidence.unique > 0.5


AMOUNTS = ("original_amount", "original_cost_amount")

_LARGE = 3
"""Digits of numbers that may be money."""


def _is_id(header: str, evidence: Evidence) -> bool:
    full = evidence.filled == 1 and evidence.unique == 1 and len(evidence.distinct) > 1
    called = words(header).split()[-1:] == ["id"]
    return full and (evidence.look is Look.CODE or (called and evidence.look is Look.NUMBER))


def _is_repeated_text(header: str, evidence: Evidence) -> bool:
    return evidence.look is Look.TEXT and evidence.unique < 1


def _is_outcome(header: str, evidence: Evidence) -> bool:
    return says_outcome(evidence)


_SOUGHT: dict[tuple[str, str], _Wanted] = {
    ("lead", "created_at"): _is_day,
    ("opportunity", "created_at"): _is_day,
    ("opportunity", "original_amount"): _is_money,
    ("opportunity", "outcome"): _is_outcome,
    ("interaction", "occurred_at"): _is_day,
    ("stage_change", "entered_at"): _is_day,
    ("campaign_spend", "spend_on"): _is_day,
    ("campaign_spend", "original_cost_amount"): _is_money,
    ("campaign_spend", "campaign_name"): _is_repeated_text,
}
"""What the values of a needed column are where its header does not say it."""

_WITH_RECORDS = ("lead", "opportunity", "interaction", "person", "account")

_INSTEAD = {
    ("campaign_spend", "campaign_name"): ("campaign_record",),
    ("lead", "created_at"): ("became_mql", "became_sql", "became_opportunity", "became_won"),
    ("opportunity", "created_at"): ("closed_at", "expected_close_on"),
    ("opportunity", "outcome"): ("is_won",),
}
"""Roles that are not sought where another one is there, though a header may give them."""


def sought(table: str, role: str, found: Collection[str]) -> _Wanted | None:
    """How the values of a role look that a table needs and no header gives; None where none is."""
    needless = found_instead(table, role, found) and not is_asked(table, role)
    if role in found or needless:
        return None
    if role == RECORD and table in _WITH_RECORDS:
        return _is_id
    return _SOUGHT.get((table, role))


def is_asked(table: str, role: str) -> bool:
    """Whether a role is asked for even where one column alone may have it: others may be meant."""
    return (table, role) == ("opportunity", "created_at")


def found_instead(table: str, role: str, found: Collection[str]) -> bool:
    """Whether there is another role that makes one needless."""
    return any(other in found for other in _INSTEAD.get((table, role), ()))


_SHAPED_SO = 1.5

_SURELY_SHAPED_SO = 7.0
"""Words of won and lost beside amounts are deals, also in a file that is called `leads`."""


def shape_of(table: str, seen: Mapping[str, Evidence]) -> float:
    """How much the looks of a file's columns speak for a table, whatever its headers are called.

    Days with money and counts of no people are spend, words of won and lost are deals, and rows
    with a day, each of another person, are leads. A day on which something was entered, where none
    says when the record was created, is of a history: the record came before. People with a time of
    several steps of a mailing got it, and people with the length of a call were called.
    """
    looks = [each.look for each in seen.values()]
    people = Look.EMAIL in looks or Look.PHONE in looks
    match table:
        case "campaign_spend":
            counts = sum(
                each.look in (Look.NUMBER, Look.AMOUNT) and not each.units for each in seen.values()
            )
            is_so = Look.DATE in looks and Look.AMOUNT in looks and counts > 0 and not people
            return _SHAPED_SO if is_so and not any(map(says_outcome, seen.values())) else 0.0
        case "opportunity":
            money = Look.AMOUNT in looks or any(
                each.look is Look.NUMBER and currency_among(header) for header, each in seen.items()
            )
            if not any(map(says_outcome, seen.values())):
                return 0.0
            return _SURELY_SHAPED_SO if money else _SHAPED_SO
        case "interaction":
            steps = {words(step) for step in HEADER_WORDS["mailing"]["steps"]}
            told = [
                header
                for header, each in seen.items()
                if words(header) in steps and each.look in (Look.DATE, Look.BOOLEAN, Look.EMPTY)
            ]
            calls = set(map(words, HEADER_WORDS["calls"]["headers"]))
            called = Look.PHONE in looks and not calls.isdisjoint(map(words, seen))
            return _SURELY_SHAPED_SO if called or (people and len(told) > 1) else 0.0
        case "lead":
            return _SHAPED_SO if people and Look.DATE in looks else 0.0
        case "stage_change":
            headers = {words(header) for header, each in seen.items() if each.look is Look.DATE}
            was_entered = headers.intersection(HEADER_WORDS["words"]["entered_at"])
            is_dated = headers.intersection(HEADER_WORDS["words"]["created_at"])
            return _SHAPED_SO if was_entered and not is_dated and not people else 0.0
        case _:
            return 0.0


def says_outcome(evidence: Evidence) -> bool:
    """Whether values are few words of which one means that something was won or lost."""
    if evidence.look is not Look.TEXT or len(evidence.distinct) > 30:
        return False
    return any(outcome_of(word) in ("won", "lost") for word in evidence.distinct)


def outcome_of(word: str) -> str | None:
    """Which outcome of a deal a word means: won, lost or open; None where it is none of them.

    It has to be a known word, as `Not successful` is like another one and means its opposite.

    >>> outcome_of("5. Closed Won"), outcome_of("失注"), outcome_of("Not successful")
    ('won', 'lost', None)
    """
    return _meanings().get(_bare(word))


def means_deleted(word: str) -> bool:
    """Whether a word says that the source has taken the record away.

    >>> means_deleted("Deleted"), means_deleted("已删除"), means_deleted("Lost")
    (True, True, False)
    """
    return _bare(word) in _deleted_words()


_LONGEST = 100
"""So much of a text is looked at: what is longer is none of the known words."""


def _bare(word: str) -> str:
    return words(word[:_LONGEST]).strip(" 0123456789").replace(" ", "")


@cache
def _deleted_words() -> frozenset[str]:
    return frozenset(map(_bare, HEADER_WORDS["deleted"]["words"]))


@cache
def _meanings() -> dict[str, str]:
    return {
        _bare(word): outcome
        for outcome, known in HEADER_WORDS["outcomes"].items()
        for word in known
    }
