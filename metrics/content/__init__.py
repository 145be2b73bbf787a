"""Content: who met each asset, who took it along, what it reached, and what it adds."""
