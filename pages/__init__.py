"""The pages of the cockpit, and what they are made of."""
