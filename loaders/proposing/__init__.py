"""A mapping is proposed for a file that no mapping fits, and corrected by a person."""
