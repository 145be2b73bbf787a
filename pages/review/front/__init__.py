"""The parts of the page Overview: what a head looks at first."""
