"""What of the loaded rows stands now: which records ended, and what they leave to others."""
