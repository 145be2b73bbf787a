"""The section Explore: what worked, and for whom."""
