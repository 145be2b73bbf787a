"""A person is erased from every kept generation. Only `python -m data forget` enters here."""
