"""Charts: pure functions from a metric's frame to a plotly figure. A chart never aggregates."""
