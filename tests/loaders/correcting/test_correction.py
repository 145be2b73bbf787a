"""A proposal put right: the mapping follows the choices, is kept once, and knows its files."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import MappingError
from data.schema.tables import CANONICAL
from loaders.correcting.correction import (
    Choice,
    Correction,
    as_proposed,
    corrected_text,
    date_formats,
    questions,
    targets,
    undecided,
)
from loaders.correcting.problems import problems
from loaders.correcting.target_names import ROWS
from loaders.language.column import Kind
from loaders.language.library import check_mapping, keep_mapping, own_folder, read_mappings
from loaders.preview import preview
from loaders.proposing.answers import NOTHING, Answers
from loaders.proposing.evidence import Look, evidence
from loaders.proposing.roles import NOT_PROPOSED
from loaders.proposing.toml_head import Label

COLUMNS = ("ref", "when", "where from", "note")

SEEN = {
    "ref": evidence(["L1", "L2"]),
    "when": evidence(["03/04/2026", "05/06/2026"]),
    "where from": evidence(["Fair", "Web"]),
    "note": evidence(["a", "b"]),
}

FILE = Path("list.csv")


def correction(*choices: Choice, name: str = "list") -> Correction:
    return Correction(Label(name, "Our list", "crm"), "lead", choices)


GOOD = (
    Choice("ref", "record"),
    Choice("when", "created_at", None, "%m/%d/%Y"),
    Choice("where from", "channel"),
    Choice("note"),
)


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("BACKCAST_MAPPINGS", raising=False)


def text(*choices: Choice) -> str:
    assert problems(correction(*choices), SEEN) == []
    return corrected_text(correction(*choices), SEEN, FILE)


def test_the_mapping_says_what_was_chosen() -> None:
    kept = check_mapping(text(*GOOD), COLUMNS, "list.csv")
    mapping = kept.mapping
    assert (mapping.name, mapping.title, mapping.source_system) == ("list", "Our list", "crm")
    assert mapping.columns["created_at"].source == ("when",)
    assert mapping.columns["created_at"].dates == ("%m/%d/%Y",)
    assert set(mapping.main.columns) >= {"lead_id", "created_at", "channel"}
    assert "note" not in {header for each in mapping.columns.values() for header in each.source}


def test_a_kind_that_was_chosen_is_written() -> None:
    chosen = (*GOOD[:3], Choice("note", "score", Kind.PERCENT))
    assert check_mapping(text(*chosen), COLUMNS, "list.csv").mapping.columns["score"].kind is (
        Kind.PERCENT
    )


def test_a_file_is_remembered_by_all_columns_that_were_chosen() -> None:
    keep_mapping(check_mapping(text(*GOOD), COLUMNS, "list.csv"))
    assert (own_folder() / "list.toml").is_file()
    assert read_mappings()["list"].recognise.columns == ("record", "created_at", "channel")


def test_the_folder_that_is_configured_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_MAPPINGS", str(tmp_path))
    assert keep_mapping(check_mapping(text(*GOOD), COLUMNS, "list.csv")) == tmp_path / "list.toml"
    assert [each.name for each in tmp_path.iterdir()] == ["list.toml"]


def test_a_mapping_is_not_replaced_unasked() -> None:
    keep_mapping(check_mapping(text(*GOOD), COLUMNS, "list.csv"))
    again = check_mapping(text(*GOOD[:2]) + "# new\n", COLUMNS, "list.csv")
    with pytest.raises(MappingError, match="There is a mapping list already"):
        keep_mapping(again)
    assert "# new" not in (own_folder() / "list.toml").read_text(encoding="utf-8")
    keep_mapping(again, replace=True)
    assert "# new" in (own_folder() / "list.toml").read_text(encoding="utf-8")


def test_a_built_in_mapping_stays_where_it_is() -> None:
    named = correction(*GOOD, name="generic_lead")
    kept = check_mapping(corrected_text(named, SEEN, FILE), COLUMNS, "list.csv")
    before = (kept.replaces or Path()).read_text(encoding="utf-8")
    assert kept.hides_built_in
    assert keep_mapping(kept, replace=True).parent == own_folder()
    assert (kept.replaces or Path()).read_text(encoding="utf-8") == before


def test_a_mapping_that_another_one_outdoes_is_not_kept() -> None:
    wide = ("lead_id", "created_at", "channel", "company")
    short = text(*GOOD).replace('"ref"', '"lead_id"').replace('"when"', '"created_at"')
    short = short.replace('["record", "created_at", "channel"]', '["record"]')
    with pytest.raises(MappingError, match="would still be read as generic_lead"):
        check_mapping(short, wide, "list.csv")


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").write_text("not a folder", encoding="utf-8")
    with pytest.raises(MappingError, match="cannot be written"):
        keep_mapping(check_mapping(text(*GOOD), COLUMNS, "list.csv"))


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ((Choice("ref"),), "No column goes anywhere"),
        ((*GOOD, Choice("x", "record")), '"ref" and "x" both become Lead: id'),
        ((GOOD[0], GOOD[2]), "A lead needs Lead: day of creation"),
        ((*GOOD, Choice("x", "rate")), "rate is nothing that a lead has"),
    ],
)
def test_what_is_wrong_is_said_in_words(choices: tuple[Choice, ...], said: str) -> None:
    assert any(said in sentence for sentence in problems(correction(*choices), SEEN))


def test_all_formats_that_fit_come_first_to_choose_from() -> None:
    assert SEEN["when"].look is Look.DATE
    assert date_formats(SEEN["when"])[:2] == ("%d/%m/%Y", "%m/%d/%Y")
    assert len(set(date_formats(SEEN["when"]))) == len(date_formats(SEEN["when"]))


def test_each_table_may_be_chosen_and_has_a_proposal() -> None:
    for table in ("lead", "opportunity", "campaign_spend", "interaction", "plan"):
        proposed = as_proposed(SEEN, table, FILE)
        assert [each.header for each in proposed] == list(SEEN)
        assert all(not each.role or each.role in targets(table) for each in proposed)


@pytest.mark.parametrize("table", sorted(set(CANONICAL) - NOT_PROPOSED))
def test_each_place_has_a_name_of_its_own_in_words(table: str) -> None:
    names = list(targets(table).values())
    assert len(set(names)) == len(names)
    assert table in ROWS
    assert all(": " in name and "." not in name for name in names)
    assert all("_" not in name or "utm_" in name for name in names)


STATUSES = "Id,Created,Status,Company\n" + "".join(
    f"{number},2026-03-{number:02},{status},Firm {number}\n"
    for number, status in enumerate(["New", "MQL", "MQL", "SQL", "对比中", "Imported"], start=1)
)


def test_a_status_is_asked_for_the_stage_it_means_and_may_mean_none(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(STATUSES, encoding="utf-8")
    shown = preview(path)
    assert shown.word_rows["Status"] == {"New": 1, "MQL": 2, "SQL": 1, "对比中": 1, "Imported": 1}
    choices = as_proposed(shown.evidence, "lead", path)
    draft = Correction(Label("own", "Own", "own"), "lead", choices)
    asked = questions(draft, shown.evidence, ())
    assert asked.words["stage"] == {
        "New": "lead", "MQL": "mql", "SQL": "sql", "对比中": "", "Imported": "",
    }  # fmt: skip
    assert asked.headers == {"stage": "Status"}
    assert asked.meanings[-1] == NOTHING
    assert len(undecided(draft, shown.evidence)) == 2
    answers = Answers(words={"stage": {"对比中": "mql", "Imported": NOTHING}})
    said = replace(draft, answers=answers)
    assert undecided(said, shown.evidence) == []
    text = corrected_text(said, shown.evidence, path)
    assert tomllib.loads(text)["values"]["stage"] == {
        "New": "lead", "MQL": "mql", "SQL": "sql", "对比中": "mql", "otherwise": "missing",
    }  # fmt: skip


CHANNELS = "Id,Created,Source,Grade\n" + "".join(
    f"{number},2026-03-{number:02},{source},{grade}\n"
    for number, (source, grade) in enumerate(
        [("paid_search", "A"), ("Messe", "B"), ("Messe", "hot"), ("Empfehlung", "A")], start=1
    )
)


def test_each_word_of_a_channel_is_asked_and_may_stay_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(CHANNELS, encoding="utf-8")
    shown = preview(path)
    choices = as_proposed(shown.evidence, "lead", path)
    choices = (*choices[:3], Choice("Grade", "grade"))
    draft = Correction(Label("own", "Own", "own"), "lead", choices)
    channel, grade = questions(draft, shown.evidence, ("Paid Search", "Events")).interpreted
    assert (channel.header, channel.is_channel) == ("Source", True)
    assert channel.words == {"paid_search": "Paid Search", "Messe": "", "Empfehlung": ""}
    assert grade.words == {"A": "A", "B": "B", "hot": ""}
    assert [each.split(" in ")[0] for each in undecided(draft, shown.evidence)] == [
        'Choose the channel of "paid_search", "Messe", "Empfehlung", or keep the words of Source.',
        'Choose what "hot"',
    ]
    meant = {"paid_search": "Paid Search", "Messe": "Events", "Empfehlung": "Empfehlung"}
    said = replace(draft, answers=Answers(words={"channel": meant, "grade": {"hot": NOTHING}}))
    assert undecided(said, shown.evidence) == []
    values = tomllib.loads(corrected_text(said, shown.evidence, path))["values"]
    assert values == {
        "channel": {"paid_search": "Paid Search", "Messe": "Events", "otherwise": "keep"},
        "grade": {"A": "A", "B": "B", "otherwise": "missing"},
    }


def test_words_are_counted_in_the_whole_file_and_without_contacts(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    rows = [f"{n},2026-03-01,{'Late' if n > 2000 else 'New'},ann@acme.example" for n in range(2500)]
    path.write_text("\n".join(["Id,Created,Status,Who", *rows, ""]), encoding="utf-8")
    shown = preview(path)
    assert shown.word_rows["Status"] == {"New": 2001, "Late": 499}
    assert shown.word_rows.get("Who", {}) == {}


def test_what_a_preview_carries_has_no_personal_values(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("who wrote,thing\nann@acme.example,a\nbob@acme.example,b\n", encoding="utf-8")
    shown = preview(path)
    assert shown.evidence["who wrote"].look is Look.EMAIL
    assert shown.evidence["who wrote"].distinct == ()
    assert "acme.example" not in shown.model_dump_json()
