"""Channels judged: the evidence on each, gathered from the warehouse, and the verdict it allows."""
