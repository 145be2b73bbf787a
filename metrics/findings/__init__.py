"""What asks for a decision now: one sentence each, what it is worth, and where to look."""
