"""The section Explore: what worked, for whom, and whom we may reach."""
