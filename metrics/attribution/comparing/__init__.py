"""Models of attribution side by side: where they differ, what decides it, and one deal whole."""
