"""Experiments that were registered: what came in each arm, and what that says of a channel."""
