"""Planning backward from revenue: what is needed, where we land, and why we differ."""
