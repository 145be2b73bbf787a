"""Response: what more spend brings, where the past can tell it, and a budget made of that."""
