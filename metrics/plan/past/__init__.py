"""The past that plans learn from: entries, deals and what became of them, in counts."""
