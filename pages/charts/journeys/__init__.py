"""Charts of journeys: lanes of one timeline, and the flows of a group."""
