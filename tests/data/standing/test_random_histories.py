"""Random histories, exported by parts in any order, against a plain account of the newest truth.

Leads are created, change, lose a value, are merged, deleted and come back; deals are won, lost and
opened again. Exports of several kinds tell of them, some of few columns, some of a few records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from data.standing.now import keep_what_stands
from tests.loaders.loading import Loading, loading_in

LEADS = """\
name = "{name}"
title = "Leads of {name}"
source_system = "crm"
[recognise]
columns = ["lead", "of_{name}"]
[columns]
lead = "Lead"
of_{name} = "{name}"
owner = "Owner"
product = "Product"
created = "Created"
mql = "MQL on"
gone = "Gone"
into = "Into"
[[ended]]
column = "gone"
is = "yes"
merged_into = "into"
[[table]]
into = "lead"
lead_id = "{{lead}}"
created_at = "{{created}}"
owner = "{{owner}}"
product = "{{product}}"
[[table]]
into = "stage_change"
subject_kind = "lead"
subject_id = "{{lead}}"
stage = "mql"
entered_at = "{{mql}}"
inferred_from = "date_column"
"""

DEALS = """\
name = "deals"
title = "Deals"
source_system = "crm"
[recognise]
columns = ["deal", "outcome"]
[columns]
deal = "Deal"
outcome = "Outcome"
closed = "Closed"
[[table]]
into = "opportunity"
opportunity_id = "{deal}"
outcome = "{outcome}"
closed_at = "{closed}"
[[table]]
into = "stage_change"
when = { column = "outcome", is = "won" }
subject_kind = "opportunity"
subject_id = "{deal}"
stage = "won"
entered_at = "{closed}"
inferred_from = "date_column"
"""

KINDS = ("alpha", "beta")
COLUMNS = ("Owner", "Product", "Created", "MQL on")
NAMES = [f"L{number}" for number in range(5)]
START = datetime(2026, 1, 1)


@dataclass
class Export:
    """A file: the kind of export, its place in time, the columns it has, and its rows."""

    kind: str
    place: int
    columns: tuple[str, ...]
    rows: dict[str, dict[str, str]]
    load_id: str = ""

    @property
    def text(self) -> str:
        first = "Deal" if self.kind == "deals" else "Lead"
        marks = () if self.kind == "deals" else (self.kind, "Gone", "Into")
        names = (*self.columns, *marks)
        lines = [",".join((first, *names))]
        lines += [
            ",".join((key, *(row.get(name, "") for name in names)))
            for key, row in self.rows.items()
        ]
        return "\n".join(lines) + "\n"


def exports(random: Random) -> list[Export]:
    made = []
    for place in range(random.randint(4, 7)):
        if random.random() < 0.3:
            rows = {f"D{number}": _deal(random) for number in range(2) if random.random() < 0.8}
            made.append(
                Export("deals", place, ("Outcome", "Closed"), rows or {"D0": _deal(random)})
            )
            continue
        columns = tuple(name for name in COLUMNS if random.random() < 0.8)
        told = random.sample(NAMES, random.randint(1, len(NAMES)))
        rows = {name: _lead(random, name, columns) for name in told}
        made.append(Export(random.choice(KINDS), place, columns, rows))
    return made


def _deal(random: Random) -> dict[str, str]:
    outcome = random.choice(("won", "open", "lost"))
    closed = _day(random) if outcome != "open" else ""
    return {"Outcome": outcome, "Closed": closed}


def _day(random: Random) -> str:
    return f"2026-02-{random.randint(1, 28):02}"


def _lead(random: Random, name: str, columns: tuple[str, ...]) -> dict[str, str]:
    if random.random() < 0.25:
        into = random.choice([*NAMES, "L9"]) if random.random() < 0.6 else ""
        return {"Gone": "yes", "Into": into}
    made = {"Owner": random.choice(("Ann", "Bob")), "Product": random.choice(("Pump", "Valve"))}
    made |= {"Created": _day(random), "MQL on": _day(random)}
    return {key: value for key, value in made.items() if key in columns and random.random() < 0.7}


@dataclass
class Truth:
    """What stands, by the rules told in words and nothing else."""

    leads: set[tuple[object, ...]] = field(default_factory=set)
    entries: set[tuple[object, ...]] = field(default_factory=set)
    deals: set[tuple[object, ...]] = field(default_factory=set)


def truth(files: list[Export]) -> Truth:
    files = sorted(files, key=lambda each: each.place)
    merged = {name: _merged(files, name) for name in NAMES}
    known = {name: values for name, values in merged.items() if values is not None}
    survivors = _survivors(files, set(known))
    found = Truth()
    oldest = dict.fromkeys(known)
    for name, values in known.items():
        owner = survivors.get(name, name)
        if owner is not None and values["Created"]:
            oldest[owner] = min(filter(None, (oldest[owner], values["Created"])))
    for name, values in known.items():
        if name not in survivors:
            found.leads.add((name, values["Owner"], values["Product"], oldest[name]))
        owner = survivors.get(name, name)
        if owner is not None:
            found.entries |= {("lead", owner, "mql", day) for day in _dates(files, name)}
    for deal in ("D0", "D1"):
        told = [each.rows[deal] for each in files if each.kind == "deals" and deal in each.rows]
        if told:
            closed = told[-1]["Closed"] or None
            found.deals.add((deal, told[-1]["Outcome"], closed))
            if told[-1]["Outcome"] == "won":
                found.entries.add(("opportunity", deal, "won", closed))
    return found


def _merged(files: list[Export], name: str) -> dict[str, str | None] | None:
    """The lead as its exports tell it; None where none has it alive."""
    living = [each for each in files if name in each.rows and "Gone" not in each.rows[name]]
    living = [each for each in living if each.kind != "deals"]
    if not living:
        return None
    values: dict[str, str | None] = {}
    for column in COLUMNS:
        by_kind = [
            [each for each in living if each.kind == kind and column in each.columns][-1:]
            for kind in KINDS
        ]
        told = sorted((each for newest in by_kind for each in newest), key=lambda each: each.place)
        found = [each.rows[name][column] for each in told if column in each.rows[name]]
        values[column] = found[-1] if found else None
    return values


def _dates(files: list[Export], name: str) -> set[str]:
    """The day of the newest export that still tells one."""
    value = (_merged(files, name) or {}).get("MQL on")
    return {value} if value else set()


def _survivors(files: list[Export], known: set[str]) -> dict[str, str | None]:
    """Of each lead that has ended, to whom what it had belongs."""
    into: dict[str, str | None] = {}
    for name in [*NAMES, "L9"]:
        told = [each for each in files if name in each.rows]
        lived = [each.place for each in told if "Gone" not in each.rows[name]]
        ends = [each for each in told if "Gone" in each.rows[name]]
        ends = [each for each in ends if each.place > max(lived, default=-1)]
        if ends:
            merges = [each.rows[name]["Into"] for each in ends if each.rows[name]["Into"]]
            every = [
                each.rows[name]["Into"]
                for each in told
                if "Gone" in each.rows[name] and each.rows[name]["Into"]
            ]
            into[name] = every[-1] if merges else None
    return {name: survivor for name in into if (survivor := _survivor(name, into, known)) != name}


def _survivor(name: str, into: dict[str, str | None], known: set[str]) -> str | None:
    """The lead itself where its end does not apply."""
    chain = [name]
    while (last := into.get(chain[-1])) is not None:
        if last in chain:
            return name
        chain.append(last)
    if chain[-1] in into:
        return None
    return next((each for each in reversed(chain) if each in known), name)


def standing(loading: Loading) -> Truth:
    keep_what_stands(loading.draft)

    def day(moment: datetime | None) -> str | None:
        return str(moment.date()) if moment else None

    leads = loading.rows("lead", "lead_id", "owner", "product", "created_at")
    entries = loading.rows("stage_change", "subject_kind", "subject_id", "stage", "entered_at")
    deals = loading.rows("opportunity", "opportunity_id", "outcome", "closed_at")
    return Truth(
        {(*row[:-1], day(row[-1])) for row in leads},
        {(*row[:-1], day(row[-1])) for row in entries},
        {(*row[:-1], day(row[-1])) for row in deals},
    )


def load(loading: Loading, export: Export) -> None:
    as_of = START + timedelta(days=export.place)
    name = f"{export.kind} {export.place}.csv"
    outcome = loading.load(name, export.text, mapping=export.kind, as_of=as_of)
    assert outcome.load_id is not None
    export.load_id = outcome.load_id


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    folder = tmp_path_factory.mktemp("histories")
    mappings = folder / "mappings"
    mappings.mkdir()
    for name in KINDS:
        (mappings / f"{name}.toml").write_text(LEADS.format(name=name), encoding="utf-8")
    (mappings / "deals.toml").write_text(DEALS, encoding="utf-8")
    with loading_in(folder, mappings) as loading:
        yield loading


@pytest.mark.parametrize("seed", range(12))
def test_the_warehouse_is_the_newest_truth_in_any_order_and_after_any_undo(
    loading: Loading, seed: int
) -> None:
    random = Random(seed)
    made = exports(random)
    arriving = random.sample(made, len(made))
    for number, export in enumerate(arriving):
        load(loading, export)
        if random.random() < 0.3:
            assert standing(loading) == truth(arriving[: number + 1])
    assert standing(loading) == truth(made)
    while made:
        gone = made.pop(random.randrange(len(made)))
        loading.undo(gone.load_id)
        if random.random() < 0.5 or not made:
            assert standing(loading) == truth(made)
