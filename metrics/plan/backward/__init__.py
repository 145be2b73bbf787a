"""The backward plan: what a target takes, month by month, and what that rests on."""
