"""Where a number is from: what was asked to make it, and the files behind the rows."""
