"""Loaded paths: credit of journeys that come in order and with weights, but without times."""
