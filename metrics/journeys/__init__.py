"""Journeys: one subject as a timeline, how it is found, and the journeys of a group."""
