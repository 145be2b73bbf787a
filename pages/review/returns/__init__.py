"""The parts of the page Channels and ROI."""
