"""Plans and forecasts over made-up companies, held against what really came of them."""
