"""Kinds of file have the titles of their mappings: built-in ones, own ones, and ones that left."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.terms.titles import name_title
from loaders.kinds import kinds_of_file
from loaders.language.library import built_in_mappings

OWN = 'name = "{name}"\ntitle = "{title}"\n'


def test_an_own_mapping_comes_first_and_one_that_is_gone_keeps_its_name_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_MAPPINGS", str(tmp_path))
    (tmp_path / "a.toml").write_text(OWN.format(name="hubspot_deals", title="Our deals"))
    (tmp_path / "b.toml").write_text(OWN.format(name="fairs", title="Fairs"))
    (tmp_path / "broken.toml").write_text('name = "fairs')
    assert kinds_of_file(["hubspot_deals", "fairs", "salesforce_leads", "left_crm"]) == {
        "hubspot_deals": "Our deals",
        "fairs": "Fairs",
        "salesforce_leads": "Salesforce leads",
        "left_crm": "Left CRM",
    }


def test_systems_are_written_as_they_write_themselves() -> None:
    systems = {mapping.source_system for mapping in built_in_mappings().values()}
    titles = {name_title(system) for system in systems}
    assert {"HubSpot", "LinkedIn Ads", "Google Analytics 4", "WeChat", "Meta Ads"} <= titles
    assert not any("_" in title for title in titles)
