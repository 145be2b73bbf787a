"""The warehouse: contracts, store, engine, identity, derived tables. Command `python -m data`."""
