"""SQL that hides addresses and numbers typed into columns that are not meant for them.

The text of a row goes into the tables only through `cleared`, so that no clear byte is ever
written: an update afterwards would leave it in the file.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from data.engine.draft import Draft
from data.privacy.contacts import EMAIL, MASKED_EMAIL, MASKED_PHONE, ONLY_PHONE, PHONE, PHONE_FIRST
from data.privacy.keys import Hasher
from data.references import CONTACT_DIGITS, CONTACT_PREFIX, is_contact_sql, person_of_record_sql
from data.schema.fields import field
from data.sql import literal
from loaders.language.column import PERSONAL_KINDS
from loaders.language.model import Mapping, Otherwise
from loaders.language.template import Template
from loaders.language.values import (
    ACCOUNT_NAMES,
    CAMPAIGN_NAME,
    CONTENT_NAME,
    FILE,
    FILE_CURRENCY,
    LINE,
    PARENT_NAME,
    PERSON_NAMES,
    ROW_KEY,
    understood,
)
from loaders.transform.cells import is_placeholder
from loaders.transform.expressions import value_type


class Use(Enum):
    """What a value is used for, and so what is done about an address or a number in it."""

    REFERENCE = "reference"
    """An id: the contact becomes the reference to its person, the same in every file."""
    OWNER = "owner"
    """A colleague's name: of an address stays what stands before the @, or the name beside it."""
    TEXT = "text"
    """What people write: contacts are masked, also a number that is the whole text."""
    NAME = "name"
    """A name that machines may have made: contacts are masked, a run of digits is an id."""


_OWNERS = frozenset({"owner", "actor", "segment"})

_NAMED_BY_MACHINES = frozenset(
    {"campaign", "campaign_spend", "content", "interaction", "opportunity_change", "plan"}
)

_CLEAR = frozenset(
    {*PERSON_NAMES, *ACCOUNT_NAMES, PARENT_NAME, CAMPAIGN_NAME, CONTENT_NAME}
    | {FILE_CURRENCY, ROW_KEY, LINE, FILE}
) - {"account_name"}
"""What a mapping makes of keys, or of texts that were cleared before."""


_OUTER, _INNER = "contact_key_outer", "contact_key_inner"

_BLOCK_BYTES = 64

_HIDDEN = "h_"


def remember_key(draft: Draft, key: bytes) -> None:
    """Make the store's key known to the SQL of `cleared`, which makes references of contacts."""
    block = Hasher.block(key, _BLOCK_BYTES)
    for name, pad in ((_OUTER, 0x5C), (_INNER, 0x36)):
        padded = bytes(byte ^ pad for byte in block).hex()
        draft.execute(f"SET VARIABLE {name} = unhex('{padded}')")


def digest_of(text: str) -> str:
    """SQL of a digest of a text that may hold contacts: nobody makes it without the store's key."""
    inner = f"unhex(sha256(getvariable('{_INNER}') || encode({text})))"
    return f"sha256(getvariable('{_OUTER}') || {inner})"


def use_of(mapping: Mapping, name: str) -> Use | None:
    """What a value of the mapping is used for; None where it can hold no contact."""
    is_clear = name in _CLEAR and name not in mapping.columns
    if is_clear or value_type(mapping, name) != "VARCHAR":
        return None
    translation = mapping.values.get(name)
    if translation and translation.otherwise is not Otherwise.KEEP:
        return None
    uses = {
        _use_in(rows.into, column)
        for rows in mapping.tables
        for column, assigned in rows.columns.items()
        if isinstance(assigned, Template)
        and any(name in each.names for each in assigned.references)
    }
    return next((use for use in Use if use in uses), None)


def _use_in(table: str, column: str) -> Use | None:
    known = field(table, column)
    if known.sql_type != "VARCHAR" or known.checks:
        return None
    if column.endswith("_id"):
        return Use.REFERENCE
    if column in _OWNERS:
        return Use.OWNER
    return Use.NAME if table in _NAMED_BY_MACHINES else Use.TEXT


def id_columns(mapping: Mapping) -> tuple[str, ...]:
    """Columns of the file that hold ids of records, cleared before anything is made of them."""
    sections = (
        mapping.person,
        mapping.account,
        mapping.parent_account,
        mapping.campaign,
        mapping.content,
    )
    records = {section.record for section in sections if section}
    return tuple(
        name
        for name in mapping.columns
        if name in records or use_of(mapping, name) is Use.REFERENCE
    )


def marked(mapping: Mapping, names: Collection[str], cells: str) -> str:
    """SELECT of the cells of some columns, and whether the row may hold a contact.

    The ids among them are cleared, and the texts that several values are read from. One look at all
    texts of a row costs less than one at each.
    """
    texts = [
        f"c_{name}"
        for name in names
        if mapping.columns[name].kind not in PERSONAL_KINDS
        and understood(mapping, name).sql_type == "VARCHAR"
    ]
    together = f"concat_ws(chr(31), {', '.join(texts)})" if texts else "''"
    select = (
        f"SELECT * EXCLUDE (all_texts), {_suspected('all_texts')} AS {CONTACT} "
        f"FROM (SELECT *, {together} AS all_texts FROM {cells} AS written) AS joined"
    )
    uses = dict.fromkeys(id_columns(mapping), Use.REFERENCE)
    for name, column in mapping.columns.items():
        if column.is_list and name not in uses and (use := use_of(mapping, name)):
            uses[name] = use
    clear = ", ".join(
        f"{cleared(f'c_{name}', use)} AS c_{name}" for name, use in uses.items() if name in names
    )
    return f"SELECT * REPLACE ({clear}) FROM ({select}) AS looked" if clear else select


CONTACT = "holds_contact"
"""The column that `marked` adds."""


def cleared(text: str, use: Use, cells: str = "") -> str:
    """SQL of a text, which is read several times, without the contacts in it.

    A placeholder such as 13800138000 is nobody's number, and stays to be read as one.
    `cells` is what stands before the names of cells there, such as `cells.`.
    """
    made = {Use.REFERENCE: _reference, Use.OWNER: _owner, Use.NAME: _masked, Use.TEXT: _written}
    someones = f"{cells}{CONTACT} AND NOT {is_placeholder(text)}"
    return f"CASE WHEN {someones} THEN {made[use](text)} ELSE {text} END"


def person_reference(system: str, record: str) -> str:
    """SQL of the reference to the person of a record, of which `record` is the cleared id.

    A record that has an address for its id means whoever has the address, in any system.
    """
    within = person_of_record_sql(literal(system), record)
    return f"CASE WHEN {is_contact_sql(record)} THEN {record} ELSE {within} END"


def without_contacts_sql(text: str) -> str:
    """SQL of a text with a mask in the place of each contact, for few rows."""
    return _written(text)


def trace(text: str, use: Use) -> str:
    """SQL: a cleared text shows that something was taken out of it. Of an owner nothing shows."""
    if use is Use.REFERENCE:
        return (
            f"regexp_matches({text}, '(?:{CONTACT_PREFIX}|{_HIDDEN})[0-9a-f]{{{CONTACT_DIGITS}}}')"
        )
    return f"(contains({text}, '{MASKED_EMAIL}') OR contains({text}, '{MASKED_PHONE}'))"


def has_contact_sql(text: str) -> str:
    """SQL: a text has an e-mail address or a phone number in it."""
    return f"regexp_matches({text}, {literal(f'{EMAIL}|{PHONE}')})"


def _suspected(text: str) -> str:
    """SQL: some of the texts of a row, put together, may be or hold a contact."""
    patterns = f"%(?:25)*40|{PHONE}|{PHONE_FIRST}|(?:^|{_BETWEEN}){ONLY_PHONE}(?:{_BETWEEN}|$)"
    return (
        f"(contains({text}, '@') OR contains({text}, '＠') "
        f"OR regexp_matches({text}, {literal(patterns)}))"
    )


_BETWEEN = r"\x1f"


def _masked(text: str) -> str:
    for pattern, instead in (
        (EMAIL, MASKED_EMAIL),
        (PHONE, rf"\1\2\3{MASKED_PHONE}"),
        (PHONE_FIRST, rf"{MASKED_PHONE}\1"),
    ):
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(instead)}, 'g')"
    return text


def _written(text: str) -> str:
    alone = literal(f"^{ONLY_PHONE}$")
    return f"regexp_replace({_masked(text)}, {alone}, {literal(MASKED_PHONE)})"


def _owner(text: str) -> str:
    """SQL: `Ann Lee <ann@acme.com>` is Ann Lee, and ann@acme.com is ann."""
    address = literal(rf"[<(\[]?(?:mailto:)?{EMAIL}[>)\]]?")
    beside = f"trim(regexp_replace({text}, {address}, '', 'g'), {literal(_QUOTES)})"
    local = literal(rf"({EMAIL_LOCAL})(?:@|＠|%(?:25)*40)")
    first = f"nullif(lower(regexp_extract({text}, {local}, 1)), '')"
    return _written(f"coalesce(nullif({beside}, ''), {first}, {text})")


_QUOTES = " ,;\"'"

EMAIL_LOCAL = r"[^\s<(\[:;,\"'@＠]+?"


def _reference(text: str) -> str:
    """SQL of what stands for an id with a contact in it, the same wherever the contact stands.

    An address or a number becomes the reference to its person; an id of more than that is hidden
    whole. The key is HMAC-SHA-256 under the store's key, as `Hasher` makes it.
    """
    address = f"regexp_replace(replace(lower(trim({text})), '＠', '@'), '%(?:25)*40', '@')"
    is_number = f"regexp_full_match({text}, '[+＋0-9 ().-]+')"
    digits = f"regexp_replace({text}, '[^+0-9]', '', 'g')"
    spelling = f"CASE WHEN {is_number} THEN {digits} ELSE {address} END"
    alone = f"{is_number} OR regexp_full_match(trim({text}), {literal(EMAIL)})"
    return (
        f"CASE WHEN NOT {has_contact_sql(text)} THEN {text} "
        f"ELSE CASE WHEN {alone} THEN '{CONTACT_PREFIX}' ELSE '{_HIDDEN}' END "
        f"|| left({digest_of(spelling)}, {CONTACT_DIGITS}) END"
    )
