"""What identifies a person in a store: keys, references and texts."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.references import is_of_record, lead_of_person


@dataclass(slots=True)
class Marks:
    """Everything that means a person: keyed hashes, references to them, and the text given.

    `references` are values of `person_id`, by a contact or by a record. `texts` are the address or
    the number as typed and in its one spelling, in small letters.
    """

    email_keys: set[str] = field(default_factory=set)
    phone_keys: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    name_keys: set[str] = field(default_factory=set)
    """Keys of the person's names. Others have them too: they separate people of one phone."""
    texts: frozenset[str] = frozenset()

    def values(self) -> set[str]:
        """Every text that means the person where a column holds it as a whole."""
        leads = set(map(lead_of_person, self.references))
        return self.email_keys | self.phone_keys | self.references | leads

    def records(self) -> set[str]:
        """The references by a record of a source system."""
        return set(filter(is_of_record, self.references))

    def add(
        self,
        person_id: str,
        email_key: str | None,
        phone_key: str | None,
        name_key: str | None,
    ) -> None:
        """Add a reference to the person with the keys that stand beside it."""
        self.references.add(person_id)
        for keys, key in (
            (self.email_keys, email_key),
            (self.phone_keys, phone_key),
            (self.name_keys, name_key),
        ):
            if key is not None:
                keys.add(key)

    def is_other(self, email_key: str | None, name_key: str | None) -> bool:
        """Whether a holder of the person's phone is somebody else: by e-mail, else by name."""
        if email_key is not None:
            return bool(self.email_keys) and email_key not in self.email_keys
        return name_key is not None and bool(self.name_keys) and name_key not in self.name_keys

    def count(self) -> int:
        """How many keys and references are known; names are no key."""
        return len(self.email_keys) + len(self.phone_keys) + len(self.references)
