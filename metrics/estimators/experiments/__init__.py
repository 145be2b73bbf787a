"""Experiments: what a channel adds, read from tests with a control, and the tests to make."""
