"""What sales does becomes tables: how the pipeline moved, and in which time people work."""
