"""Section Sources: the pages Load, Data health and Definitions."""
