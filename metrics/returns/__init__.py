"""Returns: what channels and campaigns cost and bring in, and how spend keeps to its budget."""
