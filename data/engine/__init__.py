"""The only code that runs DuckDB or Spark: a draft is written, a warehouse is read."""
