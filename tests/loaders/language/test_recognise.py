"""Which mapping a file is read under, and which files a mapping stops that is not finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import MappingError
from loaders.language.library import read_mapping, read_mappings, unfinished_mappings
from loaders.language.model import Mapping
from loaders.language.opening import NoMappingFitsError
from loaders.language.recognise import recognise
from tests.loaders.loading import loading_in

OWN = """\
name = "{name}"
title = "Ours"
source_system = "{system}"
[recognise]
columns = ["deal"]
[columns]
deal = "Deal"
{columns}
[[table]]
into = "{table}"
{key} = "{{deal}}"
{assigned}
"""

OPEN = ("worth", "opened", "outcome")


def own(
    folder: Path, name: str, *columns: str, table: str = "opportunity", system: str = "ours"
) -> Mapping:
    """A mapping that knows the column Deal, and these by their names in capitals."""
    into = {"worth": "original_amount", "opened": "created_at"}
    text = OWN.format(
        name=name,
        system=system,
        table=table,
        key=f"{table}_id",
        columns="\n".join(f'{each} = "{each.capitalize()}"' for each in columns),
        assigned="\n".join(f'{into.get(each, each)} = "{{{each}}}"' for each in columns),
    )
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def name_of(columns: tuple[str, ...], *mappings: Mapping) -> str | None:
    found = recognise({each.name: each for each in mappings}, columns, "a.csv")
    return found.mapping.name if found else None


def test_the_mapping_that_uses_most_of_the_file_is_the_one(tmp_path: Path) -> None:
    few, many = own(tmp_path, "few", "worth"), own(tmp_path, "many", "worth", "opened", "owner")
    assert name_of(("Deal", "Worth", "Opened", "Owner"), few, many) == "many"
    assert name_of(("Deal", "Worth", "Opened"), many, few) == "many"


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        (("Deal", "Owner"), False),
        (("Deal", "Owner", "Product", "商机名称"), False),
        (("Deal", "Worth"), True),
        (("Deal", "Opened"), True),
        (("Deal", "Outcome"), True),
    ],
)
def test_a_deal_without_money_a_date_or_an_outcome_is_none(
    tmp_path: Path, header: tuple[str, ...], fits: bool
) -> None:
    mapping = own(tmp_path, "deals", *OPEN, "owner", "product")
    assert name_of(header, mapping) == ("deals" if fits else None)


def test_a_template_is_for_files_of_which_it_knows_half_of_the_columns(tmp_path: Path) -> None:
    few = ("lead_id", "created_at", "channel")
    template = read_mappings()["generic_lead"]
    assert name_of((*few, "a", "b", "c"), template) == "generic_lead"
    assert name_of((*few, "a", "b", "c", "d"), template) is None
    ours = own(tmp_path, "ours", *OPEN)
    assert name_of(("Deal", "Worth", "a", "b", "c", "d"), ours) == "ours"


@pytest.mark.parametrize(
    "header",
    [
        "Campaign name,Campaign ID,By Day,Cost,CPM,Impressions,Clicks (destination),CTR,Results",
        "Opportunity Name,ID,Account Name,Type,Lead Source,Opportunity Amount,Sales Stage,Owner,"
        "Expected Close Date,Date Created",
        "Campaign name,Campaign ID,Cost,日付,表示回数,クリック数,平均CPC,コンバージョン数",
    ],
)
def test_a_few_usual_words_are_no_export_of_a_system_that_has_them_too(header: str) -> None:
    found = recognise(read_mappings(), tuple(header.split(",")), "report.csv")
    assert found is None, found and found.mapping.name


@pytest.mark.parametrize(
    "header",
    [
        ("opportunity_id", "lead_id", "pipeline_value", "stage", "open_date", "close_date"),
        ("opportunity_id", "lead_id", "金额", "阶段", "创建日期", "成交日期"),
        ("opportunity_id", "lead_id", "Betrag", "Phase", "Angelegt am", "Abschluss"),
    ],
)
def test_deals_are_not_taken_for_links_to_leads(header: tuple[str, ...]) -> None:
    found = recognise(read_mappings(), header, "opportunities.csv")
    assert found is None or found.mapping.main.into == "opportunity"
    links = recognise(read_mappings(), ("opportunity_id", "lead_id", "role"), "links.csv")
    assert links is not None
    assert links.mapping.name == "generic_opportunity_lead"


def test_ones_own_mapping_is_used_before_an_equal_built_in_one(tmp_path: Path) -> None:
    built_in = read_mappings()["generic_lead"]
    text = built_in.file.read_text(encoding="utf-8")
    path = tmp_path / "ours.toml"
    path.write_text(text.replace('name = "generic_lead"', 'name = "ours"'), encoding="utf-8")
    header = ("lead_id", "created_at", "channel")
    assert name_of(header, built_in, read_mapping(path)) == "ours"


BROKEN = 'name = "half"\n[recognise]\ncolumns = ["deal"]\n[columns]\ndeal = ["Geschäft", "Deal"]\n'

LEADS = "lead_id,created_at\nL1,2026-03-04\n"


@pytest.mark.parametrize(
    "text",
    [
        BROKEN,
        "name = ",
        'name = "half"\n[recognise]\ncolumns = 3\n',
        '"半" = 1\n',
        "[columns]\nx=1",
    ],
)
def test_a_mapping_that_is_not_finished_stops_no_other_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "half.toml").write_text(text, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as at_work:
        outcome = at_work.load("leads.csv", LEADS)
        assert at_work.rows("lead", "lead_id") == [("L1",)]
    (remark,) = outcome.remarks
    assert remark.sentence.startswith("The mapping half in half.toml is left out: half.toml")


def test_a_mapping_that_is_not_finished_stops_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "half.toml").write_text(BROKEN, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as at_work:
        refusal = at_work.refusal("deals.csv", "GESCHÄFT,lead_id,created_at\nD1,L1,2026-03-04\n")
        named = at_work.refusal("leads.csv", LEADS, mapping="half")
    for said in (refusal, named):
        assert "the mapping half is not finished. half.toml" in said
    assert "a mapping needs at least one [[table]]" in refusal


def test_a_mapping_that_is_not_finished_says_what_it_would_read(tmp_path: Path) -> None:
    (tmp_path / "half.toml").write_text(BROKEN, encoding="utf-8")
    (half,) = unfinished_mappings(tmp_path)
    assert half.would_read(("Deal", "x"))
    assert not half.would_read(("Lead", "x"))
    with pytest.raises(MappingError, match="no such folder"):
        unfinished_mappings(tmp_path / "nowhere")


def test_an_unknown_file_still_gets_its_hint(tmp_path: Path) -> None:
    with loading_in(tmp_path, tmp_path) as at_work, pytest.raises(NoMappingFitsError) as failed:
        at_work.load("a.csv", "opportunity_id,owner\n1,x\n")
    assert "no mapping fits" in str(failed.value)


UNDECIDED = """\
name = "deals"
title = "Deals"
source_system = "ours"
[recognise]
columns = ["deal"]
[columns]
deal = "Deal"
closed = { from = "成交日期", dates = { decide = ["%d/%m/%Y", "%m/%d/%Y"] } }   # 03/04 is two days
[[table]]
into = "opportunity"
opportunity_id = "{deal}"
closed_at = "{closed}"
created_at = { decide = ["{closed}"] }
outcome = { decide = [] }   # nothing says it
"""


def test_a_draft_with_something_to_decide_is_not_loaded_and_says_what(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "deals.toml").write_text(UNDECIDED, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as at_work:
        for mapping in (None, "deals"):
            refusal = at_work.refusal("a.csv", "Deal,成交日期\nD1,03/04/2026\n", mapping=mapping)
            assert (
                'deals.toml line 8: columns.closed.dates is to be decided: write "%d/%m/%Y" or '
                '"%m/%d/%Y". 03/04 is two days.'
            ) in refusal
            assert 'table.created_at is to be decided: write "{closed}".' in refusal
            assert (
                "line 14: table.outcome is to be decided: write what it is. nothing says it."
                in (refusal)
            )
        assert at_work.load("leads.csv", LEADS).remarks[0].kind == "mappings"


def test_what_was_decided_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    text = UNDECIDED.replace('{ decide = ["%d/%m/%Y", "%m/%d/%Y"] }', '"%d/%m/%Y"')
    text = "".join(line for line in text.splitlines(keepends=True) if "decide" not in line)
    (tmp_path / "own" / "deals.toml").write_text(text, encoding="utf-8")
    with loading_in(tmp_path, tmp_path / "own") as at_work:
        at_work.load("a.csv", "Deal,成交日期\nD1,03/04/2026\n")
        ((closed,),) = at_work.rows("opportunity", "closed_at")
    assert (closed.month, closed.day) == (4, 3)
