"""Charts of follow-up and dispatch: who responded in time, and what sellers make of segments."""
