"""Follow-up: what sales did with MQLs once they were handed over."""
