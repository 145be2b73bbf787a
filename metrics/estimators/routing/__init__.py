"""Routing: what sellers make of segments, and what another division of leads would bring."""
