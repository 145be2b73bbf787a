"""Canonical rows for tests: short ways to write them, and a warehouse made of them."""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import polars as pl

from data.definitions import Definitions
from data.derive.rebuild import ROWS_COME_FROM, derive, derived_tables, prepare, rebuild
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.schema.contract import columns
from data.schema.tables import BOOKKEEPING, CANONICAL, DERIVED, SET_ASIDE, TABLES
from data.sql import Query
from tests.drafts import new_draft

TERMS = Definitions.model_validate(
    {
        "base_currency": "USD",
        "time_zone": "UTC",
        "rate_valid_days": 31,
        "windows": {"mql": 60, "sql": 60, "opportunity": 90, "won": 180},
        "touch": {
            "actions": ["form_submit", "webinar_attend", "ad_click", "call_connected"],
            "high_value": ["form_submit", "webinar_attend"],
            "outbound": ["email_sent"],
            "sales_channels": ["Outbound Sales"],
        },
        "content": {
            "read": ["ad_click"],
            "downloaded": ["form_submit"],
            "exposure_bands": [10, 100],
            "dormant_days": 90,
        },
        "effective": [
            {"grade": ["A", "B"]},
            {"since": date(2026, 2, 1), "tier": ["high value"], "persona": ["采购", "Buyer"]},
        ],
        "follow_up": {
            "deadline_days": 3,
            "responses": ["call_connected"],
            "calendar": [
                {"name": "中国", "of": ["CN", "华东"], "time_zone": "Asia/Shanghai"},
                {
                    "name": "Germany",
                    "of": ["de", "EMEA"],
                    "time_zone": "Europe/Berlin",
                    "week": ["mon", "tue", "wed", "thu"],
                    "opens": "08:30",
                    "closes": "16:45",
                    "holidays": "DE-BY",
                },
            ],
            "reason": [
                {
                    "name": "Budget",
                    "spellings": ["预算", "no budget"],
                    "kind": "budget",
                    "next_action": "Call again",
                    "after_days": 30,
                },
                {"name": "Too small", "kind": "fit"},
            ],
        },
        "channel": [
            {"name": "Paid Search", "source": ["Google", "baidu"], "medium": ["CPC"]},
            {"name": "Email", "medium": ["email"]},
        ],
        "persona": [{"name": "Expert", "seniority": ["director"], "department": ["it"]}],
        "segment": [
            {"name": "华东 webinars", "region": ["华东"], "channel": ["WEBINAR"]},
            {"name": "EMEA", "region": ["emea"]},
        ],
        "tag": [
            {"name": "VIP", "grade": ["A"]},
            {"name": "海外", "region": ["EMEA", "North America"]},
        ],
    }
)
"""The business's terms in tests, whatever the built-in ones are."""


def terms(time_zone: str) -> Definitions:
    """The same terms in another reporting time zone."""
    return Definitions.model_validate(TERMS.model_dump() | {"time_zone": time_zone})


Row: TypeAlias = dict[str, Any]
"""One row of a table; columns that are left out are null."""


@dataclass(frozen=True)
class Facts:
    """Rows of the canonical tables, and the day the newest export was made."""

    account: tuple[Row, ...] = ()
    person: tuple[Row, ...] = ()
    person_alias: tuple[Row, ...] = ()
    campaign: tuple[Row, ...] = ()
    campaign_spend: tuple[Row, ...] = ()
    content: tuple[Row, ...] = ()
    interaction: tuple[Row, ...] = ()
    lead: tuple[Row, ...] = ()
    stage_change: tuple[Row, ...] = ()
    opportunity: tuple[Row, ...] = ()
    opportunity_lead: tuple[Row, ...] = ()
    opportunity_change: tuple[Row, ...] = ()
    exchange_rate: tuple[Row, ...] = ()
    experiment: tuple[Row, ...] = ()
    experiment_arm: tuple[Row, ...] = ()
    assignment: tuple[Row, ...] = ()
    action: tuple[Row, ...] = ()
    path: tuple[Row, ...] = ()
    path_touch: tuple[Row, ...] = ()
    consent_event: tuple[Row, ...] = ()
    tag: tuple[Row, ...] = ()
    target_account: tuple[Row, ...] = ()
    account_order: tuple[Row, ...] = ()
    as_of: datetime = field(default=datetime(2026, 12, 31, 12))

    def table(self, name: str) -> tuple[Row, ...]:
        rows: tuple[Row, ...] = getattr(self, name)
        return rows

    def plus(self, other: Facts) -> Facts:
        """The rows of both."""
        both: dict[str, Any] = {name: self.table(name) + other.table(name) for name in TABLE_NAMES}
        return replace(self, **both)

    def shuffled(self, seed: int) -> Facts:
        """The same rows in another order."""
        random = Random(seed)
        mixed: dict[str, Any] = {}
        for name in TABLE_NAMES:
            rows = list(self.table(name))
            random.shuffle(rows)
            mixed[name] = tuple(rows)
        return replace(self, **mixed)


TABLE_NAMES = tuple(each.name for each in fields(Facts) if each.name in CANONICAL)


def lead(lead_id: str, created_at: datetime | None, **more: object) -> Row:
    return {"lead_id": lead_id, "created_at": created_at, **more}


def change(kind: str, subject_id: str, stage: str, entered_at: datetime, **more: object) -> Row:
    """An entry of a lead or opportunity into a stage."""
    known = {"subject_kind": kind, "subject_id": subject_id, "stage": stage}
    return {**known, "entered_at": entered_at, "inferred_from": "history", **more}


def opportunity(opportunity_id: str, created_at: datetime | None, **more: object) -> Row:
    """A deal; `original_amount` and `currency` are what an export says."""
    return {"opportunity_id": opportunity_id, "created_at": created_at, **more}


def deal_change(opportunity_id: str, changed_at: datetime, field: str, **values: object) -> Row:
    """A change of a deal's field, from `old` to `new`."""
    known = {"opportunity_id": opportunity_id, "changed_at": changed_at, "field": field}
    return {**known, **values}


def takes_part(opportunity_id: str, lead_id: str, role: str | None = None) -> Row:
    return {"opportunity_id": opportunity_id, "lead_id": lead_id, "role": role}


def account(account_id: str, name: str | None = None, **more: object) -> Row:
    key = name.casefold() if name else None
    return {"account_id": account_id, "name": name, "name_key": key, **more}


def spend(campaign_id: str, spend_on: date, amount: str, currency: str = "USD") -> Row:
    cost = Decimal(amount)
    known = {"campaign_id": campaign_id, "spend_on": spend_on, "currency": currency}
    return {**known, "original_cost_amount": cost}


def rate(currency: str, rate_on: date, value: str) -> Row:
    return {"currency": currency, "rate_on": rate_on, "rate": Decimal(value)}


def given(lead_id: str, assigned_at: datetime, route: str, **more: object) -> Row:
    """A lead given to somebody by a route."""
    return {"lead_id": lead_id, "assigned_at": assigned_at, "route": route, **more}


def next_action(
    action_id: str, subject_id: str, kind: str, due_on: date | None, **more: object
) -> Row:
    """A next action on a lead, unless `subject_kind` says otherwise."""
    known = {"action_id": action_id, "subject_kind": "lead", "subject_id": subject_id}
    return {**known, "kind": kind, "due_on": due_on, **more}


def consent(
    person_id: str, changed_at: datetime, state: str, channel: str = "all", purpose: str = "all"
) -> Row:
    """Consent that a person gave or withdrew, to every channel and purpose unless named."""
    known = {"person_id": person_id, "changed_at": changed_at, "state": state}
    return {**known, "channel": channel, "purpose": purpose}


def tagged(kind: str, subject_id: str, tag: str, **more: object) -> Row:
    """A tag on a person, account or lead."""
    return {"subject_kind": kind, "subject_id": subject_id, "tag": tag, **more}


def target(list_name: str, account_id: str, tier: str | None = None) -> Row:
    """An account on a list of targets."""
    return {"list_name": list_name, "account_id": account_id, "tier": tier}


def order(order_id: str, account_id: str, ordered_on: date, **more: object) -> Row:
    """An order; `original_amount` and `currency` are what an export says."""
    known = {"order_id": order_id, "account_id": account_id, "ordered_on": ordered_on}
    return {**known, **more}


def touch(interaction_id: str, occurred_at: datetime, person_id: str | None, **more: object) -> Row:
    known = {"interaction_id": interaction_id, "occurred_at": occurred_at, "person_id": person_id}
    return {**known, "action": "form_submit", "channel": "Webinar", **more}


def path(path_id: str, conversions: str, value: str | None = None, nulls: str = "0") -> Row:
    """A path that the system `web` reports, with its weights."""
    known = {"source_system": "web", "path_id": path_id, "conversions": Decimal(conversions)}
    return {
        **known,
        "value_amount": None if value is None else Decimal(value),
        "nulls": Decimal(nulls),
    }


def path_touches(path_id: str, *channels: str) -> tuple[Row, ...]:
    """The touches of such a path, in order."""
    return tuple(
        {"source_system": "web", "path_id": path_id, "position": place, "channel": channel}
        for place, channel in enumerate(channels, start=1)
    )


def frame(table: str, rows: tuple[Row, ...]) -> pl.DataFrame:
    """The rows as a frame with exactly the columns of the table's contract."""
    types = columns(TABLES[table])
    if unknown := {name for row in rows for name in row} - set(types):
        raise ValueError(f"{table} has no column {sorted(unknown)}")
    filled = [{name: row.get(name) for name in types} | {"load_id": "load-1"} for row in rows]
    return pl.DataFrame(filled, schema=types if "load_id" in types else None, orient="row")


_DATED = ("lead", "opportunity", "campaign_spend", "interaction", "path")
"""Tables whose rows come with a load of their own."""


def fill(draft: Draft, facts: Facts, definitions: Definitions) -> None:
    """Replace everything in the draft by the rows, and derive."""
    _replace(draft, facts)
    rebuild(draft, definitions)


def _replace(draft: Draft, facts: Facts) -> None:
    """Replace everything in the draft by the rows."""
    # Of a table that never had a row the engine knows it, and a deletion would be planned in vain.
    known = "SELECT table_name FROM duckdb_tables() WHERE estimated_size > 0"
    filled = set(draft.query(known)["table_name"])
    aside = (f"{name}_aside" for name in SET_ASIDE)
    for name in (*CANONICAL, *aside, *BOOKKEEPING, *DERIVED):
        if name in filled:
            draft.execute(f'DELETE FROM "{name}"')
    for name in TABLE_NAMES:
        if rows := facts.table(name):
            _insert(draft, name, frame(name, rows))
    if any(facts.table(name) for name in _DATED):
        _insert(draft, "load", _load(facts.as_of))


def _insert(draft: Draft, table: str, rows: pl.DataFrame) -> None:
    draft.attach("incoming", rows)
    draft.execute(f'INSERT INTO "{table}" SELECT * FROM incoming')
    draft.detach("incoming")


def _load(as_of: datetime) -> pl.DataFrame:
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
    texts = {"load_id": "load-1", "file_name": "leads.csv", "sha256": "0" * 64, "mapping": "test"}
    moments = {"as_of": as_of, "started_at": as_of, "finished_at": as_of}
    return pl.DataFrame([texts | counts | moments], schema=columns(BOOKKEEPING["load"]))


@dataclass
class _Held:
    """A draft in memory and what was put into it; no facts where something else was added."""

    draft: Draft
    facts: Facts | None = None
    definitions: Definitions = TERMS
    pending: dict[str, Query] = field(default_factory=dict)
    """Derived tables that nobody has asked for yet."""
    is_whole: bool = False
    """Whether the last rebuild was that of the product, with all it writes."""

    def holds(self, facts: Facts, definitions: Definitions) -> bool:
        return self.facts == facts and self.definitions == definitions

    def replace(self, facts: Facts, definitions: Definitions) -> None:
        self.facts, self.definitions = None, definitions
        _replace(self.draft, facts)
        self.prepare()
        self.facts = facts

    def prepare(self) -> None:
        """Everything up to the derived tables, each of which waits until it is asked for."""
        prepare(self.draft, self.definitions)
        self.pending, self.is_whole = derived_tables(self.definitions), False

    def finish(self) -> None:
        """Everything, as a load leaves it."""
        if not self.is_whole:
            rebuild(self.draft, self.definitions)
            self.pending, self.is_whole = {}, True

    def derive(self, *named: str) -> None:
        """The tables that the texts name and do not have yet, with those they read."""
        needed = {word for text in named for word in _WORD.findall(text)}
        if needed & _OF_WHOLE_REBUILDS:
            self.finish()
        for table in reversed(self.pending):
            if table in needed:
                read = (self.pending[table].render(), *ROWS_COME_FROM[table])
                needed.update(word for text in read for word in _WORD.findall(text))
        for table in [each for each in self.pending if each in needed]:
            derive(self.draft, self.definitions, table, self.pending.pop(table))


_WORD = re.compile(r"[a-z_]+")

_OF_WHOLE_REBUILDS = {"restatement", "derived_load"}
"""Tables that a whole rebuild writes."""


_MOST_FREE = 4

_free: list[_Held] = []
"""Drafts that no warehouse uses now, those used last at the end. Tests ask for few facts often."""


class DraftWarehouse(Warehouse):
    """A draft in memory, read as a warehouse: quick enough for hundreds of examples."""

    generation = "draft"

    def __init__(self) -> None:
        self._own: list[_Held] = []
        weakref.finalize(self, _free.extend, self._own).atexit = False

    @property
    def _held(self) -> _Held:
        if not self._own:
            self._own.append(_new())
        return self._own[0]

    def hold(self, facts: Facts, definitions: Definitions = TERMS) -> DraftWarehouse:
        """Replace everything by the rows."""
        if not (self._own and self._own[0].holds(facts, definitions)):
            held = _holding(facts, definitions)
            _free.extend(self._own)
            self._own[:] = [held]
        return self

    def put(self, table: str, *rows: Row) -> None:
        """More rows of a table that loading keeps."""
        self._held.finish()
        self._held.facts = None
        types = columns(TABLES[table])
        filled = [{name: row.get(name) for name in types} for row in rows]
        _insert(self._held.draft, table, pl.DataFrame(filled, schema=types, orient="row"))

    def put_version(self, table: str, *rows: Row) -> None:
        """What loads reported of records on which they do not agree."""
        self._held.finish()
        self._held.facts = None
        types = self.frame(f"{table}_version").schema
        filled = [{name: row.get(name) for name in types} for row in rows]
        frame = pl.DataFrame(filled, schema=types, orient="row")
        _insert(self._held.draft, f"{table}_version", frame)

    def derive(self) -> None:
        """Once more, from the same rows."""
        self._held.facts = None
        self._held.prepare()

    def query(self, query: Query) -> pl.DataFrame:
        text = query.render()
        self._held.derive(text)
        return self._held.draft.query(text, query.values)

    def frame(self, table: str) -> pl.DataFrame:
        self._held.derive(table)
        return self._held.draft.query(f'SELECT * FROM "{table}"')

    def table(self, name: str) -> list[Row]:
        return self.frame(name).rows(named=True)


def _new() -> _Held:
    return _Held(Draft.open(Path(":memory:"), threads=1))


def _holding(facts: Facts, definitions: Definitions) -> _Held:
    """A free draft with just these rows: one that has them, else a new one or the oldest."""
    for place, held in enumerate(_free):
        if held.holds(facts, definitions):
            return _free.pop(place)
    held = _free.pop(0) if len(_free) > _MOST_FREE else _new()
    held.replace(facts, definitions)
    return held


def store(path: Path, facts: Facts, definitions: Definitions = TERMS) -> DuckDBWarehouse:
    """A generation's file of the rows, opened as pages and command line do."""
    with new_draft(path, threads=1) as draft:
        fill(draft, facts, definitions)
    return DuckDBWarehouse.open(path)
