"""The pipeline: how it moved, what it covers, what it is worth, and what becomes of deals."""
