"""The mapping language: TOML is read and checked; a file is recognised and fitted to it."""
