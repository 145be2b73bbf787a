"""Where we will land: a forecast by quarter, held against other views and against the past."""
