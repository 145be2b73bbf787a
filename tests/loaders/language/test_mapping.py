"""A mapping says what an export becomes; a mistake in one is named with its line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from data.errors import MappingError
from data.schema.contract import columns
from data.schema.tables import CANONICAL
from data.standardise.text import PLACEHOLDERS
from loaders.language.column import Column, Condition, Kind
from loaders.language.library import read_mapping, read_mappings, unfinished_mappings
from loaders.language.model import (
    BUILT_IN,
    AccountReference,
    Mapping,
    NamedReference,
    PersonReference,
    Previous,
    Reading,
    Signature,
    TableRows,
)
from loaders.language.recognise import recognise
from loaders.language.template import Reference, Template
from loaders.language.values import (
    ACCOUNT_NAMES,
    CAMPAIGN_NAME,
    CONTENT_NAME,
    PERSON_NAMES,
    ROW_KEY,
)
from tests.loaders.loading import loading_in

MAPPING = """\
name = "crm_leads"
title = "Leads of the CRM"
source_system = "crm"

[recognise]
columns = ["lead", "created"]

[read]
dates = ["%d.%m.%Y"]

[columns]
lead = ["Lead ID", "线索编号"]
email = { from = "Email", kind = "email" }
created = "Created"
grade = "Rating"
stage = "Stage"

[values.grade]
"hot" = "A"
otherwise = "missing"

[person]
email = "email"

[[table]]
into = "lead"
lead_id = "{lead}"
created_at = "{created}"
person_id = "{person_id}"
grade = "{grade}"

[[table]]
into = "stage_change"
when = { column = "stage", present = true }
subject_kind = "lead"
subject_id = "{lead}"
stage = "mql"
entered_at = "{created}"
inferred_from = "date_column"
"""


def read(folder: Path, text: str, name: str = "crm_leads.toml") -> Mapping:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_a_text_in_braces_is_a_column_and_all_else_stands_as_written() -> None:
    assert Template.parse("won").alone is None
    assert Template.parse("{won_at|closed_at}").alone == Reference(names=("won_at", "closed_at"))
    assert Template.parse("call:{id}").references == (Reference(names=("id",)),)


@pytest.mark.parametrize(
    ("written", "instead", "line", "said"),
    [
        ('title = "Leads of the CRM"', "", 1, "title is missing"),
        ('name = "crm_leads"', 'name = "CRM"', 1, "name is 'CRM'"),
        ("[read]", "[reed]", 8, "reed is not a known key"),
        ('dates = ["%d.%m.%Y"]', 'time_zone = "Mars"', 9, "must be an IANA time zone"),
        ('dates = ["%d.%m.%Y"]', 'dates = ["dd.mm.yyyy"]', 9, "is not a format such as %d.%m.%Y"),
        ('dates = ["%d.%m.%Y"]', 'dates = ["%d.%Q.%Y"]', 9, "is not a format such as %d.%m.%Y"),
        ('created = "Created"', 'created = { form = "Created" }', 14, "form is not a known key"),
        ('kind = "email"', 'kind = "mail"', 13, "columns.email.kind is 'mail'"),
        ('columns = ["lead", "created"]', 'columns = ["led"]', 6, 'Did you mean "lead"?'),
        ('otherwise = "missing"', 'otherwise = { use = "Z" }', 20, "must be one of A, B, C"),
        ('otherwise = "missing"', 'otherwise = "drop"', 20, "'keep', 'reject'"),
        ('"hot" = "A"', '"hot" = "a"', 19, "must be one of A, B, C"),
        ('into = "lead"', 'into = "leads"', 26, 'Did you mean "lead"?'),
        ('lead_id = "{lead}"', 'lead_id = "{led}"', 27, 'Did you mean "lead"?'),
        ('grade = "{grade}"', 'grades = "{grade}"', 30, 'Did you mean "grade"?'),
        ('grade = "{grade}"', 'owner = "{email}"', 30, "would store a person's email in clear"),
        ('grade = "{grade}"', 'score = "high"', 30, "does not fit a column of type Float64"),
        ('grade = "{grade}"', 'owner = "{Grade}"', 30, "write a column as {name}"),
        ('stage = "mql"', 'stage = "mqll"', 37, 'Did you mean "mql"?'),
        ('entered_at = "{created}"', "", 32, "stage_change needs entered_at"),
        ('column = "stage"', 'column = "stadium"', 34, '"stadium" is not in [columns]'),
        ('email = "email"', 'email = "grade"', 15, 'grade needs kind = "email"'),
        (
            'email = "email"\n',
            'record = "lead"\nsystem = "crm:eu"\n',
            24,
            "person.system is 'crm:eu'",
        ),
        ('source_system = "crm"', 'source_system = "crm:eu"', 3, "source_system is 'crm:eu'"),
        ("[[table]]", "[[table]", 25, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(
    tmp_path: Path, written: str, instead: str, line: int, said: str
) -> None:
    assert written in MAPPING
    with pytest.raises(MappingError) as refused:
        read(tmp_path, MAPPING.replace(written, instead, 1))
    message = str(refused.value)
    assert said in message
    assert "crm_leads.toml" in message
    assert "not valid TOML" in message or f"line {line}:" in message


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        (  # found by the model
            {
                'name = "crm_leads"': 'name = "a; b"',
                'source_system = "crm"': 'source_system = "c;"',
            },
            (
                "crm_leads.toml line 1: name is 'a; b': String should match",
                "crm_leads.toml line 3: source_system is 'c;': String should match",
            ),
        ),
        (  # found by the rules
            {'grade = "{grade}"': 'score = "so; so"', 'stage = "mql"': 'stage = "m; ql"'},
            (
                "crm_leads.toml line 30: score = 'so; so' does not fit a column",
                "crm_leads.toml line 37: stage = 'm; ql' must be one of",
            ),
        ),
    ],
)
def test_each_mistake_is_a_problem_of_its_own(
    tmp_path: Path, changes: dict[str, str], problems: tuple[str, ...]
) -> None:
    text = MAPPING
    for written, instead in changes.items():
        assert written in text
        text = text.replace(written, instead, 1)
    with pytest.raises(MappingError) as refused:
        read(tmp_path, text)
    assert len(refused.value.problems) == len(problems)
    for problem, begins in zip(refused.value.problems, problems, strict=True):
        assert problem.startswith(begins)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('into = "person_alias"\nsource_system = "erp:eu"', "must be a system's name"),
        ('into = "exchange_rate"\ncurrency = "euro"', "must be a currency code"),
    ],
)
def test_a_constant_must_keep_the_rules_of_its_column(
    tmp_path: Path, table: str, said: str
) -> None:
    with pytest.raises(MappingError, match=f"line 43: .*{said}"):
        read(tmp_path, f"{MAPPING}\n[[table]]\n{table}\n")


def test_every_built_in_mapping_is_valid_and_named_like_its_file() -> None:
    mappings = read_mappings()
    assert len(mappings) == len(list(BUILT_IN.glob("*.toml")))
    for name, mapping in mappings.items():
        assert mapping.file.stem == name


def test_every_table_can_be_loaded_in_its_own_column_names() -> None:
    mappings = read_mappings()
    made = {
        "account": {"name_key"},
        "person": {
            "email_key",
            "phone_key",
            "name_key",
            "email_domain",
            "email_state",
            "phone_state",
        },
        "person_alias": {"phone_key", "name_key"},
        "campaign_spend": {"cost_amount"},
        "opportunity": {"amount"},
    }
    for table, contract in CANONICAL.items():
        mapping = mappings[f"generic_{table}"]
        headers = {header for column in mapping.columns.values() for header in column.source}
        wanted = set(columns(contract)) - {"load_id"} - made.get(table, set())
        assert wanted <= headers, table
        assert mapping.main.into == table


def test_no_key_of_a_person_is_taken_from_a_file() -> None:
    for mapping in read_mappings().values():
        headers = {header for column in mapping.columns.values() for header in column.source}
        assert not headers & {"email_key", "phone_key"}, mapping.name


def test_an_own_mapping_wins_over_the_built_in_one_of_its_name(tmp_path: Path) -> None:
    own = MAPPING.replace("crm_leads", "salesforce_leads")
    read(tmp_path, own, "mine.toml")
    mappings = read_mappings(tmp_path)
    assert mappings["salesforce_leads"].title == "Leads of the CRM"
    assert "salesforce_accounts" in mappings


def test_own_mappings_are_found_through_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, MAPPING)
    monkeypatch.setenv("BACKCAST_MAPPINGS", str(tmp_path))
    assert "crm_leads" in read_mappings()


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_in_the_folder_of_mappings_is_passed_over(tmp_path: Path, text: str) -> None:
    """A shell makes `new.toml` empty before `recognise FILE > new.toml` runs."""
    read(tmp_path, MAPPING)
    (tmp_path / "new.toml").write_text(text, encoding="utf-8")
    assert "crm_leads" in read_mappings(tmp_path)
    assert "new" not in read_mappings(tmp_path)
    with pytest.raises(
        MappingError, match=r"new\.toml: a mapping needs at least one \[\[table\]\]"
    ):
        read_mapping(tmp_path / "new.toml")


def test_two_mappings_of_one_name_in_a_folder_are_refused(tmp_path: Path) -> None:
    read(tmp_path, MAPPING)
    read(tmp_path, MAPPING, "other.toml")
    (left_out,) = unfinished_mappings(tmp_path)
    assert left_out.file.name == "other.toml"
    assert "the name crm_leads is taken by crm_leads.toml" in left_out.problems[0]
    assert "crm_leads" in read_mappings(tmp_path)


def test_a_folder_of_mappings_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no such folder"):
        read_mappings(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "header",
    ["Lead ID,Created", "lead_id,CREATED", "ＬｅａｄＩＤ,created", "线索编号,Created,Other"],
)
def test_a_header_is_recognised_however_it_is_spelt(tmp_path: Path, header: str) -> None:
    mappings = {"crm_leads": read(tmp_path, MAPPING)}
    found = recognise(mappings, tuple(header.split(",")), "a.csv")
    assert found is not None
    assert found.mapping is mappings["crm_leads"]


def test_the_mapping_with_the_longer_signature_is_preferred(tmp_path: Path) -> None:
    more = MAPPING.replace('stage = "Stage"', 'stage = "Stage"\nowner = "Owner"\nfair = "Fair"')
    short = read(tmp_path, more)
    long = MAPPING.replace('"lead", "created"]', '"lead", "created", "grade"]')
    long = long.replace("crm_leads", "graded_leads")
    mappings = {"short": short, "long": read(tmp_path, long, "graded_leads.toml")}
    header = ("Lead ID", "Created", "Rating", "Owner", "Fair")
    best = recognise(mappings, header, "a.csv")
    assert best is not None
    assert best.mapping is mappings["long"]
    best = recognise(mappings, ("Lead ID", "Created"), "a.csv")
    assert best is not None
    assert best.mapping is short
    assert recognise(mappings, ("Lead ID",), "a.csv") is None


def test_mappings_that_fit_equally_well_must_be_chosen_from(tmp_path: Path) -> None:
    one = read(tmp_path, MAPPING)
    other = read(tmp_path, MAPPING.replace("crm_leads", "erp_leads"), "erp_leads.toml")
    with pytest.raises(MappingError, match="crm_leads and erp_leads fit equally well"):
        recognise({"one": one, "other": other}, ("Lead ID", "Created"), "a.csv")
    hinted = MAPPING.replace('name = "crm', 'name = "erp').replace(
        "[read]", 'file_name = "erp*.csv"\n[read]'
    )
    other = read(tmp_path, hinted, "erp_leads.toml")
    best = recognise({"one": one, "other": other}, ("Lead ID", "Created"), "ERP 1.csv")
    assert best is not None
    assert best.mapping is other


VALUES = """\
name = "own"
title = "Own"
source_system = "own"
[recognise]
columns = ["id"]
[read]
decimal = ","
thousands = "."
dates = ["%d.%m.%Y %H:%M"]
time_zone = "Asia/Shanghai"
[columns]
id = "id"
amount = { from = "amount", kind = "money" }
currency = { from = "currency", kind = "currency", default = "CNY" }
probability = { from = "probability", kind = "percent" }
created = "created"
stage = { from = "stage", keep_placeholders = true }
product = "product"
outcome = "state"
[values.outcome]
"gewonnen" = "won"
otherwise = { use = "open" }
[[table]]
into = "opportunity"
opportunity_id = "own-{id}"
original_amount = "{amount}"
currency = "{currency}"
probability = "{probability}"
created_at = "{created}"
stage = "{stage}"
product = "{product}"
outcome = "{outcome}"
owner = "nobody"
"""


def test_values_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    read(folder, VALUES, "own.toml")
    with loading_in(tmp_path, folder) as loading:
        loading.load(
            "a.csv",
            "id;amount;currency;probability;created;stage;product;state\n"
            "1;1.234,50;eur;12,5%;05.02.2024 10:00;unknown;n/a;Gewonnen\n"
            "2;€ 7;;80;2024-02-05T10:00:00Z; Offer ;Edge;verloren\n",
        )
        rows = loading.rows(
            "opportunity",
            *("opportunity_id", "original_amount", "currency", "probability", "created_at"),
            *("stage", "product", "outcome", "owner"),
        )
    assert [tuple(str(value) for value in row) for row in rows] == [
        ("own-1", "1234.50", "EUR", "0.125", "2024-02-05 02:00:00", "unknown", "None", "won",
         "nobody"),
        ("own-2", "7.00", "EUR", "0.8", "2024-02-05 10:00:00", "Offer", "Edge", "open", "nobody"),
    ]  # fmt: skip


def interactions(*rows: str) -> str:
    header = "interaction_id,person_id,occurred_at,action,channel,source_system\n"
    return header + "".join(f"{row}\n" for row in rows)


def test_a_placeholder_is_a_missing_value(tmp_path: Path) -> None:
    words = sorted(PLACEHOLDERS)
    rows = (f'{number},,2026-01-01,reply,"{word}",web' for number, word in enumerate(words))
    with loading_in(tmp_path) as loading:
        loading.load("a.csv", interactions(*rows, "x,,2026-01-01,reply,Email,web"))
        assert set(loading.rows("interaction", "channel")) == {(None,), ("Email",)}


def test_a_placeholder_gives_way_to_the_default(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        loading.load("a.csv", interactions("1,,2026-01-01,reply,,n/a", "2,,2026-01-01,reply,,web"))
        assert loading.rows("interaction", "source_system") == [("generic",), ("web",)]


def test_a_placeholder_is_no_key(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        outcome = loading.load(
            "a.csv", interactions("N/A,,2026-01-01,reply,,web", "2,,2026-01-01,reply,,web")
        )
        assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
        assert loading.rows("interaction", "interaction_id") == [("2",)]


@pytest.mark.parametrize(
    "written",
    ["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000Z", "2026-01-05 10:00:00",
     "2026-01-05T18:00:00+08:00", "2026-01-05T18:00:00.000+0800", "2026/1/5 10:00",
     "2026-01-05T10:00:00.000000Z", "2026-01-05 10:00:00 UTC"],
)  # fmt: skip
def test_a_time_is_moved_to_utc_however_its_zone_is_written(tmp_path: Path, written: str) -> None:
    with loading_in(tmp_path) as loading:
        loading.load("a.csv", interactions(f"1,,{written},reply,,web"))
        assert loading.rows("interaction", "occurred_at") == [(datetime(2026, 1, 5, 10),)]


def test_every_key_of_a_mapping_is_documented() -> None:
    guide = (BUILT_IN / "README.md").read_text(encoding="utf-8")
    written = {"source": "from", "one_of": "is", "none_of": "not", "words": "otherwise"}
    unwritten = {"file", "fingerprint", "tables", "written", "listed", "ends"}
    for part in (Mapping, Signature, Reading, Column, Condition, TableRows, Previous,
                 PersonReference, AccountReference, NamedReference):  # fmt: skip
        for name in set(part.model_fields) - unwritten:
            assert f"`{written.get(name, name)}`" in guide or f"[{name}" in guide, name
    for kind in Kind:
        assert f"`{kind}`" in guide
    for name in (*PERSON_NAMES, *ACCOUNT_NAMES, CAMPAIGN_NAME, CONTENT_NAME, ROW_KEY):
        assert f"`{{{name}}}`" in guide


def test_the_documented_example_is_a_valid_mapping(tmp_path: Path) -> None:
    guide = (BUILT_IN / "README.md").read_text(encoding="utf-8")
    example = guide.partition("```toml\n")[2].partition("```")[0]
    assert read(tmp_path, example).main.into == "lead"
