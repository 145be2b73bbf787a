"""Charts of content."""
