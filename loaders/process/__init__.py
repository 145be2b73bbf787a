"""Every file is read in a child process: the child, its parent's side, and signals."""
