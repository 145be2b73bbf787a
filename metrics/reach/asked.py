"""The first step of every question of reach and activity: whom it is about, and by which terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from data.definitions import Definitions
from data.sql import Step, Value
from metrics.scope import Scope, Viewer

Names = list[tuple[str, str]]

Lists = Mapping[str, Names]
"""Names by what they are, each with what it stands for: ("email_sent", "Email") of contacts."""


def asked_steps(
    scope: Scope, definitions: Definitions, lists: Lists, counted: str = "person"
) -> tuple[Step, ...]:
    """Steps to `asked`, `bounds` and `counted_people`; with `counted` lead, to `counted_leads`.

    `bounds` has one row, in UTC: `start_at` and `end_at` (excluded) of the scope's period as far as
    it is observed, and `seen_at`, the end of what is observed. `counted_people` are those with a
    lead that passes the scope's filters and that the viewer may see; without either it is not
    needed, and `of_people` leaves it out. `asked` holds what else is bound: the `lists`, a row per
    `name` with its `kind` and `stands_for`.
    """
    start, end, seen = moments(scope, definitions)
    rows = [
        "SELECT 'bounds' AS kind, CAST(NULL AS VARCHAR) AS name,"
        " CAST(NULL AS VARCHAR) AS stands_for, CAST(? AS TIMESTAMP) AS start_at,"
        " CAST(? AS TIMESTAMP) AS end_at, CAST(? AS TIMESTAMP) AS seen_at,"
        " CAST(? AS DATE) AS start_on, CAST(? AS DATE) AS end_on"
    ]
    end_on = min(scope.period.end, scope.observed_until)
    values: list[Value] = [start, end, seen, scope.period.start, end_on]
    for kind, names in lists.items():
        for name, stands_for in names:
            rows.append(f"SELECT '{kind}', CAST(? AS VARCHAR), CAST(? AS VARCHAR), {_NO_BOUNDS}")
            values += [name, stands_for]
    if is_narrow(scope):
        every = (*scope.filters, *scope.viewer.restrictions)
        rows.append(
            f"SELECT DISTINCT 'counted', {counted}_id, CAST(NULL AS VARCHAR), {_NO_BOUNDS}"
            f" FROM journey WHERE {counted}_id IS NOT NULL"
            f" AND {' AND '.join(each.sql for each in every)}"
        )
        values += [value for each in every for value in each.bound]
    return (
        Step("asked", "\nUNION ALL\n".join(rows), tuple(values)),
        Step("bounds", _BOUNDS),
        Step(
            "counted_people" if counted == "person" else "counted_leads",
            f"SELECT name AS {counted}_id FROM asked WHERE kind = 'counted'",
        ),
    )


_NO_BOUNDS = ", ".join(["CAST(NULL AS TIMESTAMP)"] * 3 + ["CAST(NULL AS DATE)"] * 2)

_BOUNDS = "SELECT start_at, end_at, seen_at, start_on, end_on FROM asked WHERE kind = 'bounds'"


def is_narrow(scope: Scope) -> bool:
    """Whether only some people are asked about."""
    return bool(scope.filters or scope.viewer.restrictions)


def everywhere(scope: Scope) -> Scope:
    """The same days for everybody: what is kept of them holds whoever is asked about."""
    return replace(scope, filters=(), viewer=Viewer())


def of_people(scope: Scope, person_id: str) -> str:
    """SQL of the join that keeps whom the scope is about; empty where it is about everybody."""
    if not is_narrow(scope):
        return ""
    return f"JOIN counted_people ON counted_people.person_id = {person_id}"


def narrowed_step(name: str, kept: str, scope: Scope) -> Step:
    """Step `name`, after `counted_people`: rows of a kept step, of whom the scope is about."""
    return Step(name, f"SELECT {kept}.* FROM {kept} {of_people(scope, f'{kept}.person_id')}")


def listed(kind: str) -> str:
    """SQL of a list of `asked`, as a subquery to join: `name` and `stands_for`."""
    return f"(SELECT name, stands_for FROM asked WHERE kind = '{kind}') AS {kind}_list"


def moments(scope: Scope, definitions: Definitions) -> tuple[datetime, datetime, datetime]:
    """When the period begins and ends and observation ends, in UTC; the ends are excluded.

    A period that has not begun is empty: it ends when it begins.
    """
    seen = midnight(scope.observed_until + timedelta(days=1), definitions)
    start = midnight(scope.period.start, definitions)
    end = midnight(scope.period.end + timedelta(days=1), definitions)
    return start, max(start, min(end, seen)), seen


def midnight(day: date, definitions: Definitions) -> datetime:
    """The moment at which a day of the reporting time zone begins, in UTC, without a zone."""
    return datetime.combine(day, time(), definitions.zone).astimezone(UTC).replace(tzinfo=None)


def contact_actions(definitions: Definitions) -> Names:
    """Every outbound action with the way of contact that it is.

    >>> contact_actions(Definitions.load())[0]
    ('email_sent', 'Email')
    """
    return [(action, definitions.reach.way_of(action)) for action in definitions.touch.outbound]


def ways_asked(definitions: Definitions) -> Names:
    """Every way of contact with the kind of address that it needs.

    >>> ways_asked(Definitions.load())
    [('Email', 'email'), ('Phone', 'phone'), ('WeChat', 'wechat')]
    """
    return [(way.name, way.address) for way in definitions.reach.way]


def named(actions: Iterable[str]) -> Names:
    """Actions that stand for themselves.

    >>> named(["reply"])
    [('reply', 'reply')]
    """
    return [(action, action) for action in actions]
