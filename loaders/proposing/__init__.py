"""A proposed mapping for a file that none fits: evidence, roles, TOML, corrections."""
