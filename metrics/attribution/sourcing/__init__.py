"""What marketing sourced, influenced and accelerated, and whether that converts better."""
