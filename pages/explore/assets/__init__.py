"""The parts of the Content page."""
