"""What is loaded, and what to load before a question has an answer: one rule for all."""
