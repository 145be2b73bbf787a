"""The only code that touches DuckDB or Spark: drafts are written, warehouses are read."""
