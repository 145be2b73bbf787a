"""The child process that reads files, and its parent's side."""
