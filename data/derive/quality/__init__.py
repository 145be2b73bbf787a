"""Quality of leads: level, grade, need and score of each, and what changed of its level."""
