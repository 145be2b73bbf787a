"""Segments: any measure by up to three dimensions, what is more than chance, and the records."""
