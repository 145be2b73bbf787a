"""What the company keeps of its customers: groups, lists, orders, tags and consent."""
