"""Parts of the page Event planner: what is asked, the answer, and an event that runs."""
