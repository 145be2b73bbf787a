"""Estimators: pure functions of arrays, which know no warehouse and no frame."""
