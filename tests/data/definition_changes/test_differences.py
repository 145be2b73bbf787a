"""What differs between two definitions is said key by key, and every term has its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from data.definition_changes.differences import differences, follow_in_tables, in_words
from data.definitions import BUILT_IN, Definitions
from data.derive import rebuild as rebuilding
from data.derive.converted import priced_rows
from data.derive.rebuild import derived_tables
from data.terms.base import Terms
from data.terms.meanings import MEANINGS, TITLES

BEFORE = Definitions.load(BUILT_IN)


def changed(*replaced: tuple[str, str]) -> Definitions:
    text = BUILT_IN.read_text("utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    return Definitions.of_text(text, Path("terms.toml"))


def keys(terms: Terms, above: str = "") -> Iterator[str]:
    for name in type(terms).model_fields:
        value = getattr(terms, name)
        if isinstance(value, Terms):
            yield from keys(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def test_every_term_has_its_meaning_and_no_other() -> None:
    assert set(keys(BEFORE)) == MEANINGS.keys() == TITLES.keys()


SCORED = """
[[quality.grade]]
grade = "A"
need = ["project"]
budget_from = 20000
[[quality.scoring]]
since = 2026-12-01
base = -12.0
[[quality.scoring.weight]]
kind = "fit"
feature = "channel"
values = ["Fair"]
points = 8.0
"""

HOUSE = '[[attribution.model]]\nname = "house"\nlabel = "House"\nfirst = 60\nlast = 40\n'

BUYER = '[[persona]]\nname = "Buyer"\nseniority = ["Director"]'

SINCE = 'grade = ["A", "B"]\n[[effective]]\nsince = 2027-01-01\ngrade = ["A"]'

CHANGES = {
    ("mql = 60", "mql = 45"): "windows.mql: 60 days → 45 days",
    ("# gross_margin = 0.7", "gross_margin = 0.7"): "gross_margin: not set → 0.7",
    ('"call_connected", "callback_requested", "reply"', '"call_connected", "callback_requested"'): (
        "touch.actions: took out reply"
    ),
    ('own_brand = ["aldera"]', 'own_brand = ["aldera", "云帆"]'): (
        "attribution.own_brand: added 云帆"
    ),
    ('"newsletter"]', '"newsletter", "edm"]'): (
        "channel Email: medium email, e-mail, newsletter → medium email, e-mail, newsletter, edm"
    ),
    ('# "Inside sales" = 90', '"Inside sales" = 90'): "route_costs Inside sales: added 90.0",
    ("[attribution.self_reported]", f"{HOUSE}[attribution.self_reported]"): (
        "attribution.model house: added House: first 60%, last 40%"
    ),
    ("[route_costs]", f"{BUYER}\n[route_costs]"): "persona Buyer: added seniority Director",
    ("[100, 1000, 10000]", "[]"): (
        "content.exposure_bands: 100, 1000, 10000 people → not set"
    ),
    ('grade = ["A", "B"]', SINCE): (
        "effective from 2027-01-01: added grade A"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("replaced", "said"), CHANGES.items(), ids=range(len(CHANGES)))
def test_a_change_is_said_in_words(replaced: tuple[str, str], said: str) -> None:
    assert [str(each) for each in differences(BEFORE, changed(replaced))] == [said]


def test_a_scoring_model_and_a_grade_are_said_in_words() -> None:
    after = Definitions.of_text(BUILT_IN.read_text("utf-8") + SCORED, Path("terms.toml"))
    assert [str(each) for each in differences(BEFORE, after)] == [
        "quality.grade A: added need project; budget_from 20000.0",
        "quality.scoring from 2026-12-01: added base -12, channel Fair +8",
    ]


def test_the_order_of_words_is_no_difference_and_that_of_channels_is() -> None:
    words = changed(('"Outbound Sales", "Partner"', '"Partner", "Outbound Sales"'))
    assert differences(BEFORE, words) == ()
    first, *others = BEFORE.channel
    turned = BEFORE.model_copy(update={"channel": (*others, first)})
    (change,) = differences(BEFORE, turned)
    assert (change.key, change.term) == ("channel order", "channel")
    assert str(change.after).endswith("Direct, Paid Search")


def test_two_rules_of_one_channel_are_said_together() -> None:
    twice = changed(('name = "Paid Social"', 'name = "Paid Search"'))
    assert "Paid Search: source google, bing, baidu; medium cpc" in in_words("channel", twice)
    assert "; or source linkedin" in in_words("channel", twice)


OTHER = {
    "gross_margin": ("# gross_margin = 0.7", "gross_margin = 0.7"),
    "windows": ("mql = 60", "mql = 45"),
    "attribution": ("# lookback_days = 90", "lookback_days = 90"),
    "content.good_from": ("good_from = 0.2", "good_from = 0.3"),
    "content.exposure_bands": ("[100, 1000, 10000]", "[50]"),
    "route_costs": ('# "Inside sales" = 90', '"Inside sales" = 90'),
    "reach": ("response_days = 7", "response_days = 9"),
    "activity": ("recent_days = 30", "recent_days = 9"),
}


class Attached:
    """In place of a draft: the frames that are given to it."""

    def __init__(self) -> None:
        self.frames: dict[str, list[tuple[object, ...]]] = {}

    def attach(self, name: str, frame: pl.DataFrame) -> None:
        self.frames[name] = frame.rows()


def read_by_tables(definitions: Definitions) -> object:
    """All of the definitions that deriving passes on to its steps."""
    attached = Attached()
    rebuilding._attach_terms(attached, definitions)  # type: ignore[arg-type]
    queries = [*derived_tables(definitions).values(), priced_rows(definitions, "t", "a", "d")]
    asked = [(each.render(), each.values) for each in queries]
    return attached.frames, asked, definitions.identity, definitions.time_zone


@pytest.mark.parametrize("term", OTHER)
def test_what_metrics_alone_read_changes_nothing_that_tables_are_made_of(term: str) -> None:
    after = changed(OTHER[term])
    changes = differences(BEFORE, after)
    assert len(changes) == 1
    assert changes[0].term.startswith(term)
    assert not follow_in_tables(changes)
    assert read_by_tables(after) == read_by_tables(BEFORE)


@pytest.mark.parametrize(
    "replaced",
    [
        ('"USD"', '"EUR"'), ('"UTC"', '"Europe/Berlin"'), ("_days = 31", "_days = 30"),
        ("most_a_day = 200", "most_a_day = 9"), ("dormant_days = 180", "dormant_days = 90"),
        ("apply_from = 0.9", "apply_from = 0.8"), ('["A", "B"]', '["A"]'),
        ('"Direct"', '"None"'), ('"Partner"', '"Other"'), ("aldera-systems", "acme"),
        ('"email_sent", ', ""),
        ('"reply",', ""), ('"booth_visited", "wechat_message",\n]', '"wechat_message",\n]'),
        ('"session_attended", "wechat_read",', '"session_attended",'),
        ("[route_costs]", f"{BUYER}\n[route_costs]"),
        ("[route_costs]", f"{BUYER.replace('persona', 'segment')}\n[route_costs]"),
        ("[route_costs]", f"{BUYER.replace('persona', 'tag')}\n[route_costs]"),
    ],
)  # fmt: skip
def test_what_tables_follow_is_said_to_be_followed(replaced: tuple[str, str]) -> None:
    after = changed(replaced)
    assert follow_in_tables(differences(BEFORE, after))
    assert read_by_tables(after) != read_by_tables(BEFORE)
