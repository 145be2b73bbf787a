"""Credit: what each channel adds to the chance of a journey, from counts of steps."""
