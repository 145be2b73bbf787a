"""How a row refers to a record: the spelling of every kind of reference, in one place.

A person is `p_` and the beginning of the key of an e-mail address or a phone number, else
`system:record`. A lead that a file knows only by its person is `person:` and that reference, and by
its person's name alone `person called:` and the keyed hash of the name. A company, campaign or
asset without an id is `name:` and its name in one spelling: what it means is looked up when tables
are derived, so that it does not matter which file arrives first. A lead or a visitor of an erased
person is remembered as `lead id:` or `visitor id:` and its id.

Each kind has one function for SQL, and one for a value where Python makes it too. Erasing a person
depends on all modules spelling them alike.
"""

from __future__ import annotations

SYSTEM = r"^[a-z][a-z0-9_]*$"
"""What a source system may be called. A reference to one of its records is `system:record`, which
names one record only as long as no system has a colon in its name."""

CONTACT_PREFIX = "p_"
"""Prefix of the reference to a person by an e-mail address or a phone number."""

CONTACT_DIGITS = 20
"""Characters of the contact's key that follow the prefix."""

PERSON = "person:"
"""Prefix of the reference to a lead by its person."""

NAMED = "name:"
"""Prefix of a reference by name."""

LEAD = "lead id:"
"""Prefix of an erased person's lead in `erased_record`; no system is called so."""

NAMESAKE = "person called:"
"""Prefix of the reference to a lead by its person's name, at the company that is named with it."""

VISITOR = "visitor id:"
"""Prefix of an erased person's visitor in `erased_record`."""


def person_of_contact(key: str) -> str:
    """The reference to the person who has a contact, by the contact's key.

    >>> person_of_contact("0123456789abcdef0123456789abcdef")
    'p_0123456789abcdef0123'
    """
    return f"{CONTACT_PREFIX}{key[:CONTACT_DIGITS]}"


def person_of_contact_sql(key: str) -> str:
    """SQL of `person_of_contact`.

    >>> person_of_contact_sql("email_key")
    "'p_' || left(email_key, 20)"
    """
    return f"'{CONTACT_PREFIX}' || left({key}, {CONTACT_DIGITS})"


def is_contact_sql(reference: str) -> str:
    """SQL: a reference is a contact's and nothing more, such as a name, follows it.

    >>> is_contact_sql("person_id")
    "(strlen(person_id) = 22 AND starts_with(person_id, 'p_'))"
    """
    whole = len(CONTACT_PREFIX) + CONTACT_DIGITS
    return f"(strlen({reference}) = {whole} AND starts_with({reference}, '{CONTACT_PREFIX}'))"


def person_of_record_sql(system: str, record: str) -> str:
    """SQL of the reference to the person of a source system's record.

    >>> person_of_record_sql("source_system", "source_record_id")
    "source_system || ':' || source_record_id"
    """
    return f"{system} || ':' || {record}"


def is_of_record(reference: str) -> bool:
    """Whether a reference to a person is one by a record of a source system."""
    return ":" in reference


def record_of(reference: str) -> str:
    """The record's id in a reference to its person.

    >>> record_of("salesforce:00Q:7")
    '00Q:7'
    """
    return reference.partition(":")[2]


def lead_of_person(person: str) -> str:
    """The reference to a lead of which only the person is known.

    >>> lead_of_person("p_0123")
    'person:p_0123'
    """
    return f"{PERSON}{person}"


def lead_of_person_sql(person: str, prefix: str = PERSON) -> str:
    """SQL of `lead_of_person`; with the prefix NAMESAKE, of the hash of a person's name.

    >>> lead_of_person_sql("person_id")
    "'person:' || person_id"
    """
    return f"'{prefix}' || {person}"


def person_of_lead_sql(lead: str, prefix: str = PERSON) -> str:
    """SQL of the person in a reference made by `lead_of_person_sql`; missing in any other.

    >>> person_of_lead_sql("lead_id")
    "CASE WHEN starts_with(lead_id, 'person:') THEN substr(lead_id, 8) END"
    """
    return f"CASE WHEN starts_with({lead}, '{prefix}') THEN substr({lead}, {len(prefix) + 1}) END"


def erased_lead(lead: str) -> str:
    """A lead of an erased person, as it is remembered in `erased_record`."""
    return f"{LEAD}{lead}"


def erased_lead_sql(lead: str) -> str:
    """SQL of `erased_lead`.

    >>> erased_lead_sql("lead_id")
    "'lead id:' || lead_id"
    """
    return f"'{LEAD}' || {lead}"


def erased_visitor(visitor: str) -> str:
    """A visitor who was an erased person, as it is remembered in `erased_record`."""
    return f"{VISITOR}{visitor}"


def erased_visitor_sql(visitor: str) -> str:
    """SQL of `erased_visitor`.

    >>> erased_visitor_sql("visitor_id")
    "'visitor id:' || visitor_id"
    """
    return f"'{VISITOR}' || {visitor}"


def named_sql(key: str) -> str:
    """SQL of the reference by a name that is in its one spelling already.

    >>> named_sql("name_key")
    "'name:' || name_key"
    """
    return f"'{NAMED}' || {key}"


def is_named_sql(reference: str) -> str:
    """SQL: something is referred to by its name.

    >>> is_named_sql("account_id")
    "account_id LIKE 'name:%'"
    """
    return f"{reference} LIKE '{NAMED}%'"


def reference(name: str) -> str:
    """SQL of the reference by a name as written: without regard to case and to how it is spaced.

    >>> reference("title")
    "'name:' || lower(trim(regexp_replace(title, '[\\\\s\\\\p{Z}]+', ' ', 'g')))"
    """
    return named_sql(f"lower(trim(regexp_replace({name}, '[\\s\\p{{Z}}]+', ' ', 'g')))")
