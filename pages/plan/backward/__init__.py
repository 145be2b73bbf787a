"""The parts of the page Backward plan: what is asked, the answer, and what is kept of it."""
