"""`python -m metrics`: any number as a table, CSV or JSON, or a clear refusal and no number."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.__main__ import main
from metrics.catalogue import catalogue
from metrics.funnel.conversion import StageConversion
from metrics.funnel.trend import StageTrend
from metrics.headline import Headline
from metrics.loaded.missing import NOTHING_ASKED_FOR
from metrics.loaded.needs import needs_of
from tests.metrics.facts import TERMS, Facts, account, change, fill, given, lead, spend, touch
from tests.metrics.scopes import (
    LISTS_OF_SALES,
    OF_CONTACTS,
    OF_CONTENT,
    OF_DISPATCH,
    OF_EVENTS,
    OF_PERIODS,
    OF_QUALITY,
    OF_RECYCLES,
    OF_RESPONSES,
)
from tests.metrics.twelve_leads import HISTORY, TWELVE, at

ROOT = Path(__file__).parents[2]
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")
CONTRACTS = {"headline": Headline, "stage_conversion": StageConversion, "stage_trend": StageTrend}
METRICS = catalogue()
SCOPED = [name for name, metric in METRICS.items() if metric.is_scoped]
OF_ALL_DATA = [name for name, metric in METRICS.items() if not metric.is_scoped]
SLICED = [name for name, metric in METRICS.items() if metric.sliced]

NOTHING = NOTHING_ASKED_FOR + "\n"


LEFT_OUT = "Of all that is loaded, "


def is_explained(name: str, rows: int, said: str) -> bool:
    """An answer says what to load where that is missing, else at least why it has no row."""
    needs = {f"{each.missing}\n" for each in needs_of(name, METRICS[name].family)}
    may = {""} if rows or not METRICS[name].is_scoped else {NOTHING}
    return said in needs | may


def publish(folder: Path, facts: Facts) -> Path:
    with Store(folder).writing() as path, Draft.open(path) as draft:
        fill(draft, facts, TERMS)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("cli") / "store", TWELVE.plus(HISTORY))


@pytest.fixture(autouse=True)
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(folder))
    monkeypatch.setenv("COLUMNS", "80")


class Said:
    """What a run printed and its exit status; `left_out` is what it says is counted nowhere."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        capsys.readouterr()
        self.status: object
        try:
            self.status = main(arguments)
        except SystemExit as stopped:  # argparse leaves by itself
            self.status = stopped.code
        self.out, err = capsys.readouterr()
        lines = err.splitlines(keepends=True)
        self.left_out = "".join(line for line in lines if line.startswith(LEFT_OUT))
        self.err = "".join(line for line in lines if not line.startswith(LEFT_OUT))

    def rows(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.out)
        return found


@pytest.fixture(scope="module")
def listed() -> list[str]:
    """The lines of the list of metrics, on a wide screen."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as out:
        patch.setenv("COLUMNS", "400")
        assert main([]) == 0
    return out.getvalue().splitlines()


@pytest.mark.parametrize("name", METRICS)
def test_the_list_has_every_metric_with_its_question_and_options(
    listed: list[str], name: str
) -> None:
    metric = METRICS[name]
    (line,) = (each for each in listed if name in each.split())
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == [name, metric.question, metric.options]


def test_the_list_needs_no_store(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "none"))
    assert Said(capsys).status == 0


@pytest.mark.parametrize("name", SCOPED)
def test_json_is_a_list_of_rows_with_the_contracts_columns(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said = Said(capsys, name, *JANUARY, "--format", "json")
    rows = said.rows()
    assert said.status == 0
    assert is_explained(name, len(rows), said.err)
    without = OF_CONTENT | OF_EVENTS | OF_CONTACTS | OF_DISPATCH | OF_QUALITY | LISTS_OF_SALES
    without |= OF_RESPONSES | OF_RECYCLES | OF_PERIODS
    assert rows or name in without
    contract = CONTRACTS.get(name, METRICS[name].contract)
    # Of a table by up to three dimensions, these stand first, called as they are.
    first = ["channel"] if name == "segment_table" else []
    for row in rows:
        assert list(row) == [*first, *contract.to_schema().columns]


@pytest.mark.parametrize("name", SLICED)
def test_a_slice_has_its_dimension_before_the_contracts_columns(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said = Said(capsys, name, *JANUARY, "--by", "region", "--format", "json")
    assert (said.status, said.err) == (0, "")
    columns = ["region", *METRICS[name].contract.to_schema().columns]
    assert said.rows()
    assert all(list(row) == columns for row in said.rows())


@pytest.mark.parametrize("name", OF_ALL_DATA)
def test_a_metric_of_all_data_has_its_contracts_columns(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said = Said(capsys, name, "--format", "json")
    assert (said.status, said.err) == (0, "")
    columns = list(METRICS[name].contract.to_schema().columns)
    assert all(list(row) == columns for row in said.rows())
    header, *_ = Said(capsys, name, "--format", "csv").out.splitlines()
    assert header.split(",") == columns


@pytest.mark.parametrize("name", METRICS)
def test_a_table_has_a_row_for_each_row(capsys: pytest.CaptureFixture[str], name: str) -> None:
    rows = Said(capsys, name, "--format", "json").rows()
    said = Said(capsys, name)
    assert said.status == 0
    assert is_explained(name, len(rows), said.err)
    body = said.out.partition("┡")[2]
    assert len([line for line in body.splitlines() if line.startswith("│")]) == len(rows)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--from", "2026-01-01", "--where", "region=North"), "--from, --where"),
        (("--by", "channel"), "--by"),
        (("--basis", "flow", "--window", "30"), "--basis, --window"),
    ],
)
def test_options_that_would_change_nothing_are_refused(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], named: str
) -> None:
    said = Said(capsys, "orphans", *options)
    assert (said.status, said.out) == (1, "")
    assert f"orphans is about all that is loaded: leave out {named}" in said.err


def test_follow_up_is_asked_by_team(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "follow_up_states", *JANUARY, "--by", "team", "--format", "json")
    assert (said.status, {row["segment"] for row in said.rows()}) == (0, {"Unassigned"})
    said = Said(capsys, "stage_conversion", "--by", "team")
    assert said.status == 2
    assert "'team' is not one of channel, campaign" in said.err


def test_returns_are_asked_by_segment_and_model(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("channel_returns", "--to", "2026-03-31", "--format", "json")
    by_campaign = {row["segment"]: row for row in Said(capsys, *asked, "--by", "campaign").rows()}
    assert by_campaign["Newsletter"]["spend_amount"] == 240
    # O3: sales had called first, an e-mail came last.
    last = {row["segment"]: row for row in Said(capsys, *asked, "--model", "last").rows()}
    assert (last["Email"]["revenue_amount"], last["Webinar"]["revenue_amount"]) == (770, 10000)
    for options, message in (
        (("channel_returns", "--by", "owner"), "spend is not recorded by owner"),
        (("channel_returns", "--model", "lats"), "there is no model 'lats'"),
        (("headline", "--model", "last"), "headline has no model of credit: leave out --model"),
    ):
        said = Said(capsys, *options)
        assert (said.status, said.out) == (1, "")
        assert message in said.err


def test_numbers_are_those_counted_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "stage_conversion", *JANUARY, "--format", "json")
    # Seen until 5 April, the last day of anything, L12 has reached SQL as well.
    assert [row["reached"] for row in said.rows()] == [11, 9, 9, 4, 3]
    assert said.rows()[1]["rate_previous"] == pytest.approx(9 / 11)
    (found,) = Said(capsys, "headline", *JANUARY, "--format", "json").rows()
    assert (found["won_amount"], found["spend_amount"]) == (770.0, 1000.0)
    (trend, *_) = Said(capsys, "stage_trend", *JANUARY, "--format", "json").rows()
    assert trend["month_on"] == "2026-01-01"


def test_a_segments_name_is_no_formula_in_the_csv(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("=1+1", "+1+1", "-1+1", "@1+1", "＝1+2")
    named = Facts(lead=tuple(lead(f"L{each}", at(1, 5), channel=each) for each in names))
    monkeypatch.setenv("BACKCAST_STORE", str(publish(tmp_path / "named", named)))
    asked = ("stage_conversion", *JANUARY, "--by", "channel", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(Said(capsys, *asked).out)))
    assert {row["channel"] for row in rows} == {f"'{each}" for each in names}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose every name a spreadsheet would calculate."""
    formula = "=1+1"
    facts = Facts(
        account=(account("=A1", formula, region=formula, industry=formula),),
        person=(
            {
                "person_id": "=p1",
                "account_id": "=A1",
                "consent": "withdrawn",
                "consent_at": at(1, 2),
            },
            {"person_id": "@p2", "account_id": "=A1"},
        ),
        person_alias=(
            {
                "source_system": "crm",
                "source_record_id": "+1",
                "person_id": "=p1",
                "matched_by": "email",
                "confidence": 1.0,
            },
        ),
        campaign_spend=(spend("=C9", at(1, 3).date(), "5"),),
        interaction=(
            touch("-I1", at(1, 4), "=p1", action="email_sent", channel=formula),
            touch(
                "-I2",
                at(1, 5),
                "=p1",
                channel=None,
                campaign_id="@C",
                utm_source=formula,
                utm_term=formula,
            ),
        ),
        lead=(
            lead("=L1", at(1, 5), account_id="=A1", person_id="=p1", channel=formula, owner="@me"),
        ),
        stage_change=(change("lead", "=L1", "mql", at(1, 6), reason=formula, actor=formula),),
        assignment=(given("=L1", at(1, 6), formula, owner="@me", reason=formula),),
        action=(
            {
                "action_id": "=T1",
                "subject_kind": "lead",
                "subject_id": "=L1",
                "kind": formula,
                "due_on": at(1, 7).date(),
                "owner": "@me",
                "reason": formula,
            },
        ),
    )
    return publish(tmp_path_factory.mktemp("hostile") / "store", facts)


@pytest.mark.parametrize("name", METRICS)
def test_no_cell_of_a_csv_is_a_formula(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, hostile: Path, name: str
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(hostile))
    by = ("--by", "channel") if name in SLICED else ()
    said = Said(capsys, name, *by, "--format", "csv")
    header, *rows = csv.reader(io.StringIO(said.out))
    assert said.status == 0
    assert is_explained(name, len(rows), said.err)
    cells = [cell for row in (header, *rows) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert not [cell for cell in cells if cell.startswith("-") and not is_number(cell)]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_every_way_of_asking(capsys: pytest.CaptureFixture[str]) -> None:
    def reached(*options: str) -> list[object]:
        said = Said(capsys, "stage_conversion", *JANUARY, *options, "--format", "json")
        assert said.status == 0, said.err
        return [row["reached"] for row in said.rows()]

    assert reached("--basis", "flow") == [11, 9, 7, 2, 1]
    assert reached("--unit", "account") == [7, 6, 6, 3, 2]
    assert reached("--counting", "strict") == [11, 7, 6, 2, 1]  # L12 as well
    assert reached("--window", "30") == [11, 8, 7, 4, 1]
    assert reached("--where", "channel=Email") == [5, 4, 4, 2, 2]
    # The same dimension again adds a value, another one narrows.
    assert reached("--where", "channel=Email", "--where", "channel=Webinar") == [10, 8, 8, 4, 3]
    assert reached("--where", "channel=Email", "--where", "owner=王芳")[0] == 1
    assert reached("--where", "channel=EMAIL ") == [5, 4, 4, 2, 2]


def test_the_sliced_dimension_is_its_own_column(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("stage_conversion", "--by", "channel", *JANUARY)
    said = Said(capsys, *options, "--format", "json")
    rows = said.rows()
    columns = ["channel", *StageConversion.to_schema().columns]
    assert all(list(row) == columns for row in rows)
    assert {row["channel"] for row in rows} == {"Email", "Webinar", "Unassigned", "展会"}
    comma = list(csv.DictReader(io.StringIO(Said(capsys, *options, "--format", "csv").out)))
    assert [(row["channel"], row["stage"], int(row["reached"])) for row in comma] == [
        (row["channel"], row["stage"], row["reached"]) for row in rows
    ]


def test_segments_in_order_are_one_text_in_a_cell_and_a_list_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ("conversion_paths", *JANUARY, "--format")
    (row,) = csv.DictReader(io.StringIO(Said(capsys, *asked, "csv").out))
    assert row["path"] == "Outbound Sales > Email"
    assert "Outbound Sales > Email" in Said(capsys, *asked, "table").out
    assert Said(capsys, *asked, "json").rows()[0]["path"] == ["Outbound Sales", "Email"]


def test_csv_keeps_cents_and_leaves_the_unknown_empty(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "headline", *JANUARY, "--where", "owner=Ana", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert row["won_amount"] == "770.00"
    assert row["spend_amount"] == ""


def test_a_table_shows_whole_numbers_and_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Names are text, also those that look like the terminal's markup.
    named = ("[red]Radio[/red]", "[/x]", "展会", "A very long name of a channel " * 3)
    facts = Facts(
        lead=tuple(lead(f"L{n}", at(1, 2), channel=name.strip()) for n, name in enumerate(named))
    )
    monkeypatch.setenv("BACKCAST_STORE", str(publish(tmp_path / "store", facts)))
    said = Said(capsys, "stage_conversion", "--by", "channel")
    assert said.status == 0
    for name in named:
        assert name.strip() in said.out
    assert "1.0000" in said.out
    assert "…" not in said.out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("stage_trend", "--by", "channel"), 1, "stage_trend cannot be sliced"),
        (("headline", "--by", "channel"), 1, "headline cannot be sliced"),
        (
            ("conversion",),
            1,
            "no metric 'conversion'; there are headline, account_roll_up, ",
        ),
        (("[/bold]",), 1, "no metric '[/bold]'"),
        (("headline", "--from", "31.01.2026"), 2, "'31.01.2026' is not a date like 2026-03-31"),
        (("headline", "--from", "2026-02-30"), 2, "'2026-02-30' is not a date"),
        (("headline", "--where", "channel"), 2, "not of the form DIMENSION=VALUE"),
        (("headline", "--where", "chanel=Email"), 2, "'chanel' is not one of channel, campaign"),
        (("headline", "--where", "channel=a=b"), 1, 'no channel is "a=b" in the data'),
        (("headline", "--where", "channel=Webinr"), 1, 'Did you mean "Webinar"?'),
        (("stage_conversion", "--by", "chanel"), 2, "'chanel' is not one of channel, campaign"),
        (("headline", "--basis", "cohorts"), 2, "'cohorts' is not one of cohort, flow"),
        (("headline", "--format", "xml"), 2, "xml"),
        (("headline", "--window", "soon"), 2, "soon"),
        (("headline", "--window", "0"), 1, "window of 0 days is too short"),
        (("headline", "--from", "2026-02-01", "--to", "2026-01-01"), 1, "ends on 2026-01-01"),
        (("headline", "--unknown"), 2, "--unknown"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_question_that_cannot_be_answered(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, message: str
) -> None:
    said = Said(capsys, *arguments, "--format", "json") if status == 1 else Said(capsys, *arguments)
    assert said.status == status
    assert said.out == ""
    assert message in said.err.replace("\n", "")
    assert "Traceback" not in said.err


def test_an_empty_store_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in (tmp_path / "none", publish(tmp_path / "blank", Facts())):
        monkeypatch.setenv("BACKCAST_STORE", str(folder))
        for name in SCOPED:
            said = Said(capsys, name, "--format", "csv")
            assert (said.status, said.out) == (1, "")
            assert "load" in said.err


def test_a_missing_rate_takes_out_its_own_number_and_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unrated = publish(tmp_path / "store", replace(TWELVE, exchange_rate=()))
    monkeypatch.setenv("BACKCAST_STORE", str(unrated))
    said = Said(capsys, "headline")
    assert said.status == 0
    assert "1 won deal without an exchange rate is in no revenue" in said.left_out
    # The company's terms know an action more than those in force.
    assert "1 interaction has an action that the definitions do not name" in said.left_out
    assert not Said(capsys, "headline", "--sql").left_out
    assert not Said(capsys, "orphans").left_out


def test_the_sql_is_printed_instead_of_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "stage_conversion", *JANUARY, "--where", "channel=Webinar", "--sql")
    assert (said.status, said.err) == (0, "")
    comments = [line for line in said.out.splitlines() if line.startswith("-- ") and ":" in line]
    assert comments[0].startswith("-- horizon: "), "the last day observed is bound below"
    assert comments[1].startswith("-- filter_on: "), "so is the value as the data shows it"
    assert comments[2] == f"-- stage_conversion: {METRICS['stage_conversion'].question}"
    assert "\nscoped AS (\n" in said.out
    assert "= 'Webinar'\n" in said.out
    assert "'2026-01-31'" in said.out
    assert "┃" not in said.out
    assert "--record" in Said(capsys, "forecast", "--record", "--sql").err


def test_it_runs_from_a_shell(folder: Path) -> None:
    shell = {**os.environ, "BACKCAST_STORE": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "metrics", "stage_conversion", "--format", "json"]
    run = subprocess.run(
        command, cwd=ROOT, env=shell, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    # Without a period: everything from 20 December to 5 April.
    assert [row["reached"] for row in json.loads(run.stdout)] == [12, 10, 10, 4, 3]
