"""Erasing a person from every kept generation. Only `python -m data forget` enters here."""
