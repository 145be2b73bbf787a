"""Reach: who may be contacted, who was, how often, and what came of it."""
