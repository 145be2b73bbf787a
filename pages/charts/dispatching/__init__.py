"""Charts of dispatch."""
