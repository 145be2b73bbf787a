"""Events and campaigns: from the list to the opportunity, planned backward and held to the plan."""
