"""What a load changed in months that were closed before it, and why."""
