"""Erasing a person from every kept generation of a store, on request."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from pathlib import Path

from data.definitions import Definitions
from data.derive.rebuild import RebuildCause, rebuild
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.errors import BackcastError, OtherVersionError, StoreError
from data.forget.erase import ErasedRows, erase
from data.forget.known_by import follow
from data.forget.marks import Marks
from data.privacy.contacts import address_of, number_of, number_text
from data.privacy.keys import Keys
from data.references import person_of_contact
from data.restatements.log import follows
from data.schema.canonical_people import ErasedPerson, ErasedRecord
from data.schema.contract import columns
from data.sql import Query, Step
from data.storage.generations import Generation
from data.storage.rewriting import RewritingStore
from data.storage.store import NothingToPublish


class ContactKind(Enum):
    """What the person is named by."""

    EMAIL = "email"
    PHONE = "phone"


class ContactError(BackcastError):
    """What was given is no e-mail address or phone number. The message does not repeat it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address or a phone number as somebody typed it; `region` reads national numbers.

    Its text is not shown when it is printed.

    >>> Contact(ContactKind.EMAIL, "Ann@Acme.com")
    Contact(email)
    """

    kind: ContactKind
    text: str
    region: str | None = None

    def __repr__(self) -> str:
        return f"Contact({self.kind.value})"

    def spelling(self) -> str:
        """The one spelling that keys are made of. Raises ContactError when there is none."""
        if self.kind is ContactKind.EMAIL:
            found = address_of(self.text.strip().lower().removeprefix("mailto:"))
            if found is None:
                raise ContactError("That is no valid e-mail address; nothing was changed.")
            return found
        found = number_of(number_text(self.text), self.region)
        if found is None:
            raise ContactError(
                "That is no phone number in use; nothing was changed. Write it with + and the "
                "country's code, or name the country of a national number with --region."
            )
        return found


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A generation, the one in its place, and what was erased in between."""

    old: str
    new: str
    rows: tuple[ErasedRows, ...]


class KeptGenerationError(StoreError):
    """A kept generation cannot be rewritten, so that the person would stay in it."""


class Outcome(Enum):
    """Whether there was anybody to forget."""

    ERASED = "erased"
    ALREADY_ERASED = "already erased"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` did: with each generation, and which it deleted instead of rewriting them.

    `damaged` are the generations that stay although nobody can read whether the person is in them:
    when nothing was to be erased from the others.
    """

    outcome: Outcome
    generations: tuple[Rewritten, ...] = ()
    deleted: tuple[str, ...] = ()
    damaged: tuple[Generation, ...] = ()


def forget(
    store: RewritingStore,
    contact: Contact,
    on_wait: Callable[[str], None] | None = None,
    *,
    delete_other_versions: bool = False,
) -> Forgotten:
    """Erase a person from every kept generation; no file keeps a byte of their keys.

    All generations are rewritten into new files and replaced in one step; derived tables follow
    the definitions in force now. Keys go to `erased_person`, records to `erased_record`, so that
    no file brings the person back. When nobody is known by the contact nothing changes. A kept
    generation of another version of Backcast cannot be rewritten: `delete_other_versions` deletes
    it.

    Raises ContactError when the text is no address or number, SharedPhoneError when a number is
    several people's, KeptGenerationError when a generation of another version is the current one or
    is not to be deleted; EmptyStoreError, StoreBusyError and StoreError as the store does.
    """
    spelling = contact.spelling()
    definitions = Definitions.load()
    rewritten: list[Rewritten] = []
    deleted: list[str] = []
    outcome = Outcome.UNKNOWN
    damaged: tuple[Generation, ...] = ()
    with store.rewriting(on_wait) as rewriting:
        keyed = Keys.of(store.path)
        digest = keyed.of_contact(spelling)
        marks = Marks(texts=frozenset({spelling, contact.text.strip().lower()}))
        keys = marks.email_keys if contact.kind is ContactKind.EMAIL else marks.phone_keys
        keys.add(digest)
        with ExitStack() as opened:
            warehouses = [
                opened.enter_context(DuckDBWarehouse.open(each.path)) for each in rewriting.kept
            ]
            known = follow(marks, warehouses)
            # An id may hold the reference beside more, as in `hubspot:p_…`. That of a phone begins
            # the references to all who share it.
            marks.texts |= set(map(person_of_contact, marks.email_keys))
            if not known and all(_is_erased(each, digest) for each in warehouses):
                outcome = Outcome.ALREADY_ERASED
        if not known:
            damaged = rewriting.unreadable
            raise NothingToPublish
        for generation in rewriting.kept:
            rows: list[ErasedRows] = []

            def change(path: Path, rows: list[ErasedRows] = rows) -> None:
                with Draft.open(path) as draft:
                    _log_other_definitions(draft, definitions)
                    erased = erase(draft, marks)
                    rows += erased.rows
                    _remember(draft, marks, erased.references, keyed.record_salt)
                    rebuild(draft, definitions, RebuildCause.ERASURE)

            try:
                rewriting.rewrite(generation, change)
            except OtherVersionError as error:
                is_current = generation is rewriting.kept[-1]
                if is_current or not delete_other_versions:
                    raise _not_rewritten(generation, error, is_current=is_current) from error
                rewriting.leave_out()
                deleted.append(generation.name)
                continue
            rewritten.append(
                Rewritten(generation.name, _name(rewriting.written[-1][1]), tuple(rows))
            )
        deleted += (each.name for each in rewriting.unreadable)
        outcome = Outcome.ERASED
    return Forgotten(outcome, tuple(rewritten), tuple(deleted), damaged)


def _not_rewritten(
    generation: Generation, error: OtherVersionError, *, is_current: bool
) -> KeptGenerationError:
    if is_current:
        return KeptGenerationError(f"Nothing was erased. {error}")
    return KeptGenerationError(
        f"Nothing was erased: version {generation.name} of the data was written by another "
        "release of Backcast, and the person would stay in it. --delete-other-versions deletes "
        "what another release wrote and erases the person from the rest: no way leads back."
    )


def _name(path: Path) -> str:
    return Generation(int(path.name.partition("-")[0]), path).name


def _is_erased(warehouse: DuckDBWarehouse, digest: str) -> bool:
    found = warehouse.query(
        Query(
            Step("wanted", "SELECT CAST(? AS VARCHAR) AS mark", (digest,)),
            Step(
                "found",
                "SELECT 1 AS one FROM erased_person "
                "JOIN wanted ON mark = email_key OR mark = phone_key LIMIT 1",
            ),
        )
    )
    return not found.is_empty()


def _log_other_definitions(draft: Draft, definitions: Definitions) -> None:
    """Before anything is erased: a log written afterwards would name what was erased."""
    if not follows(draft, definitions):
        rebuild(draft, definitions, RebuildCause.DEFINITIONS)


def _remember(draft: Draft, marks: Marks, others: frozenset[str], salt: str) -> None:
    """Note the keys that are not noted yet."""
    references = marks.records() | others
    people = list(zip_longest(sorted(marks.email_keys), sorted(marks.phone_keys)))
    records = sorted(hashlib.sha256(f"{salt}{each}".encode()).hexdigest() for each in references)
    for name, contract, rows in (
        ("erased_person", ErasedPerson, people),
        ("erased_record", ErasedRecord, [(each,) for each in records]),
    ):
        listed = ", ".join(columns(contract))
        for row in rows:
            values = ", ".join("CAST(? AS VARCHAR)" for _ in row)
            draft.execute(
                f"INSERT INTO {name} ({listed}) SELECT {values} EXCEPT SELECT {listed} FROM {name}",
                row,
            )
