"""What people write in the product, in versions: plans, budgets, forecasts, views, notes."""
