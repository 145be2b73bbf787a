"""A mapping and a source become SQL: cells, values, references, faults, rows of tables."""
