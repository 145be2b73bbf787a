"""The cockpit in the browser: one folder per section, and the rooms that pages are made of."""
