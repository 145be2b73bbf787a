"""Sources: Load and Data health, and their parts."""
