"""A kept plan against what came: target, actual, pace, where each month lands, early warning."""
