"""Companies whose sellers differ, or do not, and what is said of re-routing their leads."""
