"""What stands on every page: saved views, notes on days, and where its numbers are from."""
