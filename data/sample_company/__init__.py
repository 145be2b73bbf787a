"""The made-up company of the sample: what happens to its leads, and how each system exports it."""
