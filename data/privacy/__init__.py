"""The key of the hashes, the one spelling of a contact, and contacts found in text."""
