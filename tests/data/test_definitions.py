"""A definitions file is valid, or the message names its line, its key and what is allowed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.definitions import BUILT_IN, Definitions
from data.errors import DefinitionError


def write(folder: Path, old: str, new: str) -> Path:
    text = BUILT_IN.read_text(encoding="utf-8")
    assert old in text
    path = folder / "terms.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_built_in_definitions_are_valid() -> None:
    definitions = Definitions.load()
    assert definitions.zone.key == definitions.time_zone
    assert set(definitions.touch.high_value) <= set(definitions.touch.actions)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'base_currency = "USD"',
            'base_currency = "DOLLAR"',
            r"line 3: base_currency is 'DOLLAR'.*ISO 4217",
        ),
        ('time_zone = "UTC"', 'time_zone = "Mars/Base"', r"line 4: time_zone is 'Mars/Base'.*IANA"),
        (
            "# gross_margin = 0.7",
            "gross_margin = 70",
            r"line 6: gross_margin is 70.*less than or equal to 1",
        ),
        ("# gross_margin = 0.7", "gross_margin = 0", r"line 6: gross_margin is 0.*greater than 0"),
        ("mql = 60", "mql = 0", r"line 10: windows\.mql is 0.*greater than 0"),
        ("mql = 60", 'mql = "soon"', r"line 10: windows\.mql is 'soon'.*integer"),
        (
            "won = 180",
            "one = 180",
            r"windows\.won is missing.*line 13: windows\.one is not a known key",
        ),
        (
            'medium = ["display"',
            'media = ["display"',
            r"line \d+: channel\.2\.media is not a known key",
        ),
        (
            '"email_sent", ',
            '"email_sent", "email_sent", ',
            r"line \d+: touch\.outbound is .*name each once, and 'email_sent'",
        ),
        (
            '"email_sent", ',
            '"email_sent", "form_submit", ',
            r"line \d+: touch is .*form_submit is in outbound and in high_value",
        ),
        (
            'ignored = ["scroll", ',
            'ignored = ["scroll", "page_view", "email_bounce", ',
            r"line \d+: touch is .*email_bounce, page_view is in ignored",
        ),
        (
            "[attribution.self_reported]",
            '[[attribution.model]]\nname = "house"\nlabel = "House"\nfirst = 60\nlast = 30',
            r"attribution\.model\.0 is .*share out 100 percent, and its shares add up to 90",
        ),
        (
            "[attribution.self_reported]",
            2 * '[[attribution.model]]\nname = "house"\nlabel = "House"\nfirst = 100\n',
            r"attribution is .*name each model once, and 'house' is there twice",
        ),
        (
            '# "Inside sales" = 90',
            '"Inside sales" = -9',
            r"line \d+: route_costs.Inside sales is -9",
        ),
        ("[attribution]", "[attribution]\nlookback_days = 0", r"attribution\.lookback_days is 0"),
        (
            'own_brand = ["aldera"]',
            'own_brand = ["Acme", "acme "]',
            r"line \d+: attribution\.own_brand is .*each once, whatever its case, and 'acme'",
        ),
        (
            'own_brand = ["aldera"]',
            'own_brand = ["a"]',
            r"attribution\.own_brand is .*'a' is too short to be told from other words",
        ),
        ("[windows]", "[windows", r"not valid TOML.*line 9"),
    ],
)
def test_an_invalid_file_names_line_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = write(tmp_path, old, new)
    with pytest.raises(DefinitionError, match=expected) as raised:
        Definitions.load(path)
    assert str(raised.value).startswith("terms.toml")


def test_a_gross_margin_is_what_the_business_states_or_unknown(tmp_path: Path) -> None:
    assert Definitions.load().gross_margin is None
    stated = write(tmp_path, "# gross_margin = 0.7", "gross_margin = 0.7")
    assert Definitions.load(stated).gross_margin == 0.7


def test_own_names_are_those_stated_and_those_of_ones_domains(tmp_path: Path) -> None:
    assert Definitions.load().own_names == ("aldera", "aldera-systems")
    text = BUILT_IN.read_text("utf-8")
    path = tmp_path / "terms.toml"
    for line, stated in (("own_domains", DOMAINS), ("own_brand", 'own_brand = ["Acme", "云帆"]')):
        (old,) = (each for each in text.splitlines() if each.startswith(line))
        text = text.replace(old, stated)
    path.write_text(text, "utf-8")
    assert Definitions.load(path).own_names == ("acme", "云帆", "acme-cloud")


DOMAINS = 'own_domains = ["acme.com", "www.acme.de", "mail.acme-cloud.co.uk"]'


EFFECTIVE = '[[effective]]\ngrade = ["A", "B"]'


def test_who_is_effective_changes_from_a_day_on(tmp_path: Path) -> None:
    later = f'{EFFECTIVE}\n[[effective]]\nsince = 2026-07-01\npersona = ["Buyer"]'
    first, second = Definitions.load(write(tmp_path, EFFECTIVE, later)).effective
    assert (first.since, first.grade, first.persona) == (None, ("A", "B"), None)
    assert (second.since, second.grade, second.persona) == (date(2026, 7, 1), None, ("Buyer",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (EFFECTIVE, "[[effective]]\nsince = 2026-07-01", "says nothing: give a list of tier"),
        (EFFECTIVE, f"{EFFECTIVE}\n{EFFECTIVE}", "later than that of the one before"),
        (
            EFFECTIVE,
            "\n".join(
                f'[[effective]]\nsince = {day}\ntier = ["one"]'
                for day in ("2026-07-01", "2026-02-01")
            ),
            "found 2026-07-01, then 2026-02-01",
        ),
        ("[100, 1000, 10000]", "[100, 100]", "must rise from one to the next: they are 100, 100"),
        (
            '"file_download", "content_download"]\ngood',
            '"page_view"]\ngood',
            "page_view is in read",
        ),
        ('"file_download", "content_download"]\ngood', '"a", "a"]\ngood', "must name each once"),
        ("good_from = 0.2", "good_from = 20", "content.good_from is 20"),
        ("dormant_days = 180", "dormant_days = 0", "content.dormant_days is 0"),
    ],
)
def test_terms_of_content_that_contradict_themselves_are_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(DefinitionError) as raised:
        Definitions.load(write(tmp_path, old, new))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("contact_cap = 8", "contact_cap = 20", "reach.contact_cap is 20"),
        ("response_days = 7", "response_days = 0", "reach.response_days is 0"),
        ('address = "phone"', 'address = "fax"', "reach.way.1.address is 'fax'"),
        ('actions = ["call_connected"', 'actions = ["email_sent"', "in the actions of two ways"),
        ('name = "WeChat"\naddress', 'name = "Phone"\naddress', "must name each once"),
        ("lost_days = 365", "lost_days = 180", "activity.lost_days must be more than content."),
        ("recent_days = 30", "recent_days = 200", "content.dormant_days must be more than"),
    ],
)
def test_terms_of_reach_that_contradict_themselves_are_named(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(DefinitionError) as raised:
        Definitions.load(write(tmp_path, old, new))
    assert said in str(raised.value)


def test_each_thing_that_is_wrong_is_a_problem_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, 'base_currency = "USD"', 'base_currency = "US; D"')
    path.write_text(path.read_text("utf-8").replace("mql = 60", "mql = 0"), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        Definitions.load(path)
    currency, window = raised.value.problems
    assert "line 3: base_currency is 'US; D': must be an ISO 4217 code" in currency
    assert "line 10: windows.mql is 0" in window


def test_the_environment_names_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, 'base_currency = "USD"', 'base_currency = "CNY"')
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(path))
    assert Definitions.load().base_currency == "CNY"


def test_a_missing_file_is_an_error_not_the_built_in_terms(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read"):
        Definitions.load(tmp_path / "nowhere.toml")
