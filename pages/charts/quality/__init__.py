"""Charts of lead quality: rates of groups with their bounds, and movement between levels."""
