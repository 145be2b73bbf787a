"""A store filled with small files about planted people, and what is looked for in its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.privacy.keys import Hasher
from data.storage.rewriting import RewritingStore
from loaders.load import load
from loaders.outcome import Outcome, Status

KEY = "0123456789abcdef0123456789abcdef"

HASHER = Hasher(KEY.encode())


ANN = "ann.planted@acme.com"

ANN_PHONE = "+8613812345678"

BOB = "bob.planted@acme.com"

SHARED_PHONE = "+493090182000"

CID = "cid.planted@other.org"

ADDRESSES = (ANN, BOB, CID)

NUMBERS = (ANN_PHONE, "13812345678", "138-1234-5678", SHARED_PHONE, "030 90182000")


FILES = {
    "leads.csv": (
        "lead_id,person_id,created_at,email,phone,company,need,budget,status\n"
        f"L1,crm000077,2026-01-01,{ANN},{ANN_PHONE},Acme,wants blue ones,50k,open\n"
        f"L2,crm000078,2026-01-02,{BOB},{SHARED_PHONE},Acme,wants red ones,10k,open\n"
        f"L3,crm000079,2026-01-02,{CID},{SHARED_PHONE},Other,wants more,10k,open\n"
        f"L4,crm000077,2026-01-09,,,Acme,wants it again,60k,open\n"
        f"L5,crm000080,never,{ANN},138-1234-5678,Acme,wrote from {ANN},,open\n"
    ),
    "stages.csv": (
        "subject_kind,subject_id,stage,entered_at,reason,actor\n"
        "lead,L1,mql,2026-01-05,asked twice about her garden,sales@us.com\n"
        "lead,L2,disqualified,2026-01-05,No budget,sales@us.com\n"
        "lead,L4,disqualified,2026-01-15,No budget,crm000077\n"
    ),
    "interactions.csv": (
        "interaction_id,person_id,email,phone,visitor_id,occurred_at,action\n"
        f"i1,,{ANN},,v0001,2026-01-03,email_open\n"
        "i2,crm000077,,,v0001,2026-01-04,page_view\n"
        "i3,crm000078,,,v0002,2026-01-04,page_view\n"
        "i4,,,,v0001,2026-01-02,page_view\n"
        f"i5,,,{ANN_PHONE},,2026-01-06,call_connected\n"
        "i6,crm000077,,,,not a date,page_view\n"
        f"i7,,{BOB},,v0002,2026-13-40,{BOB}\n"
    ),
    "people.csv": (
        "person_id,email,phone,job_title,consent,consent_at\n"
        f"crm000077,{ANN},{ANN_PHONE},Gardener,withdrawn,2026-01-02\n"
        f"crm000078,{BOB},,Buyer,granted,2026-01-02\n"
    ),
    "consents.csv": (
        "person_id,email,phone,channel,purpose,changed_at,state\n"
        f",{ANN},,Email,garden news,2026-01-05,granted\n"
        "crm000077,,,Email,garden news,2026-01-06,withdrawn\n"
        f",,{ANN_PHONE},WeChat,,2026-01-07,granted\n"
        f",{BOB},,Email,news,2026-01-08,granted\n"
        "crm000078,,,,,2026-01-09,withdrawn\n"
    ),
    "tags.csv": (
        "subject_kind,subject_id,email,company,tag\n"
        f"person,,{ANN},,gardener\n"
        "person,crm000077,,,gardener\n"
        f"person,,{BOB},,VIP\n"
        "lead,L1,,,gardener\n"
        "lead,L4,,,gardener\n"
        "lead,L2,,,VIP\n"
        "account,,,Acme,VIP\n"
    ),
}


TYPED_FILE = f"calls {ANN} 138-1234-5678.csv"

TYPED = (
    "lead_id,created_at,email,owner,status,need,region,campaign_id\n"
    f"{ANN},2026-01-01,{ANN},{BOB},open,ask {ANN} or 138-1234-5678,{ANN},fair {BOB}\n"
    f"L21,never {ANN},{BOB},{BOB},open,call +86 138-1234-5678,North,\n"
    f"L22,2026-01-03,{CID},Cid Own <{CID}>,{CID},mail {CID.replace('@', '%40')},030 90182000,x\n"
)
"""A file with contacts in its name and in columns that are not for them."""


@dataclass(frozen=True)
class Planted:
    """A store and the folder of the files that are loaded into it."""

    store: RewritingStore
    folder: Path

    def load(self, *names: str) -> list[Outcome]:
        paths = []
        for name in names:
            path = self.folder / name
            path.write_text(FILES[name], encoding="utf-8")
            paths.append(path)
        outcomes = load(self.store, paths)
        assert all(each.status is not Status.FAILED for each in outcomes), outcomes
        return outcomes

    def bytes(self) -> bytes:
        """Everything that the store's folder holds, names of files included."""
        files = sorted(path for path in self.store.path.rglob("*") if path.is_file())
        return b"\n".join(path.name.encode() + b"\n" + path.read_bytes() for path in files)


def keys_of(*spellings: str) -> list[str]:
    """The keys of addresses and numbers, and the beginnings that stand in references."""
    return [part for text in spellings for part in (HASHER.digest(text), HASHER.digest(text)[:20])]


def found(content: bytes, texts: Iterable[str]) -> list[str]:
    """Which of the texts stand in the bytes, in any case and in UTF-8 or UTF-16."""
    small = content.lower()
    return [
        text
        for text in texts
        if text.lower().encode() in small or text.lower().encode("utf-16-le") in small
    ]


def cells(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every text in every table of a generation's file: table, column, value."""
    with duckdb.connect(str(path), read_only=True) as connection:
        listed = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND data_type = 'VARCHAR'"
        ).fetchall()
        for table, column in listed:
            rows = connection.execute(
                f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
            ).fetchall()
            for (value,) in rows:
                yield table, column, value
