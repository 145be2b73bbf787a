"""E-mail addresses and phone numbers: one spelling, keyed hashes, and masks in texts."""
