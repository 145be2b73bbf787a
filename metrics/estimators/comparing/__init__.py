"""Comparing: shares, their intervals and differences, and what is more than chance."""
