"""Forecasts: of a series that goes on, widened by past misses, and scored."""
