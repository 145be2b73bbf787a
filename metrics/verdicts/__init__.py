"""Verdicts: cut, keep, grow or test first, each with what is known of a channel and how."""
