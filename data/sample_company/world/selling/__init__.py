"""What sales makes of leads: how good each is held to be, who has it, and what they do about it."""
