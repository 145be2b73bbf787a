"""Judging: what a file shows by itself, and what there is to know of how it was read."""
