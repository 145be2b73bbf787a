"""Estimators: pure functions of arrays, which know nothing of the warehouse."""
