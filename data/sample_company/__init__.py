"""The made-up company of the sample: its world, the exports of its systems, and the truth."""
