"""Parts of the page Velocity and follow-up: how long, how old, how fast, and what is stuck."""
