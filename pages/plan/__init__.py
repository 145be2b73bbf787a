"""The section Plan: what is needed, whether we get there, and where we land."""
