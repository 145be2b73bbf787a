"""What people and machines do that leaves a trace, and what is done to people, by system."""
