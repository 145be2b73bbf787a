"""Numbers and days as people read them, on pages and in reports alike. Knows no warehouse."""
