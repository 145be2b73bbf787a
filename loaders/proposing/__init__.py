"""A mapping is proposed for a file that no mapping fits."""
