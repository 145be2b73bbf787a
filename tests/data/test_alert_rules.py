"""A rule of an alert is valid, or the message names its line, its key and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.definition_changes.differences import differences
from data.definitions import BUILT_IN, Definitions
from data.errors import DefinitionError

FEW = 'name = "Few"\nkind = "threshold"\nmetric = "headline"\ncolumn = "mql"'


def with_alerts(*rules: str, alerts: str = "") -> Definitions:
    text = BUILT_IN.read_text(encoding="utf-8").replace("[alerts]\n", f"[alerts]\n{alerts}\n")
    rows = "".join(f"\n[[alerts.rule]]\n{rule}\n" for rule in rules)
    return Definitions.of_text(f"{text}{rows}", Path("mine.toml"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            'name = "Few"\nkind = "treshold"',
            "alerts.rule.0.kind is 'treshold': Input should be 'threshold', 'change',",
        ),
        ('kind = "stale_source"', "alerts.rule.0.name is missing"),
        (
            'name = "Few\\nMQLs"\nkind = "stale_source"',
            "alerts.rule.0.name is 'Few\\nMQLs': String should match pattern",
        ),
        (FEW, "the alert 'Few' has no bound: add above = … or below = …"),
        (f"{FEW}\nbelow = 9\nabove = 3", "would always hold: below is 9, more than above, which"),
        (f'{FEW}\nbelow = "low"', "alerts.rule.0.below is 'low': Input should be a valid number"),
        (f"{FEW}\nbelow = 9\nmetrik = 3", "alerts.rule.0.metrik is not a known key"),
        (f"{FEW}\nbelow = 9\ndays = 0", "alerts.rule.0.days is 0: Input should be greater than 0"),
        (f'{FEW}\nbelow = 9\nbasis = "x"', "alerts.rule.0.basis is 'x': Input should be 'flow' or"),
        (f'{FEW}\nbelow = 9\nwhere = {{ channel = "Email" }}', "where.channel is 'Email': Input"),
        (
            f'{FEW}\nbelow = 9\nplan = "2027"',
            "has the key plan, which one of the kind threshold does not take: take it out. It takes"
            " metric, column, row,",
        ),
        (
            'name = "Few"\nkind = "change"\ncolumn = "mql"',
            'is of the kind change and has no metric: add metric = "…", as `python -m metrics`',
        ),
        (
            'name = "Late"\nkind = "overdue_follow_up"\nabove = -1',
            "the alert 'Late' has above = -1: use 0 or more",
        ),
    ],
)
def test_a_rule_that_is_wrong_is_named(rule: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(said)) as refused:
        with_alerts(rule)
    assert re.search(r"mine\.toml line \d{3}", str(refused.value))


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ("quiet_from = 20:00:00", "have a quiet_from and a quiet_until: give both or none"),
        ("quiet_from = 20:00:00\nquiet_until = 20:00:00", "from 20:00 to 20:00 are none or the"),
        ('address = "backcast.example"', "must be where the cockpit is, such as https://"),
    ],
)
def test_quiet_hours_and_the_address_are_checked(alerts: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        with_alerts(alerts=alerts)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError, match="name each once, and 'Few'"):
        with_alerts(f"{FEW}\nbelow = 9", f"{FEW}\nabove = 9")


def test_alerts_are_off_by_default_and_change_no_number() -> None:
    usual = Definitions.load(BUILT_IN)
    assert usual.alerts.rule == ()
    few = with_alerts(f"{FEW}\nbelow = 0")
    assert few.digest == usual.digest
    fewer = with_alerts(f"{FEW}\nbelow = -1\nwhere = {{ channel = ['A', 'B'] }}")
    assert [str(each) for each in differences(few, fewer)] == [
        "alerts.rule Few: threshold; metric headline; column mql; below 0 → threshold;"
        " metric headline; column mql; below -1; where channel A or B"
    ]
    assert [str(each) for each in differences(usual, few)] == [
        "alerts.rule Few: added threshold; metric headline; column mql; below 0"
    ]
