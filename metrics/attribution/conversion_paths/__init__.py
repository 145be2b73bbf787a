"""Paths to conversions: the most common, how long, in which order, and which channels assist."""
