"""The pages of Explore: what worked, for whom, and whom we may reach."""
