"""Anonymous interactions belong to whom the visitor turned out to be."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.facts import DraftWarehouse, Facts, Row, touch

START = datetime(2026, 1, 1)

Visit = tuple[int, str, str | None]


def visits(seen: list[Visit]) -> Facts:
    """Interactions at an hour, of a visitor, identified as a person or not."""
    rows: list[Row] = [
        touch(f"I{place:03}", START + timedelta(hours=hour), "", visitor_id=visitor)
        | {"person_id": person_id}
        for place, (hour, visitor, person_id) in enumerate(seen)
    ]
    return Facts(interaction=tuple(rows))


def whom(draft: DraftWarehouse, seen: list[Visit]) -> list[str | None]:
    found = {row["interaction_id"]: row["person_id"]
             for row in draft.hold(visits(seen)).table("touch")}  # fmt: skip
    return [found[f"I{place:03}"] for place in range(len(seen))]


def expected(seen: list[Visit]) -> list[str | None]:
    """The oracle: whoever is identified next, at that moment or later, else last before."""
    answers = []
    for hour, visitor, person_id in seen:
        own = [(at, who) for at, which, who in seen if which == visitor and who is not None]
        later = min(((at, who) for at, who in own if at >= hour), default=None)
        before = max((at for at, _ in own), default=None)
        last = min((who for at, who in own if at == before), default=None)
        answers.append(person_id or (later[1] if later else last))
    return answers


def test_a_visitor_shared_by_two_is_who_is_identified_next(draft: DraftWarehouse) -> None:
    seen: list[Visit] = [
        (0, "v", None), (1, "v", "ann"), (2, "v", None), (3, "v", "bob"), (4, "v", None),
        (0, "w", None),
    ]  # fmt: skip
    assert whom(draft, seen) == ["ann", "ann", "bob", "bob", "bob", None]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.sampled_from(("v", "w")),
            st.sampled_from((None, None, "ann", "bob", "zoe")),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_touches_are_the_oracles(draft: DraftWarehouse, seen: list[Visit]) -> None:
    assert whom(draft, seen) == expected(seen)
