"""The mapping language: its model, parsing, checks, recognition, and fitting to a file."""
