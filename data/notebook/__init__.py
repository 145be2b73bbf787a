"""What people write in the product, in versions: plans, scenarios, forecasts, views, notes."""
