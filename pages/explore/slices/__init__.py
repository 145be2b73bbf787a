"""The parts of the page Segments."""
