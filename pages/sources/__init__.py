"""Section Sources: the pages Load and Data health."""
